"""Rows of the cases room, one module per noun."""

from heli.cases.models.collaboration import CollaborationRequest, Handover
from heli.cases.models.inbox import Notice, ProgressAttempt
from heli.cases.models.matters import Attachment, Matter, MatterSubject
from heli.cases.models.procedures import Procedure
from heli.cases.models.tasks import ServiceJob, Supplement, Task

__all__ = [
    "Attachment",
    "CollaborationRequest",
    "Handover",
    "Matter",
    "MatterSubject",
    "Notice",
    "Procedure",
    "ProgressAttempt",
    "ServiceJob",
    "Supplement",
    "Task",
]
