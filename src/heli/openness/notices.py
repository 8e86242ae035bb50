"""What openness puts into inboxes, in the transaction of what it tells of."""

from heli.exchange.questions import Notification, notify
from heli.kernel.permissions import Role
from heli.openness.models import Alarm, Correction, Recipient


def told(row: Recipient) -> None:
    """A department received a wrong record: its stewards put it right and answer."""
    _send(row.correction, "correction.told", row.department_id, row.department_id)


def reminded(row: Recipient) -> None:
    """A part of the time to answer has passed."""
    _send(row.correction, "correction.reminded", row.department_id, row.department_id)


def alarmed(row: Alarm) -> None:
    """The wrong version is still about: who is answerable, the source, and supervision know."""
    correction = row.correction
    key = f"alarm.{row.kind}"
    for department in sorted({row.department, correction.department_id}):
        _send(correction, key, department, row.department)
    _send(correction, key, "", row.department, Role.SUPERVISOR)


def _send(
    row: Correction, key: str, department: str, about: str, role: Role = Role.STEWARD
) -> None:
    resource = row.resource
    notify(
        Notification(
            department,
            role,
            f"openness.{key}",
            f"openness.correction:{row.code}",
            data={
                "code": row.code,
                "name_zh": resource.title_zh,
                "name_en": resource.title_en,
                "about": about,
                "other": row.department_id,
            },
        )
    )
