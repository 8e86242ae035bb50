"""Digital projects of Linjiang: one passed, one refused with reasons, one with an exception."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings

from heli.demo.interfaces import PREFIX, InProcess, contract_document
from heli.demo.registers import contract_document as resource_contract
from heli.engines.contracts import parse_contract
from heli.exchange import selectors as exchange
from heli.exchange.contracts import selectors as versions
from heli.exchange.contracts import services as contracts
from heli.kernel import clock
from heli.kernel.permissions import Role
from heli.organisation.selectors import Person
from heli.projects import runs, services
from heli.projects.selectors import Project
from heli.projects.services.projects import NewProject

REVIEWER = "steward1"


@dataclass(frozen=True, slots=True)
class _Planned:
    """A project of the demo city and what becomes of it.

    Attributes:
        excepted: Ground of an exception; empty for none.
        refused: Why it is refused; empty where it passes.
    """

    department: str
    interface: str
    new: NewProject
    excepted: str = ""
    refused: str = ""


PLANNED = (
    _Planned(
        "xfjy",
        "hydrants",
        NewProject(
            code="SZ-2026-006",
            title_zh="消防水源一张图",
            title_en="One map of fire hydrants",
            summary="汇集全市消防水源的位置和状态，供救援和城市更新使用。",
            needs=("zrzy/parcels",),
        ),
    ),
    _Planned(
        "cgj",
        "parking",
        NewProject(
            code="SZ-2026-011",
            title_zh="公共停车引导平台",
            title_en="Guidance to public car parks",
            summary="发布公共停车场的实时空余泊位。",
        ),
        excepted="承建单位正在改造错误应答，数据内容已符合契约",
    ),
    _Planned(
        "jtj",
        "charging_piles",
        NewProject(
            code="SZ-2026-014",
            title_zh="充电设施监管平台",
            title_en="Supervision of charging piles",
            summary="监管公共充电设施的运营单位和功率。",
            needs=("scjg/enterprises",),
        ),
        refused="接口返回重复记录，部分统一社会信用代码无效，整改后重新测试",
    ),
)


def seed_projects() -> None:
    """Register, test and decide; what is there already stays."""
    for planned in PLANNED:
        if not Project.objects.filter(code=planned.new.code).exists():
            _play(planned)
    _announce()


def _play(planned: _Planned) -> None:
    owner, reviewer = _owner(planned.department), Person.objects.get(username=REVIEWER)
    office = reviewer.department_id or ""
    project = services.register(planned.new, department=planned.department, actor=owner.actor)
    url = f"{settings.HELI_PUBLIC_URL}{PREFIX}{planned.interface}"
    services.declare(project, contract_document(planned.interface), url, actor=owner.actor)
    run = services.ask_run(project, actor=owner.actor, department=planned.department)
    runs.execute(run, InProcess())
    if planned.excepted:
        services.grant_exemption(
            project,
            planned.interface,
            ground=planned.excepted,
            legal_basis="《国务院关于加强数字政府建设的指导意见》",
            last_day=clock.today() + dt.timedelta(days=60),
            actor=reviewer.actor,
            department=office,
        )
    services.decide(
        project,
        passed=not planned.refused,
        reason=planned.refused or "承诺的接口均符合契约或已获例外，准予立项",
        actor=reviewer.actor,
        department=office,
    )


def _owner(department: str) -> Person:
    people = Person.objects.filter(department=department).order_by("username")
    stewards = [person for person in people if Role.STEWARD in person.roles]
    return (stewards or [person for person in people if Role.HEAD in person.roles])[0]


def _announce() -> None:
    """A version that breaks who uses the parcels is announced, so that consumers see it come."""
    resource = exchange.find_resource("zrzy/parcels")
    if resource is None or versions.versions(resource).count() > 1:
        return
    document = resource_contract("parcels")
    table = document["schema"][0]
    *kept, last = table["properties"]
    table["properties"] = [*kept, last | {"required": False}]
    contracts.publish_version(
        resource,
        parse_contract(document | {"version": "2.0.0"}),
        actor=_owner("zrzy").actor,
        sunset=clock.today() + dt.timedelta(days=75),
    )
