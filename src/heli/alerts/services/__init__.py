"""Every change of an alert, a notice, a roster or a list: one verb, one transaction, its facts."""

from heli.alerts.services.alerts import (
    NewSubject,
    acknowledge,
    expire_due,
    issue,
    open_details,
    recall,
)
from heli.alerts.services.channels import send_second, set_channel
from heli.alerts.services.kinds import define_kind, ensure_shipped_kinds
from heli.alerts.services.matching import Answer, ask, tell_hits
from heli.alerts.services.roster import accept_shift, hand_over, plan_shifts, substitute

__all__ = [
    "Answer",
    "NewSubject",
    "accept_shift",
    "acknowledge",
    "ask",
    "define_kind",
    "ensure_shipped_kinds",
    "expire_due",
    "hand_over",
    "issue",
    "open_details",
    "plan_shifts",
    "recall",
    "send_second",
    "set_channel",
    "substitute",
    "tell_hits",
]
