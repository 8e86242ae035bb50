"""What Linjiang's catalogue says, and the applications for data that are under way there."""

import datetime as dt
import json
import sqlite3
from pathlib import Path
from typing import Any

from heli.exchange import selectors, services
from heli.exchange.selectors import Resource
from heli.exchange.services import Wish
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.permissions import Role
from heli.organisation import selectors as organisation

DATA = Path(__file__).parent / "contracts" / "catalogue.json"
SOURCES: dict[str, tuple[str, dict[str, Any]]] = {
    "parcels": ("csv", {"file": "parcels.csv", "columns": {"land_use": "土地用途"}}),
    "permits": ("sqlite", {"file": "permits.sqlite3", "table": "permits"}),
    "hospital_beds": ("excel", {"file": "hospital_beds.xlsx", "sheet": "床位"}),
}
"""Registers that their departments do not keep as Parquet."""


def data() -> dict[str, Any]:
    """What the catalogue says, as plain data."""
    found: dict[str, Any] = json.loads(DATA.read_text("utf-8"))
    return found


def write_sources(folder: Path) -> None:
    """Write the registers of :data:`SOURCES` as their departments keep them."""
    import duckdb

    with duckdb.connect(config={"threads": 1}) as connection:
        _csv(connection, folder)
        _sqlite(connection, folder)
        _excel(connection, folder)


def _csv(connection: Any, folder: Path) -> None:
    fresh = folder / "parcels.csv.new"
    connection.execute(
        f"COPY (SELECT * RENAME (land_use AS 土地用途) FROM read_parquet(?)) TO '{fresh}' (HEADER)",  # noqa: S608 - our own path
        [str(folder / "parcels.parquet")],
    )
    fresh.replace(folder / "parcels.csv")


def _sqlite(connection: Any, folder: Path) -> None:
    fresh = folder / "permits.sqlite3.new"
    fresh.unlink(missing_ok=True)
    found = connection.execute(
        "SELECT credit_code, permit_no, kind, issued_on::VARCHAR, valid_until::VARCHAR, status"
        " FROM read_parquet(?)",
        [str(folder / "permits.parquet")],
    )
    with sqlite3.connect(fresh) as database:
        database.execute(
            "CREATE TABLE permits (credit_code TEXT NOT NULL, permit_no TEXT, kind TEXT,"
            " issued_on TEXT, valid_until TEXT, status TEXT)"
        )
        while rows := found.fetchmany(10_000):
            database.executemany("INSERT INTO permits VALUES (?, ?, ?, ?, ?, ?)", rows)
        database.execute("CREATE INDEX by_credit_code ON permits (credit_code)")
    database.close()
    fresh.replace(folder / "permits.sqlite3")


def _excel(connection: Any, folder: Path) -> None:
    found = connection.execute(
        "SELECT * FROM read_parquet(?)", [str(folder / "hospital_beds.parquet")]
    )
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("床位")
    sheet.append([column[0] for column in found.description])
    for row in found.fetchall():
        sheet.append(row)
    fresh = folder / "hospital_beds.xlsx.new"
    book.save(fresh)
    fresh.replace(folder / "hospital_beds.xlsx")


def seed_grounds() -> None:
    """Register the provisions, the classification and the data elements; once."""
    if selectors.provisions().exists():
        return
    found = data()
    for entry in found["provisions"]:
        effective_on = dt.date.fromisoformat(entry["effective_on"])
        services.register_provision(actor=HELI, **entry | {"effective_on": effective_on})
    for entry in found["categories"]:
        services.register_category(actor=HELI, **entry)
    for entry in found["elements"]:
        services.register_element(actor=HELI, **entry)


def ground_of(name: str) -> str:
    """The provision because of which a demo resource is not shared; empty where it is."""
    return str(data()["entries"][name].get("ground", ""))


def describe(resources: dict[str, Resource]) -> None:
    """Describe every demo resource, and forbid the combination; once."""
    found = data()
    for name, entry in found["entries"].items():
        if selectors.entry_of(resources[name]) is None:
            services.describe(resources[name], actor=HELI, **entry)
    if not selectors.combination_rules().exists():
        for entry in found["combinations"]:
            services.forbid_combination(actor=HELI, **entry)


