"""What the catalogue says: metadata, grounds, facets, samples, quality, one source for all."""

import datetime as dt
import os

import pytest

from heli.clocks import polling
from heli.engines.contracts import Sensitivity
from heli.errors import BadInputError, NotFoundError
from heli.exchange import errors, selectors, services
from heli.exchange import errors_applications as refused
from heli.exchange.connectors import open_connector
from heli.exchange.models import Claim, Conflict, Openness, Quality, Resource, SharingClass
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.home import folder
from heli.ledger.models import Fact
from heli.web.laws import article_words

Standing = Claim.Standing


def describe(resource, **change):
    given = {"category": "101001", "summary_zh": "登记信息", "openness": Openness.CLOSED,
             "condition_zh": "仅限核验"}  # fmt: skip
    return services.describe(resource, actor=HELI, **given | change)


def test_every_demo_resource_is_described_with_a_code_of_its_category(exchange_city):
    for row in exchange_city.values():
        entry = selectors.entry_of(row)
        assert entry.code == f"{entry.category_id}/000001"
        assert entry.first_published_on == clock.today()
    pupils = selectors.entry_of(exchange_city["pupils"])
    assert str(pupils.ground) == "《中华人民共和国个人信息保护法》第二十八条"
    path = selectors.category_path(pupils.category)
    assert [each.code for each in path] == ["2", "203", "203001"]


def test_a_code_stays_until_the_category_changes(exchange_city):
    row = exchange_city["residents"]
    assert describe(row).code == "101001/000001"
    assert describe(exchange_city["households"]).code == "101001/000002"
    assert describe(row, category="101002").code == "101002/000001"


def test_what_is_not_shared_rests_on_a_provision_in_force(exchange_city):
    row = exchange_city["residents"]
    for ground in ("", "nothing"):
        with pytest.raises(refused.GroundError):
            describe(row, sharing=SharingClass.NOT_SHARED, ground=ground)
    services.repeal_provision("pipl-28", actor=HELI, repealed_on=clock.today())
    with pytest.raises(refused.GroundError):
        describe(row, sharing=SharingClass.NOT_SHARED, ground="pipl-28")
    describe(row, sharing=SharingClass.NOT_SHARED, ground="pipl-34")
    row.refresh_from_db()
    assert row.sharing == SharingClass.NOT_SHARED


def test_nothing_is_published_as_not_shared_without_a_ground(exchange_city):
    row = exchange_city["pupils"]
    values = {"actor": HELI, "department": "jyj", "contract": row.contract, "connector": "parquet",
              "options": row.options, "sharing": SharingClass.NOT_SHARED,
              "update_cycle": row.update_cycle}  # fmt: skip
    with pytest.raises(refused.GroundError):
        services.publish(**values)
    services.publish(**values, ground="pipl-28")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"category": "999"}, refused.CategoryError),
        ({"condition_zh": ""}, BadInputError),
        ({"related": ["gaj/nothing"]}, errors.UnknownResourceError),
        ({"related": ["gaj/residents"]}, errors.UnknownResourceError),
        ({"elements": {"person.name": "nothing"}}, BadInputError),
        ({"elements": {"nothing": "name"}}, NotFoundError),
    ],
)
def test_what_cannot_be_said(exchange_city, change, error):
    with pytest.raises(error):
        describe(exchange_city["residents"], **change)


@pytest.mark.parametrize("code", ["", "12", "1010", "a", "901", "101999001"])
def test_a_category_stands_under_another(exchange_city, code):
    with pytest.raises(refused.CategoryError):
        services.register_category(actor=HELI, code=code, title_zh="类")


def test_provisions_bind_from_the_first_to_the_last_day(exchange_city):
    today = clock.today()
    row = services.register_provision(
        actor=HELI, code="new-1", kind="rule", law_zh="《示例办法》", article="第一条",
        says_zh="示例", effective_on=today,
    )  # fmt: skip
    assert str(row) == "《示例办法》第一条"
    assert row.in_force(today)
    assert not row.in_force(today - dt.timedelta(days=1))
    with pytest.raises(refused.ProvisionExistsError):
        services.register_provision(actor=HELI, code="new-1", kind="rule", law_zh="x",
                                    article="第二条", says_zh="x", effective_on=today)  # fmt: skip
    with pytest.raises(BadInputError):
        services.repeal_provision("new-1", actor=HELI, repealed_on=today - dt.timedelta(days=1))
    row = services.repeal_provision("new-1", actor=HELI, repealed_on=today)
    assert not row.in_force(today)
    assert row not in selectors.provisions(in_force=True)
    with pytest.raises(NotFoundError):
        services.repeal_provision("new-1", actor=HELI, repealed_on=today)


