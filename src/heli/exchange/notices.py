"""What the exchange puts into inboxes, in the transaction of what it tells of."""

from typing import Any

from heli.exchange import statutory
from heli.exchange.models import Appeal, Application, Override, Resource
from heli.exchange.questions import Notification, notify
from heli.kernel.permissions import Role


def application_waits(row: Application) -> None:
    """The source department's stewards review and decide it."""
    _of_application(row, "waits", row.resource.department_id, urgent=True)


def application_reviewed(row: Application) -> None:
    """It waits for the decision, which the head may take as well."""
    _of_application(row, "reviewed", row.resource.department_id, Role.HEAD, urgent=True)


def application_returned(row: Application) -> None:
    """The applying department corrects it."""
    _of_application(row, "returned", row.consumer_id, urgent=True, ground=row.returned_because)


def application_decided(row: Application) -> None:
    """The applying department may use it now, or may appeal."""
    _of_application(row, str(row.state), row.consumer_id, ground=row.reason)


def application_withdrawn(row: Application) -> None:
    """The source department need not decide any more."""
    _of_application(row, "withdrawn", row.resource.department_id)


def application_silent(row: Application, *, passed_on: bool) -> None:
    """The time to decide has run out: both departments know, and who decides in its place."""
    _of_application(row, "silent", row.consumer_id)
    _of_application(row, "overdue", row.resource.department_id, urgent=True)
    if passed_on and (authority := statutory.authority()):
        _of_application(row, "passed_on", authority, urgent=True)


def appeal_filed(appeal: Appeal) -> None:
    """Who decides it acts; the source department and the appealing one know."""
    row = appeal.application
    _to_decider(appeal, "appeal_waits")
    _of_application(row, "appealed", row.resource.department_id)
    _of_application(row, "appeal_filed", row.consumer_id)


def appeal_decided(appeal: Appeal) -> None:
    """Both departments know what came of it."""
    row = appeal.application
    key = "appeal_upheld" if appeal.upheld else "appeal_dismissed"
    for department in (row.consumer_id, row.resource.department_id):
        _of_application(row, key, department, ground=appeal.reason)


def appeal_late(appeal: Appeal) -> None:
    """The next tier is open; who did not decide is reminded."""
    _of_application(appeal.application, "appeal_late", appeal.application.consumer_id)
    _to_decider(appeal, "appeal_overdue")


def glass_broken(row: Override) -> None:
    """The source department, and the head whose officer it was, know at once."""
    resource = row.rule.resource
    _of_override(row, "used", resource.department_id, Role.STEWARD, ground=row.reason)
    _of_override(row, "used", row.rule.department_id, Role.HEAD, ground=row.reason)


def glass_unjustified(row: Override) -> None:
    """Nobody said within the time what the emergency was; supervision knows, too."""
    _of_override(row, "unjustified", row.rule.resource.department_id, Role.STEWARD)
    _of_override(row, "unjustified", row.rule.department_id, Role.HEAD)
    _of_override(row, "unjustified", "", Role.SUPERVISOR)


def _of_application(
    row: Application,
    key: str,
    department: str,
    role: Role = Role.STEWARD,
    *,
    urgent: bool = False,
    ground: str = "",
    link: str = "",
) -> None:
    data = {**_named(row.resource), "about": row.consumer_id, "other": row.resource.department_id}
    notify(
        Notification(
            department,
            role,
            f"exchange.application.{key}",
            link or f"{statutory.APPLICATION}:{row.pk}",
            urgent=urgent,
            data={**data, "ground": ground},
        )
    )


def _to_decider(appeal: Appeal, key: str) -> None:
    link = f"{statutory.APPEAL}:{appeal.pk}"
    department, role = statutory.authority(), Role.STEWARD
    if appeal.tier == Appeal.Tier.LEADING_OFFICE:
        department, role = statutory.leading_office(), Role.LEADER
    if department:
        _of_application(appeal.application, key, department, role, urgent=True, link=link)


def _of_override(row: Override, key: str, department: str, role: Role, *, ground: str = "") -> None:
    resource = row.rule.resource
    data = {"about": row.rule.department_id, "other": resource.department_id, "ground": ground}
    notify(
        Notification(
            department,
            role,
            f"exchange.override.{key}",
            f"exchange.override:{row.pk}",
            data={**_named(resource), **data},
        )
    )


def _named(resource: Resource) -> dict[str, Any]:
    return {"name_zh": resource.title_zh, "name_en": resource.title_en}
