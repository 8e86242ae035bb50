"""Every question about matters."""

from heli.cases.models import CollaborationRequest, Handover, Matter, Task
from heli.cases.selectors.attachments import attachment, attachments
from heli.cases.selectors.handovers import handovers, visible_handover
from heli.cases.selectors.inbox import unread
from heli.cases.selectors.matters import (
    find_matter,
    form_of,
    matter_page,
    matters,
    my_matters,
    procedures,
    qr_svg,
)
from heli.cases.selectors.progress import public_progress
from heli.cases.selectors.queue import next_to_claim, queue, requests_queue
from heli.cases.selectors.shapes import (
    Answer,
    ClockView,
    Entry,
    MatterPage,
    NoticeView,
    Prefill,
    Prepared,
    PublicProgress,
    TaskDetail,
    TaskState,
)
from heli.cases.selectors.stalled import stalled_timers
from heli.cases.selectors.tasks import task_detail

__all__ = [
    "Answer",
    "ClockView",
    "CollaborationRequest",
    "Entry",
    "Handover",
    "Matter",
    "MatterPage",
    "NoticeView",
    "Prefill",
    "Prepared",
    "PublicProgress",
    "Task",
    "TaskDetail",
    "TaskState",
    "attachment",
    "attachments",
    "find_matter",
    "form_of",
    "handovers",
    "matter_page",
    "matters",
    "my_matters",
    "next_to_claim",
    "procedures",
    "public_progress",
    "qr_svg",
    "queue",
    "requests_queue",
    "stalled_timers",
    "task_detail",
    "unread",
    "visible_handover",
]