@pytest.mark.parametrize(
    ("article", "words"),
    [("第二十八条", "article 28"), ("第六条", "article 6"), ("第十条", "article 10"),
     ("第一百二十三条", "article 123"), ("附则", "附则")],
)  # fmt: skip
def test_articles_are_numbered_in_english(article, words):
    assert article_words(article) == words


def counts(text="", **chosen):
    rows = selectors.catalogue(text=text)
    return {facet.name: {c.value: c.count for c in facet.choices}
            for facet in selectors.facets(rows, chosen)}  # fmt: skip


def test_facets_count_what_choosing_them_would_show(exchange_city):
    everything = counts()
    assert everything["sharing"] == {"conditional": 5, "unconditional": 4, "not_shared": 1}
    assert everything["category"]["101"] == 2
    chosen = counts(sharing="unconditional")
    assert chosen["sharing"] == everything["sharing"], "the facet's own choice does not narrow it"
    assert chosen["department"] == {"scjg": 2, "wjw": 1, "zrzy": 1}
    for name, values in everything.items():
        for value, count in values.items():
            assert selectors.narrow(selectors.catalogue(), {name: value}).count() == count
    assert selectors.narrow(selectors.catalogue(), {"level": "x"}).count() == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("床位", {"hospital_beds"}),
        ("缴费基数", {"employment"}),
        ("contribution", {"employment"}),
        ("PARCELS", {"parcels"}),
        ("101001", {"residents"}),
        ("个人 没有", set()),
        ("登记 企业", {"enterprises"}),
        ("%", set()),
        ("_", set()),
    ],
)
def test_every_word_is_looked_for_in_all_that_is_said(exchange_city, text, found):
    names = {row.name for row in selectors.catalogue(text=text)}
    assert found <= names if text in {"登记 企业", "PARCELS", "_"} else names == found


def test_a_sample_gives_nobody_away(exchange_city):
    for name, row in exchange_city.items():
        contract = row.parsed_contract
        rows = selectors.sample(row)
        assert 0 < len(rows) <= 5, name
        real = open_connector(row.connector, contract, row.options)
        (batch,) = real.scan(contract.names, limit=5)
        for shown, known in zip(rows, batch.to_pylist(), strict=True):
            for field, value in zip(contract.fields, shown, strict=True):
                private = field.subject or field.sensitivity >= Sensitivity.SENSITIVE
                if private and known[field.name] is not None:
                    assert set(value) <= set("*-")
                    assert len(value) in (3, 10)


def test_quality_is_measured_by_semantic_types_and_keys(exchange_city, tmp_path):
    row = exchange_city["parcels"]
    services.measure(row)
    view = selectors.quality_view(row)
    assert (view.completeness, view.validity, view.uniqueness, view.fault) == (1, 1, 1, "")
    path = folder("registers") / "parcels.csv"
    kept = path.read_bytes()
    lines = kept.decode().splitlines()
    head = lines[0].split(",")
    place, first = head.index("parcel_code"), lines[1].split(",")
    broken = [*first]
    broken[place] = "not a parcel"
    broken[head.index("address")] = ""
    try:
        path.write_text("\n".join([*lines, ",".join(broken), lines[1]]) + "\n", encoding="utf-8")
        services.measure(row)
        worse = selectors.quality_view(row)
        assert worse.rows == view.rows + 2
        assert worse.completeness < 1
        assert worse.validity < 1
        assert worse.uniqueness < 1
        named = {each.name: each for each in selectors.field_quality(row)}
        assert named["parcel_code"].valid < 1
        assert named["address"].filled < 1
        path.unlink()
        services.measure(row)
        gone = selectors.quality_view(row)
        assert (gone.state, gone.rows) == ("late", worse.rows)
        assert "not there" in gone.fault
    finally:
        path.write_bytes(kept)
    assert Fact.objects.filter(verb="exchange.quality.measured").count() == 3


