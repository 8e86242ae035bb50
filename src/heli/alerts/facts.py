"""Facts of the alerts. Whom an alert is about stands in none of them."""

from heli.errors import gettext_noop
from heli.ledger.verbs import FactData, fact


@fact("alerts.kind.defined", gettext_noop("Alerts of the kind “{kind}” are issued under {ground}"))
class KindDefined(FactData, frozen=True, kw_only=True):
    """A kind of alert came into being or changed."""

    kind: str
    ground: str
    issuers: list[str]


@fact("alerts.alert.issued", gettext_noop("{department} issued the alert {number}: {kind}"))
class AlertIssued(FactData, frozen=True, kw_only=True):
    """Every member department is told; ``departments`` says how many."""

    alert: str
    number: str
    kind: str
    ground: str
    departments: int
    answer_minutes: int
    expires_at: str


@fact("alerts.alert.recalled", gettext_noop("{department} recalled the alert {number}"))
class AlertRecalled(FactData, frozen=True, kw_only=True):
    """The alert is no longer in force; ``reached`` departments that had answered are told."""

    alert: str
    number: str
    kind: str
    reached: int
    reason: str


@fact("alerts.alert.expired", gettext_noop("The alert {number} of {department} expired"))
class AlertExpired(FactData, frozen=True, kw_only=True):
    """Its time was over; ``unanswered`` departments had not answered."""

    alert: str
    number: str
    kind: str
    unanswered: int


@fact(
    "alerts.notice.acknowledged",
    gettext_noop("{department} acknowledged the alert {number} of {source}"),
)
class NoticeAcknowledged(FactData, frozen=True, kw_only=True):
    """A department's officer on duty answered.

    Attributes:
        phase: ``issue`` or ``recall``.
        seconds: How long it took.
        late: Whether it had been escalated before.
    """

    alert: str
    number: str
    source: str
    phase: str
    seconds: int
    late: bool


@fact(
    "alerts.notice.second_channel",
    gettext_noop("{department} was called on the second channel for the alert {number}"),
)
class SecondChannelUsed(FactData, frozen=True, kw_only=True):
    """Half of the time had passed without an answer; ``host`` is the system that was called."""

    alert: str
    number: str
    phase: str
    host: str


@fact(
    "alerts.notice.escalated",
    gettext_noop("{department} did not answer the alert {number} in time"),
)
class NoticeEscalated(FactData, frozen=True, kw_only=True):
    """The head of the department and the supervisors are told."""

    alert: str
    number: str
    phase: str


@fact("alerts.details.opened", gettext_noop("{department} opened the details of {number}"))
class DetailsOpened(FactData, frozen=True, kw_only=True):
    """Somebody read what an alert says about people."""

    alert: str
    number: str


@fact("alerts.list.asked", gettext_noop("{department} asked the alert lists"), screened=False)
class ListAsked(FactData, frozen=True, kw_only=True):
    """A question to the lists; the fact is the same whether somebody is on them or not."""

    subject_type: str
    subject_hash: str


@fact("alerts.list.matched", gettext_noop("{asker} met whom the alert {number} is about"))
class ListMatched(FactData, frozen=True, kw_only=True):
    """A question met a live alert of the fact's department."""

    alert: str
    number: str
    asker: str


@fact("alerts.roster.planned", gettext_noop("{department} planned {count} duty shifts"))
class RosterPlanned(FactData, frozen=True, kw_only=True):
    """Shifts were added to a roster."""

    count: int
    since: str
    until: str


@fact("alerts.shift.substituted", gettext_noop("{department} changed who is on duty: {reason}"))
class ShiftSubstituted(FactData, frozen=True, kw_only=True):
    """Somebody else took a shift; people by their numbers."""

    shift: int
    officer: int
    instead_of: int
    reason: str


@fact("alerts.shift.handed_over", gettext_noop("The duty of {department} was left to the next"))
class ShiftHandedOver(FactData, frozen=True, kw_only=True):
    """The officer left a note; ``waiting`` notices were unanswered."""

    shift: int
    waiting: int


@fact("alerts.shift.accepted", gettext_noop("The duty of {department} was taken over"))
class ShiftAccepted(FactData, frozen=True, kw_only=True):
    """The next officer took over."""

    shift: int


@fact("alerts.channel.set", gettext_noop("{department} set its second channel for alerts"))
class ChannelSet(FactData, frozen=True, kw_only=True):
    """``host`` is the system that is called; empty where none is."""

    host: str
