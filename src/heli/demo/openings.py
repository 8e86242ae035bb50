"""Linjiang's open data, objections in several states, and one correction on its way."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from django.db import transaction

from heli.clocks.polling import poll
from heli.demo.hours import office, working_days
from heli.demo.registers import Persona
from heli.errors import HeliError
from heli.exchange import selectors as exchange
from heli.exchange.lookup import subject_hash
from heli.exchange.selectors import Access
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.kernel.home import home
from heli.kernel.permissions import Role
from heli.ledger import services as ledger
from heli.ledger.selectors import Fact
from heli.openness import services
from heli.openness.selectors import Objection, Publication
from heli.openness.services import Decision, Filer, Target, Terms
from heli.organisation.selectors import Person, person_by_identity

DISCLOSURE = "《中华人民共和国政府信息公开条例》第十九条"

OPENED = (
    (
        "wjw/hospital_beds",
        "hospital-beds",
        "records",
        {
            "fields": [
                {"field": "facility_no"},
                {"field": "name"},
                {"field": "division"},
                {"field": "beds"},
                {"field": "occupied", "mask": "bucket", "width": 50},
                {"field": "emergency"},
            ]
        },
        Terms(
            title_zh="医院床位",
            title_en="Hospital beds",
            description_zh="各医院的床位数、占用情况（按 50 张分段）和是否设急诊。不含病人信息。",
            description_en=(
                "Beds of each hospital, how many are taken (in steps of 50), and whether it has an"
                " emergency ward. Nothing about patients."
            ),
            keywords=("医院", "床位", "急诊"),
            theme="health",
            licence="CC-BY-4.0",
            update_cycle="daily",
            contact_name="卫生健康委员会数据管理岗",
            contact_email="data@wjw.linjiang.example",
            legal_basis=DISCLOSURE,
        ),
    ),
    (
        "zrzy/parcels",
        "parcels",
        "records",
        {
            "fields": [
                {"field": "parcel_code"},
                {"field": "division"},
                {"field": "land_use"},
                {"field": "area"},
                {"field": "heritage_zone"},
            ]
        },
        Terms(
            title_zh="宗地用途",
            title_en="Parcels and their use",
            description_zh="每宗土地的用途、面积，以及是否位于历史文化保护区内。",
            description_en=(
                "What each parcel of land may be used for, its area, and whether it lies in a"
                " heritage zone."
            ),
            keywords=("土地", "规划", "历史文化保护"),
            theme="land",
            licence="CC-BY-4.0",
            update_cycle="weekly",
            contact_name="自然资源和规划局信息中心",
            contact_email="open@zrzy.linjiang.example",
            legal_basis=DISCLOSURE,
        ),
    ),
    (
        "scjg/enterprises",
        "enterprise-statistics",
        "statistics",
        {
            "fields": [{"field": "trade"}, {"field": "status"}],
            "measures": [{"field": "capital", "how": "mean"}],
            "least": 5,
        },
        Terms(
            title_zh="企业统计",
            title_en="Enterprise statistics",
            description_zh="按行业和登记状态统计的企业数与平均注册资本。不足 5 家的不公布。",
            description_en=(
                "Number of enterprises and mean registered capital by trade and status."
                " Groups of fewer than five are left out."
            ),
            keywords=("企业", "注册资本", "行业"),
            theme="economy",
            licence="CC0-1.0",
            update_cycle="daily",
            contact_name="市场监督管理局登记科",
            contact_email="data@scjg.linjiang.example",
            legal_basis=DISCLOSURE,
        ),
    ),
)


def seed_openness(people: Sequence[Persona]) -> None:
    """Open data, object, decide, correct; what is there already stays."""
    if Publication.objects.exists():
        return
    now = clock.now()
    # All or nothing: where filling is interrupted, it is done again from here.
    with transaction.atomic():
        with clock.frozen(_days_before(now, 24)):
            _open()
            services.issue_due()
        _object(now)
        _correct(now, people)
    while poll():
        pass
    ledger.integrate()


def _days_before(now: dt.datetime, days: int) -> dt.datetime:
    return office(now - dt.timedelta(days=days))


def _open() -> None:
    for address, slug, kind, rules, terms in OPENED:
        resource = exchange.resource_by_address(address)
        steward = _steward(resource.department_id)
        services.publish(
            actor=steward.actor if steward else Actor("heli", department=resource.department_id),
            resource=resource,
            slug=slug,
            kind=kind,
            rules=rules,
            terms=terms,
        )


def _steward(department: str) -> Person | None:
    rows = Person.objects.filter(department=department, is_active=True).order_by("pk")
    return next((row for row in rows if Role.STEWARD in row.roles), None)


def _object(now: dt.datetime) -> None:
    """Objections in several states: waiting, late, refused and taken further."""
    with clock.frozen(_days_before(now, 33)):
        _file(Target("opening", department="jtj"), "希望开放公交到站时间，方便开发乘车提醒。")
    with clock.frozen(_days_before(now, 12)) as at:
        beds = Publication.objects.get(slug="hospital-beds")
        row = _file(Target("dataset", publication=beds), "第 3 医院的床位数与公示牌不一致。")
        if row and (steward := _steward("wjw")):
            at.instant = working_days(at(), 3)
            reason = "经核对，公示牌为开放床位，数据集为核定床位，口径不同，数据无误。"
            ground = "《政府信息公开条例》第三十六条"
            services.decide(row, Decision("rejected", reason, ground=ground), by=steward)
            at.instant = working_days(at(), 1)
            services.appeal(row, "数据集没有说明口径，居民会误解，应当补充说明。", by=Filer())
    with clock.frozen(_days_before(now, 4)):
        _file(Target("opening", department="sthj"), "希望开放各监测站的小时空气质量。")
        _object_to_refusal()


def _file(target: Target, ground: str, filer: Filer | None = None) -> Objection | None:
    try:
        return services.file_objection(filer or Filer(), target, ground).objection
    except HeliError:
        return None


def _object_to_refusal() -> None:
    """A department does not accept that a call of its system was denied."""
    for denied in Access.objects.exclude(reason="").exclude(resource=None).order_by("at"):
        steward = _steward(denied.consumer)
        if steward is not None and not denied.address.startswith(f"{denied.consumer}/"):
            target = Target("refusal", refusal=f"access:{denied.pk}")
            ground = "本局正在办理该事项的后续监管，需要核对登记信息。"
            _file(target, ground, Filer(steward, denied.consumer))
            return


FIELDS = ("address", "education", "marital_status", "mobile")
RIGHT = {
    "address": "临江市城东区更正路 1 号 101 室",
    "education": "doctorate",
    "marital_status": "divorced",
    "mobile": "19900009999",
}


def _correct(now: dt.datetime, people: Sequence[Persona]) -> None:
    """A resident's record was wrong; of who received it, not everybody has answered."""
    found = _most_received(people)
    resource = exchange.resource_by_address("gaj/residents")
    steward = _steward("gaj")
    if found is None or steward is None:
        return
    persona, name = found
    person = person_by_identity(persona.resident_id)
    value = RIGHT[name]
    field = resource.parsed_contract.field(name)
    if field is not None and field.allowed and value not in field.allowed:
        value = field.allowed[-1]
    with clock.frozen(_days_before(now, 9)) as at:
        target = Target("record", resource, persona.resident_id, {name: value})
        row = _file(target, "登记的信息早已变更，请更正。", Filer(person))
        if row is None:
            return
        at.instant = working_days(at(), 2)
        checked = "" if row.identity_known else "窗口核验身份证原件"
        decision = Decision("upheld", "经核对原始材料，情况属实，予以更正。",
                            identity_checked=checked)  # fmt: skip
        with transaction.atomic():
            row = services.decide(row, decision, by=steward)
        at.instant = working_days(at(), 1)
        _put_right(home() / "registers" / "residents.parquet", persona.resident_id, name, value)
        services.check_source(row.correction, actor=steward.actor)
        told = list(row.correction.recipients.order_by("pk"))
        for recipient in told[: max(1, len(told) - 1)] if len(told) > 1 else ():
            officer = _steward(recipient.department_id) or Person.objects.filter(
                department=recipient.department_id, is_active=True
            ).order_by("pk").first()  # fmt: skip
            if officer is not None:
                services.acknowledge(recipient, actor=officer.actor, action="updated")