def test_freshness_is_held_against_the_promised_cycle(exchange_city):
    row = exchange_city["residents"]
    path = folder("registers") / row.options["file"]
    services.measure(row)
    assert selectors.quality_view(row).state == "on_time"
    stat = path.stat()
    try:
        old = (clock.now() - dt.timedelta(days=3)).timestamp()
        os.utime(path, (old, old))
        services.measure(row)
        assert selectors.quality_view(row).state == "late"
        Resource.objects.filter(pk=row.pk).update(update_cycle="weekly")
        row.refresh_from_db()
        assert selectors.quality_view(row).state == "on_time"
    finally:
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_each_resource_is_measured_once_a_day(exchange_city):
    with clock.frozen(dt.datetime(2026, 11, 23, 2, tzinfo=dt.UTC)) as time:
        assert sum(services.measure_due() for _ in range(12)) == 10
        time.instant += dt.timedelta(hours=25)
        assert services.measure_due(3) == 3
    assert Quality.objects.count() == 10


def claim(city, name, field, element="person.name"):
    return services.claim(city[name], field, element=element, actor=HELI)


def standing(name, element="person.name"):
    return Claim.objects.get(element=element, resource__name=name).standing


def test_a_second_claim_opens_a_conflict_and_neither_is_the_source(exchange_city):
    assert standing("residents") == Standing.SOURCE
    second = claim(exchange_city, "employment", "name")
    assert (standing("residents"), second.standing) == (Standing.DISPUTED, Standing.DISPUTED)
    conflict = Conflict.objects.get()
    assert selectors.clock_of("exchange.conflict", conflict.pk).state == "on_time"
    assert claim(exchange_city, "employment", "name") == second
    assert Conflict.objects.count() == 1


@pytest.mark.parametrize("upheld", ["residents", "employment"])
def test_a_decision_makes_one_the_source_and_the_other_a_copy(exchange_city, upheld):
    claim(exchange_city, "employment", "name")
    conflict = Conflict.objects.get()
    address = exchange_city[upheld].address
    with pytest.raises(BadInputError):
        services.settle_conflict(conflict.pk, actor=HELI, resource=address, reason=" ")
    with pytest.raises(NotFoundError):
        services.settle_conflict(conflict.pk, actor=HELI, resource="wjw/hospital_beds", reason="x")
    services.settle_conflict(conflict.pk, actor=HELI, resource=address, reason="依法登记")
    other = {"residents": "employment", "employment": "residents"}[upheld]
    assert (standing(upheld), standing(other)) == (Standing.SOURCE, Standing.COPY)
    with pytest.raises(refused.ConflictSettledError):
        services.settle_conflict(conflict.pk, actor=HELI, resource=address, reason="x")
    assert Fact.objects.get(verb="exchange.conflict.settled").data["resource"] == address
    assert selectors.clock_of("exchange.conflict", conflict.pk).state == "done"


def test_a_third_claim_is_settled_against_whoever_won(exchange_city):
    claim(exchange_city, "employment", "name")
    claim(exchange_city, "pupils", "name")
    first, second = Conflict.objects.order_by("opened_at", "pk")
    services.settle_conflict(first.pk, actor=HELI, resource="rsj/employment", reason="x")
    assert standing("employment") == Standing.DISPUTED
    second.refresh_from_db()
    assert second.first.resource.name == "employment"
    services.settle_conflict(second.pk, actor=HELI, resource="rsj/employment", reason="x")
    standings = {name: standing(name) for name in ("residents", "employment", "pupils")}
    assert standings == {"residents": "copy", "employment": "source", "pupils": "copy"}


def test_a_conflict_that_is_not_settled_in_time_is_overdue(exchange_city):
    with clock.frozen(dt.datetime(2026, 3, 2, 2, tzinfo=dt.UTC)) as time:
        claim(exchange_city, "employment", "name")
        time.instant += dt.timedelta(days=40)
        polling.poll()
        conflict = Conflict.objects.get()
        assert selectors.clock_of("exchange.conflict", conflict.pk).state == "late"
        assert Fact.objects.filter(verb="clocks.clock.overdue").exists()
