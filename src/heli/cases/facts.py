"""The verbs of the cases room. No fact holds an opinion's text or an identity number.

``name_zh``/``name_en`` pairs are shown in the reader's language as ``{name}``.
"""

from typing import Any

from heli.errors import gettext_noop
from heli.ledger.verbs import FactData, fact


@fact(
    "cases.procedure.published", gettext_noop("{department} published “{name}”, version {version}")
)
class ProcedurePublished(FactData, frozen=True, kw_only=True):
    """A version of a procedure can be used from now on."""

    key: str
    version: int
    name_zh: str
    name_en: str


@fact("cases.matter.drafted", gettext_noop("A draft was begun for “{name}”"))
class MatterDrafted(FactData, frozen=True, kw_only=True):
    """Somebody began to fill in a form."""

    procedure: str
    name_zh: str
    name_en: str


@fact("cases.matter.discarded", gettext_noop("The draft for “{name}” was discarded unsent"))
class MatterDiscarded(FactData, frozen=True, kw_only=True):
    """A draft and all that was typed in it are gone; the facts of its look-ups stay.

    Attributes:
        lookups: How many look-ups were answered for it, also those whose answers were replaced.
    """

    procedure: str
    name_zh: str
    name_en: str
    lookups: int = 0


@fact(
    "cases.matter.received",
    gettext_noop("{department} received the matter and is accountable for it to the end"),
)
class MatterReceived(FactData, frozen=True, kw_only=True):
    """Intake: from here on the department is accountable.

    Attributes:
        accountable: Code of the first receiver.
        way: ``online``, ``desk`` or ``system``.
        prefilled: How many fields the city filled in itself.
    """

    procedure: str
    version: int
    accountable: str
    way: str
    prefilled: int = 0


@fact("cases.matter.completed", gettext_noop("The matter was completed"))
class MatterCompleted(FactData, frozen=True, kw_only=True):
    """Every department is through; times in whole seconds."""

    parallel_seconds: int
    serial_seconds: int


@fact("cases.matter.refused", gettext_noop("The matter ended with a refusal: {ground}"))
class MatterRefused(FactData, frozen=True, kw_only=True):
    """The procedure ended with a refusal."""

    ground: str
    parallel_seconds: int
    serial_seconds: int


@fact("cases.matter.withdrawn", gettext_noop("The applicant withdrew the matter"))
class MatterWithdrawn(FactData, frozen=True, kw_only=True):
    """The applicant, or the first receiver for them, took it back."""


@fact("cases.matter.secret_renewed", gettext_noop("A new secret for public progress was given out"))
class SecretRenewed(FactData, frozen=True, kw_only=True):
    """The old secret opens nothing any more."""


@fact("cases.task.opened", gettext_noop("{department} received “{name}”"))
class TaskOpened(FactData, frozen=True, kw_only=True):
    """A department has something to do.

    Attributes:
        assignee: Id of the person it is proposed to, empty for none.
        reason: Why that person; see ``heli.cases.assignment``.
        allowance: ``WD5``, ``H48``, …; empty for none.
        due: ISO 8601 instant, empty for none.
    """

    task: str
    node: str
    kind: str
    name_zh: str
    name_en: str
    assignee: str = ""
    reason: dict[str, Any] = {}
    allowance: str = ""
    due: str = ""


@fact("cases.task.assigned", gettext_noop("{department} assigned “{name}” anew"))
class TaskAssigned(FactData, frozen=True, kw_only=True):
    """A head gave the task to another officer."""

    task: str
    name_zh: str
    name_en: str
    assignee: str
    reason: dict[str, Any]


@fact("cases.task.claimed", gettext_noop("{department} began “{name}”"))
class TaskClaimed(FactData, frozen=True, kw_only=True):
    """An officer took the task."""

    task: str
    name_zh: str
    name_en: str


@fact("cases.task.released", gettext_noop("{department} put “{name}” back"))
class TaskReleased(FactData, frozen=True, kw_only=True):
    """An officer gave the task back to the department."""

    task: str
    name_zh: str
    name_en: str


@fact("cases.task.completed", gettext_noop("{department} completed “{name}”"))
class TaskCompleted(FactData, frozen=True, kw_only=True):
    """A department is through with its part; ``late`` by its own clock."""

    task: str
    node: str
    name_zh: str
    name_en: str
    outcome: str
    seconds: int
    late: bool = False


@fact("cases.task.refused", gettext_noop("{department} refused “{name}”: {ground}"))
class TaskRefused(FactData, frozen=True, kw_only=True):
    """A department said no on a legal ground."""

    task: str
    node: str
    name_zh: str
    name_en: str
    ground: str
    seconds: int
    late: bool = False


@fact("cases.task.returned", gettext_noop("{department} returned “{name}”"))
class TaskReturned(FactData, frozen=True, kw_only=True):
    """A department sent the matter back to an earlier step."""

    task: str
    node: str
    name_zh: str
    name_en: str
    seconds: int
    late: bool = False


@fact("cases.task.withdrawn", gettext_noop("“{name}” is no longer to be done by {department}"))
class TaskWithdrawn(FactData, frozen=True, kw_only=True):
    """The procedure, or the end of the matter, took the task away."""

    task: str
    node: str
    name_zh: str
    name_en: str


@fact("cases.task.rung", gettext_noop("{department}, time limit of “{name}”: {rung}"))
class TaskRung(FactData, frozen=True, kw_only=True):
    """A rung of the task's clock: ``remind``, ``warn`` or ``escalate``."""

    task: str
    name_zh: str
    name_en: str
    rung: str