def _most_received(people: Sequence[Persona]) -> tuple[Persona, str] | None:
    """The persona and the field that most departments have received."""
    hashes = {subject_hash("person", persona.resident_id): persona for persona in people}
    seen: dict[tuple[str, str], set[str]] = defaultdict(set)
    facts = Fact.objects.filter(
        verb="exchange.lookup.answered", subject="exchange.resource:gaj/residents"
    )
    for fact in facts:
        if fact.data["subject_hash"] in hashes and fact.data["rows"]:
            for name in set(fact.data["fields"]) & set(FIELDS):
                seen[fact.data["subject_hash"], name].add(fact.department)
    if not seen:
        return None
    (key, name), _consumers = max(seen.items(), key=lambda pair: (len(pair[1]), pair[0]))
    return hashes[key], name


def _put_right(path: Path, number: str, name: str, value: str) -> None:
    """What the source department does in its own system."""
    fresh = path.with_suffix(".parquet.new")
    import duckdb

    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(
            f"CREATE TABLE t AS SELECT * REPLACE (CASE WHEN resident_id = ? THEN ? "  # noqa: S608 - a name of FIELDS
            f"ELSE {name} END AS {name}) FROM read_parquet(?)",
            [number, value, str(path)],
        )
        target = str(fresh).replace("'", "''")
        connection.execute(
            f"COPY t TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)"
        )
    fresh.replace(path)
