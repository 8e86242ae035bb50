"""Every write of the cases room: one verb, one transaction, its facts."""

from heli.cases.services.attachments import attach
from heli.cases.services.data import prefill, prepare_data
from heli.cases.services.handovers import (
    accept_handover,
    decline_handover,
    offer_handover,
    withdraw_handover,
)
from heli.cases.services.inbox import mark_read
from heli.cases.services.matters import (
    Started,
    discard_draft,
    renew_secret,
    save_draft,
    start_matter,
    withdraw_matter,
)
from heli.cases.services.messages import deliver_message
from heli.cases.services.procedures import ensure_shipped_procedures, publish_procedure
from heli.cases.services.requests import (
    answer_request,
    refuse_request,
    request_collaboration,
    withdraw_request,
)
from heli.cases.services.supplements import answer_supplement, ask_supplement
from heli.cases.services.tasks import approve, assign, claim, refuse, release, return_task

__all__ = [
    "Started",
    "accept_handover",
    "answer_request",
    "answer_supplement",
    "approve",
    "ask_supplement",
    "assign",
    "attach",
    "claim",
    "decline_handover",
    "deliver_message",
    "discard_draft",
    "ensure_shipped_procedures",
    "mark_read",
    "offer_handover",
    "prefill",
    "prepare_data",
    "publish_procedure",
    "refuse",
    "refuse_request",
    "release",
    "renew_secret",
    "request_collaboration",
    "return_task",
    "save_draft",
    "start_matter",
    "withdraw_handover",
    "withdraw_matter",
    "withdraw_request",
]