@fact("cases.step.stalled", gettext_noop("The procedure cannot go on at {name}: {error}"))
class StepStalled(FactData, frozen=True, kw_only=True):
    """Heli could not carry the matter on by itself; it keeps trying where that can help.

    Attributes:
        node: Id of the element at which it stands.
        error: Code of what stopped it; see the reference of errors.
        attempts: How often it was tried; 0 where trying again cannot help.
    """

    node: str
    name_zh: str
    name_en: str
    error: str
    attempts: int


@fact("cases.message.sent", gettext_noop("The procedure sent the message “{message}”"))
class MessageSent(FactData, frozen=True, kw_only=True):
    """A send task or a message event was reached.

    Attributes:
        message: Name of the message in the model.
        node: Id of the element that sent it.
        awaited: An event of the same procedure gets it, now or later; otherwise nobody does.
    """

    message: str
    node: str
    awaited: bool


@fact("cases.message.received", gettext_noop("The message “{message}” was received"))
class MessageReceived(FactData, frozen=True, kw_only=True):
    """An event of the procedure got the message it waited for.

    Attributes:
        message: Name of the message in the model.
        node: Id of the element that got it.
        inside: The procedure itself had sent it; otherwise whoever recorded the fact did.
    """

    message: str
    node: str
    inside: bool


@fact(
    "cases.supplement.asked",
    gettext_noop("{department} asked the applicant to supplement “{name}”"),
)
class SupplementAsked(FactData, frozen=True, kw_only=True):
    """The clock of the task stands still, at the account of the department that asked."""

    supplement: str
    task: str
    name_zh: str
    name_en: str
    ground: str


@fact("cases.variables.set", gettext_noop("{department} set {names} for the procedure"))
class VariablesSet(FactData, frozen=True, kw_only=True):
    """A task or message found out what the procedure decides on; ``digest`` is of the values."""

    node: str
    names: str
    digest: str


@fact("cases.form.corrected", gettext_noop("The applicant corrected {name}"))
class FormCorrected(FactData, frozen=True, kw_only=True):
    """Answers changed by a supplement, as the form names them; keyed hashes before and after."""

    supplement: str
    fields: str
    name_zh: str
    name_en: str
    before: str
    after: str


@fact("cases.supplement.answered", gettext_noop("The applicant supplemented “{name}”"))
class SupplementAnswered(FactData, frozen=True, kw_only=True):
    """The clock of the task goes on."""

    supplement: str
    task: str
    name_zh: str
    name_en: str


@fact(
    "cases.handover.offered",
    gettext_noop("{department} offered to hand the matter over to {taker}"),
)
class HandoverOffered(FactData, frozen=True, kw_only=True):
    """The giver stays accountable until the other side accepts."""

    handover: str
    giver: str
    taker: str


@fact("cases.handover.accepted", gettext_noop("{taker} took the matter over from {giver}"))
class HandoverAccepted(FactData, frozen=True, kw_only=True):
    """From this instant the taker is accountable."""

    handover: str
    giver: str
    taker: str


@fact("cases.handover.bounced", gettext_noop("The matter bounced back from {taker} to {giver}"))
class HandoverBounced(FactData, frozen=True, kw_only=True):
    """Declined, or not answered in time; escalated either way.

    Attributes:
        how: ``declined`` or ``expired``.
    """

    handover: str
    giver: str
    taker: str
    how: str


@fact("cases.handover.withdrawn", gettext_noop("{giver} took back its offer to {taker}"))
class HandoverWithdrawn(FactData, frozen=True, kw_only=True):
    """The offer no longer stands."""

    handover: str
    giver: str
    taker: str


@fact("cases.request.asked", gettext_noop("{department} asked {asked} for help"))
class RequestAsked(FactData, frozen=True, kw_only=True):
    """A request for collaboration with its clock."""

    request: str
    asker: str
    asked: str
    allowance: str
    due: str


@fact("cases.request.answered", gettext_noop("{department} answered the request of {asker}"))
class RequestAnswered(FactData, frozen=True, kw_only=True):
    """The asked department helped; seconds since it was asked."""

    request: str
    asker: str
    asked: str
    seconds: int
    late: bool


@fact(
    "cases.request.refused", gettext_noop("{department} refused the request of {asker}: {ground}")
)
class RequestRefused(FactData, frozen=True, kw_only=True):
    """The asked department refused on a legal ground."""

    request: str
    asker: str
    asked: str
    ground: str
    seconds: int
    late: bool


@fact("cases.request.withdrawn", gettext_noop("The request to {asked} is no longer needed"))
class RequestWithdrawn(FactData, frozen=True, kw_only=True):
    """The asker, or the end of the matter, took it back."""

    request: str
    asker: str
    asked: str


@fact("cases.request.rung", gettext_noop("Time limit of the request to {asked}: {rung}"))
class RequestRung(FactData, frozen=True, kw_only=True):
    """A rung of the request's clock: ``remind``, ``warn`` or ``escalate``."""

    request: str
    asker: str
    asked: str
    rung: str


@fact("cases.service.done", gettext_noop("Heli carried out “{name}”"))
class ServiceDone(FactData, frozen=True, kw_only=True):
    """A service task ran."""

    task: str
    service: str
    name_zh: str
    name_en: str
    attempts: int


@fact(
    "cases.service.failed", gettext_noop("Heli could not carry out “{name}”; {department} was told")
)
class ServiceFailed(FactData, frozen=True, kw_only=True):
    """A service task failed for the last time."""

    task: str
    service: str
    name_zh: str
    name_en: str
    attempts: int
    error: str


@fact("cases.attachment.added", gettext_noop("A file was handed in"))
class AttachmentAdded(FactData, frozen=True, kw_only=True):
    """A file with its SHA-256, so that a later change of it shows."""

    attachment: str
    sha256: str
    size: int
