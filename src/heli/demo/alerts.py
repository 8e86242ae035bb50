"""Linjiang's duty roster and its alerts: one that expired, one recalled, one in force."""

import datetime as dt

from heli.alerts import services
from heli.alerts.selectors import Alert, Shift, duties, kind_by_code
from heli.alerts.services import NewSubject
from heli.clocks import polling
from heli.demo.city import DIVISION, UNITS
from heli.engines.contracts.semantics.identity import make_identity_number
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.permissions import Role
from heli.organisation import selectors as organisation

BEFORE, DAYS = 4, 18
"""Days of the roster before the present one, and altogether."""
SILENT = ("czj", "sfj", "mzj")
"""Departments that have not answered the alert in force."""
NOT_TAKEN_OVER = ("swj", "fgw")
CHILD = (dt.date(2019, 5, 1), 907)


def seed_alerts(end: dt.datetime) -> None:
    """Plan the roster and let three alerts happen; what is there already stays.

    Args:
        end: The present instant.
    """
    services.ensure_shipped_kinds()
    if Shift.objects.exists():
        return
    _roster(end)
    _weather(end - dt.timedelta(days=3))
    _batch(end - dt.timedelta(days=1))
    with clock.frozen(end - dt.timedelta(minutes=4)) as moment:
        _take_over()
        alert = services.issue(
            kind_by_code("missing"),
            headline="寻找走失儿童，最后见于滨江公园东门",
            details="男童，七岁，身高约一米二，穿蓝色外套、黑色运动鞋，背红色书包。",
            subjects=[NewSubject("person", make_identity_number(DIVISION, *CHILD))],
            actor=Actor("heli", department="gaj"),
        )
        moment.advance(minutes=2)
        _answer(alert, but=SILENT)


def _roster(end: dt.datetime) -> None:
    first = end.astimezone(clock.SHANGHAI).date() - dt.timedelta(days=BEFORE)
    with clock.frozen(end - dt.timedelta(days=BEFORE)):
        for number, (code, card) in enumerate(organisation.departments().items()):
            staff = list(organisation.people(code))
            officers = [row for row in staff if Role.OFFICER in row.roles] or staff
            if not card.is_active or not officers:
                continue
            services.plan_shifts(code, officers, first=first, days=DAYS, hours=12, actor=HELI)
            services.set_channel(code, address="", telephone=f"0990-{5500 + number:04}", actor=HELI)


def _take_over() -> None:
    for code, duty in duties().items():
        if duty.shift and code not in NOT_TAKEN_OVER:
            services.accept_shift(duty.shift, person=duty.shift.officer)


def _answer(alert: Alert, *, but: tuple[str, ...] = ()) -> None:
    """Let the officers on duty answer, as far as their departments were told."""
    waiting = set(
        alert.notices.filter(acknowledged_at=None, closed_at=None).values_list(
            "department", flat=True
        )
    )
    for code, duty in duties().items():
        if code in waiting and code not in but and duty.officer is not None:
            services.acknowledge(alert, department=code, person=duty.officer)


def _weather(at: dt.datetime) -> None:
    """A warning that all but one department answered in time, and that ended by itself."""
    late = UNITS[-2].code
    with clock.frozen(at) as moment:
        alert = services.issue(
            kind_by_code("weather_red"),
            headline="暴雨红色预警：三小时降雨量将达一百毫米以上",
            actor=Actor("heli", department="szf"),
        )
        moment.advance(minutes=2)
        _answer(alert, but=(late,))
        moment.advance(minutes=4)
        polling.poll()
        _answer(alert)
        moment.advance(hours=12)
        services.expire_due()


def _batch(at: dt.datetime) -> None:
    """An alert about a product that turned out to be mistaken."""
    with clock.frozen(at) as moment:
        alert = services.issue(
            kind_by_code("contaminated"),
            headline="示例食品厂酱料批次疑似微生物超标，请停止使用并封存",
            details="批次 SL-2026-1107，配送至学校食堂和养老机构。",
            subjects=[NewSubject("batch", "SL-2026-1107")],
            actor=Actor("heli", department="scjg"),
        )
        moment.advance(minutes=12)
        _answer(alert)
        moment.advance(hours=3)
        services.recall(
            alert, actor=Actor("heli", department="scjg"), reason="复检合格，批次号登记有误"
        )
        moment.advance(minutes=9)
        _answer(alert)