def seed_applications() -> None:
    """Applications of four weeks ago: granted, cut, refused and appealed, and one left lying."""
    if selectors.applications().exists():
        return
    _granted()
    _cut()
    _refused_and_appealed()
    # Nobody decides this one: its time runs out while the four weeks pass.
    _apply(
        "rsj",
        "gaj/households",
        ("benefits", "核定家庭救助资格", "Checking rights to benefits"),
        "pipl-34",
        ["household_no", "members"],
    )
    _dispute()


def seed_recent() -> None:
    """What happened today: one handed in, one returned, one grant suspended."""
    if selectors.applications().filter(purpose="renewal-check").exists():
        return
    _apply(
        "cgj",
        "zrzy/real_estate",
        ("renewal-check", "核对更新片区权利人", "Checking the owners of an urban-renewal area"),
        "dsl-38",
        ["unit_code", "owner", "address"],
    )
    row = _apply(
        "zjj",
        "gaj/residents",
        ("lease-check", "核验租赁备案当事人", "Checking the parties of a registered lease"),
        "pipl-34",
        ["name", "mobile", "marital_status"],
    )
    services.return_application(
        row.pk, actor=_steward("gaj"), reason="请说明为何需要婚姻状况，或删去该字段。"
    )
    grant = selectors.grants(consumer="scjg").get(purpose="spot-check")
    services.suspend(
        grant.pk, actor=_steward(grant.resource.department_id), reason="密钥管理自查期间暂停使用。"
    )


def _granted() -> None:
    row = _apply(
        "jyj",
        "gaj/residents",
        ("enrolment", "核验适龄儿童户籍", "Checking where a child of school age is registered"),
        "education-12",
        ["name", "born", "division"],
    )
    services.review_application(
        row.pk, actor=_steward("gaj"), opinion="用途与职责相符，字段为入学核验所必需。"
    )
    services.grant_application(row.pk, actor=_steward("gaj"))


def _cut() -> None:
    row = _apply(
        "scjg",
        "wjw/health_certificates",
        ("spot-check", "餐饮从业人员健康证明抽查", "Spot checks of people who work in restaurants"),
        "food-45",
        ["name", "certificate_no", "valid_until", "trade"],
    )
    services.review_application(row.pk, actor=_steward("wjw"), opinion="抽查只需确认证明是否有效。")
    services.grant_application(
        row.pk,
        actor=_steward("wjw"),
        policy=_policy(["certificate_no", "valid_until"]),
        reason="抽查核对证明编号与有效期即可，不提供姓名与行业。",
    )


def _refused_and_appealed() -> None:
    row = _apply(
        "cgj",
        "rsj/employment",
        (
            "street-vendors",
            "核实流动摊贩就业状况",
            "Finding out whether street vendors are employed",
        ),
        "dsl-38",
        ["name", "employer", "contribution_base"],
    )
    services.review_application(
        row.pk, actor=_steward("rsj"), opinion="摊贩管理不以就业状况为依据。"
    )
    services.refuse_application(
        row.pk,
        actor=_steward("rsj"),
        reason="所列职责不需要就业与缴费信息，超出最小必要范围。",
        ground="pipl-6",
    )
    services.file_appeal(
        row.pk,
        actor=_steward("cgj"),
        argument="帮扶政策要求优先安置无固定就业的摊贩，需核实是否参保。",
    )


def _dispute() -> None:
    """The social security bureau, too, says that it is the source of people's names."""
    services.claim(
        selectors.resource_by_address("rsj/employment"),
        "name",
        element="person.name",
        actor=_steward("rsj"),
    )


def _apply(
    consumer: str, resource: str, purpose: tuple[str, str, str], basis: str, fields: list[str]
) -> Any:
    """An application; ``purpose`` is its short name, Chinese and English words."""
    wish = Wish(
        purpose=purpose[0],
        purpose_zh=purpose[1],
        purpose_en=purpose[2],
        need=f"{purpose[1]}，由本部门经办人员在办理具体事项时逐件查询。",
        basis=basis,
        policy=_policy(fields),
        until=clock.today() + dt.timedelta(days=365),
    )
    return services.apply(
        selectors.resource_by_address(resource),
        wish,
        actor=_steward(consumer),
        consumer=consumer,
    )


def _policy(fields: list[str]) -> dict[str, Any]:
    return {"fields": [{"field": field} for field in fields]}


def _steward(department: str) -> Actor:
    """The data steward of a department, who acts for it."""
    found = organisation.people(department=department, role=Role.STEWARD).order_by("pk").first()
    return found.actor if found else Actor("heli", department=department)
