"""Facts about applications for data, decisions, appeals, and what becomes of grants."""

from heli.errors import gettext_noop
from heli.ledger.verbs import FactData, fact


@fact("exchange.application.submitted", gettext_noop("{consumer} applied for {resource}"))
class ApplicationSubmitted(FactData, frozen=True, kw_only=True):
    """A department asks to use another's resource."""

    application: str
    resource: str
    consumer: str
    purpose: str
    basis: str
    fields: list[str]
    until: str


@fact(
    "exchange.application.returned",
    gettext_noop("{department} returned the application of {consumer} for {resource}: {reason}"),
)
class ApplicationReturned(FactData, frozen=True, kw_only=True):
    """An application is to be corrected; its clocks stand still meanwhile."""

    application: str
    resource: str
    consumer: str
    reason: str


@fact(
    "exchange.application.corrected",
    gettext_noop("{consumer} corrected its application for {resource}"),
)
class ApplicationCorrected(FactData, frozen=True, kw_only=True):
    """A returned application was handed in again."""

    application: str
    resource: str
    consumer: str
    fields: list[str]


@fact(
    "exchange.application.reviewed",
    gettext_noop("{department} reviewed the application of {consumer} for {resource}"),
)
class ApplicationReviewed(FactData, frozen=True, kw_only=True):
    """The source department has an opinion on an application."""

    application: str
    resource: str
    consumer: str


@fact(
    "exchange.application.decided",
    gettext_noop(
        "{department} decided on the application of {consumer} for {resource}: {outcome} {reason}"
    ),
)
class ApplicationDecided(FactData, frozen=True, kw_only=True):
    """An application was decided.

    Attributes:
        outcome: ``granted``, ``partly`` or ``refused``.
        grant: The grant; empty where refused.
        ground: Provision that a refusal rests on; else empty.
    """

    application: str
    resource: str
    consumer: str
    outcome: str
    reason: str
    ground: str
    grant: str


@fact(
    "exchange.application.withdrawn",
    gettext_noop("{consumer} withdrew its application for {resource}"),
)
class ApplicationWithdrawn(FactData, frozen=True, kw_only=True):
    """The applying department does not want it any more."""

    application: str
    resource: str
    consumer: str


@fact(
    "exchange.application.silent",
    gettext_noop("{source} let the time to decide on the application of {consumer} run out"),
)
class ApplicationSilent(FactData, frozen=True, kw_only=True):
    """The source department did not decide in time.

    Attributes:
        follows: ``escalate``: the data authority decides in its place; ``grant``: it is granted.
    """

    application: str
    resource: str
    source: str
    consumer: str
    follows: str


@fact("exchange.appeal.filed", gettext_noop("{consumer} appealed about {resource}"))
class AppealFiled(FactData, frozen=True, kw_only=True):
    """A department does not accept a decision, or that there is none."""

    appeal: str
    application: str
    resource: str
    consumer: str
    tier: int


@fact(
    "exchange.appeal.decided",
    gettext_noop("{department} decided on the appeal of {consumer}: {outcome} {reason}"),
)
class AppealDecided(FactData, frozen=True, kw_only=True):
    """An appeal was decided.

    Attributes:
        outcome: ``upheld`` or ``dismissed``.
        grant: The grant that it brought; empty where dismissed.
    """

    appeal: str
    application: str
    resource: str
    consumer: str
    tier: int
    outcome: str
    reason: str
    grant: str


@fact(
    "exchange.appeal.late",
    gettext_noop("The time to decide on the appeal of {consumer} about {resource} ran out"),
)
class AppealLate(FactData, frozen=True, kw_only=True):
    """An appeal was not decided in time."""

    appeal: str
    resource: str
    consumer: str
    tier: int


@fact(
    "exchange.grant.suspended",
    gettext_noop("{department} suspended the access of {consumer} to {resource}: {reason}"),
)
class GrantSuspended(FactData, frozen=True, kw_only=True):
    """A grant opens nothing until further notice."""

    grant: str
    resource: str
    consumer: str
    reason: str


@fact(
    "exchange.grant.resumed",
    gettext_noop("{department} lifted the suspension of the access of {consumer} to {resource}"),
)
class GrantResumed(FactData, frozen=True, kw_only=True):
    """A suspended grant opens again what it opened."""

    grant: str
    resource: str
    consumer: str
    reason: str


@fact(
    "exchange.grant.renewed",
    gettext_noop("{department} renewed the access of {consumer} to {resource} until {expires_at}"),
)
class GrantRenewed(FactData, frozen=True, kw_only=True):
    """A grant got another end, and perhaps other fields."""

    grant: str
    resource: str
    consumer: str
    fields: list[str]
    policy_hash: str
    expires_at: str
