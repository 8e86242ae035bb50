"""Linjiang's other grounds: duties, a grant with limits and hours, second persons, emergencies."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from heli.demo.registers import Persona
from heli.exchange import selectors, services
from heli.exchange.selectors import EmergencyRule, Override, Resource
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.organisation import services as organisation
from heli.organisation.selectors import Person

EMERGENCY = "data.emergency"
DUTIES = (
    ("scjg", "food-inspection", "食品生产经营监督检查",
     "Inspection of food businesses", "《中华人民共和国食品安全法》第一百一十条"),
    ("rsj", "wage-supervision", "保障农民工工资支付监督检查",
     "Supervision of wages of migrant workers", "《保障农民工工资支付条例》第七条"),
    ("wjw", "disease-control", "传染病疫情流行病学调查",
     "Epidemiological investigation", "《中华人民共和国传染病防治法》第四十条"),
)  # fmt: skip
"""Department, code, the duty in Chinese and English, the provision."""


def seed_grounds(people: Sequence[Persona]) -> None:
    """Register duties, give their grants, and let two emergencies have happened.

    Args:
        people: Residents of the registers.
    """
    if EmergencyRule.objects.exists() or not people:
        return
    # All or nothing: where filling is interrupted, it is done again from here.
    with transaction.atomic():
        _duties()
        _grants()
        _second_person()
        _emergencies(people)


def _duties() -> None:
    for department, code, title_zh, title_en, ground in DUTIES:
        services.register_duty(
            actor=HELI,
            department=department,
            code=code,
            title_zh=title_zh,
            title_en=title_en,
            legal_ground=ground,
        )


def _grants() -> None:
    expires = clock.now() + dt.timedelta(days=730)
    employment = selectors.find_resource("rsj/employment")
    certificates = selectors.find_resource("wjw/health_certificates")
    if employment is not None:
        services.grant(
            actor=HELI,
            resource=employment,
            consumer="scjg",
            purpose="food-inspection",
            purpose_zh="食品经营单位从业人员核查",
            purpose_en="Checking the staff of food businesses",
            legal_basis="《中华人民共和国食品安全法》第四十五条",
            policy={
                "fields": [
                    {"field": "name", "mask": "partial"},
                    {"field": "since", "mask": "generalise", "level": "month"},
                    {"field": "contribution_base", "mask": "generalise", "edges": [5000, 10000]},
                ],
                "limits": {"per_minute": 60, "records_per_day": 5000},
                "hours": [{"days": "working", "from": "08:30", "to": "18:00"}],
                "binding": "public_task",
            },
            expires_at=expires,
        )
    if certificates is not None:
        services.grant(
            actor=HELI,
            resource=certificates,
            consumer="scjg",
            purpose="outbreak",
            purpose_zh="食源性疾病事件处置",
            purpose_en="Handling of food-borne outbreaks",
            legal_basis="《中华人民共和国食品安全法》第一百零五条",
            policy={
                "fields": [{"field": "name"}, {"field": "trade"}, {"field": "valid_until"}],
                "second_person": True,
                "binding": "public_task",
            },
            expires_at=expires,
        )


def _officers(department: str) -> list[Person]:
    rows = Person.objects.filter(department=department, is_active=True).order_by("username")
    return [row for row in rows if Role.OFFICER in row.roles]


def _second_person() -> None:
    """One question that waits for a colleague, and one that was confirmed."""
    certificates = selectors.find_resource("wjw/health_certificates")
    officers = _officers("scjg")
    if certificates is None or len(officers) < 2:
        return
    asked = [
        services.ask_confirmation(
            by=officers[0],
            resource=certificates,
            serves="public_task:food-inspection",
            hours=hours,
            reason=reason,
        )
        for hours, reason in (
            (48, "学校食堂疑似食源性疾病，需核对从业人员健康证明"),
            (8, "餐饮单位从业人员健康证明抽查"),
        )
    ]
    services.answer_confirmation(asked[1].pk, by=officers[1], confirmed=True)


def _emergencies(people: Sequence[Persona]) -> None:
    """Two rules; one emergency that was justified and judged, and one that waits for both."""
    residents = selectors.find_resource("gaj/residents")
    supervisor = Person.objects.filter(username="supervisor1").first()
    if residents is None or supervisor is None:
        return
    for department in ("wjw", "xfjy"):
        services.allow_emergency(
            actor=HELI,
            resource=residents,
            department=department,
            document={"fields": [{"field": "name"}, {"field": "mobile"}, {"field": "address"}]},
            legal_basis="《中华人民共和国突发事件应对法》第四十九条",
        )
    first = _broken("wjw", residents, people[0], "急诊伤员昏迷，需立即联系其家属")
    if first is not None:
        text = "伤员由急救中心送医，已按登记电话联系家属，数据仅用于此。"
        services.justify_override(first.pk, by=first.person, text=text)
        finding = "有急救中心接诊记录佐证，确属紧急。"
        services.review_override(first.pk, by=supervisor, verdict="justified", finding=finding)
    _broken("xfjy", residents, people[1], "居民楼火灾，需确认被困人员及联系方式")


def _broken(department: str, resource: Resource, about: Persona, reason: str) -> Override | None:
    officers = _officers(department)
    if not officers:
        return None
    officer = officers[0]
    held = set(officer.competences.values_list("name", flat=True))
    organisation.set_competences(officer, {*held, EMERGENCY}, actor=HELI)
    found = services.break_glass(
        by=officer, resource=resource, subject=about.resident_id, reason=reason
    )
    return selectors.override_of_fact(found.fact_id)
