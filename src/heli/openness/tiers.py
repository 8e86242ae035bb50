"""Before whom an objection goes: the source department, the data authority, the leading office."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from heli.kernel.permissions import Decision, Role, allow, deny
from heli.openness.models import Objection
from heli.openness.terms import TERMS
from heli.organisation.selectors import Department, Person

AUTHORITY = "data.sharing"
LAST = 3


def exists(department: str) -> bool:
    """Whether there is such an active department."""
    return Department.objects.filter(code=department, is_active=True).exists()


def data_authority() -> str:
    """The department whose stewards administer all sharing; empty where there is none."""
    rows = Person.objects.filter(
        is_active=True, competences__name=AUTHORITY, department__isnull=False
    ).order_by("department__position", "pk")
    return next((row.department_id or "" for row in rows if Role.STEWARD in row.roles), "")


def leading_office() -> str:
    """The department above all others."""
    row = Department.objects.filter(parent=None, is_active=True).order_by("position").first()
    return row.code if row else ""


def next_tier(row: Objection) -> tuple[int, str] | None:
    """The tier after the present one and its department; nobody decides over itself."""
    heard = set(row.rulings.values_list("department", flat=True))
    for tier, department in ((2, data_authority()), (LAST, leading_office())):
        if tier > row.tier and department and department not in heard:
            return tier, department
    return None


def appeal_until(row: Objection) -> dt.datetime | None:
    """Until when the last decision can be taken further."""
    if row.decided_at is None:
        return None
    return row.decided_at + dt.timedelta(days=TERMS.term("appeal_within").allowance.amount)


def appeal_possible(row: Objection, now: dt.datetime) -> Decision:
    """Whether who objected may take the decision further."""
    if row.state not in {Objection.State.REJECTED, Objection.State.PARTLY}:
        return deny("state", _("nothing was refused"))
    until = appeal_until(row)
    if until is not None and now > until:
        return deny("time", _("the time for it is over"))
    if next_tier(row) is None:
        return deny("tier", _("the last office has decided"))
    return allow("refused", _("what you asked for was refused"))
