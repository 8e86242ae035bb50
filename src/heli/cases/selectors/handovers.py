"""Offers to hand a matter over."""

from typing import Literal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from heli.cases import policy
from heli.cases.callers import Caller, department_of
from heli.cases.errors import RecordNotFoundError
from heli.cases.models import Handover

Side = Literal["both", "given", "taken"]


def handovers(by: Caller, side: Side = "both", state: str = "") -> QuerySet[Handover]:
    """Offers that the caller's department made, received, or either."""
    own = department_of(by)
    given, taken = Q(giver=own), Q(taker=own)
    rows = Handover.objects.filter({"both": given | taken, "given": given, "taken": taken}[side])
    if state:
        rows = rows.filter(state=state)
    return rows.select_related("matter").order_by("-offered_at", "-id")


def visible_handover(handover_id: UUID | str, by: Caller) -> Handover:
    """An offer, if the caller may know of its matter.

    Raises:
        RecordNotFoundError: There is none, or it is none of the caller's business.
    """
    row = Handover.objects.select_related("matter").filter(pk=handover_id).first()
    if row is None or not policy.may_see_matter(by, row.matter):
        raise RecordNotFoundError(what=_("offer of a handover"))
    return row
