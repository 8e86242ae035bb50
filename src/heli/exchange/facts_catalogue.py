"""Facts about the catalogue's metadata, its legal grounds and its sources."""

from heli.errors import gettext_noop
from heli.ledger.verbs import FactData, fact


@fact(
    "exchange.provision.registered", gettext_noop("{department} registered the provision {title}")
)
class ProvisionRegistered(FactData, frozen=True, kw_only=True):
    """A provision of law can be referred to."""

    provision: str
    title: str
    effective_on: str


@fact(
    "exchange.provision.repealed",
    gettext_noop("{department} noted that the provision {title} no longer binds"),
)
class ProvisionRepealed(FactData, frozen=True, kw_only=True):
    """A provision no longer binds."""

    provision: str
    title: str
    repealed_on: str


@fact("exchange.category.registered", gettext_noop("{department} set up the category {title}"))
class CategoryRegistered(FactData, frozen=True, kw_only=True):
    """The classification has a further place."""

    category: str
    title: str


@fact("exchange.resource.described", gettext_noop("{department} described {resource}"))
class ResourceDescribed(FactData, frozen=True, kw_only=True):
    """The catalogue's metadata of a resource changed."""

    resource: str
    code: str
    sharing: str
    openness: str
    ground: str


@fact("exchange.element.registered", gettext_noop("{department} set up the data element {title}"))
class ElementRegistered(FactData, frozen=True, kw_only=True):
    """A data element that one department keeps at first hand."""

    element: str
    title: str


@fact(
    "exchange.claim.made",
    gettext_noop("{department} said that {resource} is the source of {element}"),
)
class ClaimMade(FactData, frozen=True, kw_only=True):
    """A department claims to keep a data element at first hand.

    Attributes:
        standing: ``source``, or ``disputed`` where another claims it, too.
    """

    element: str
    resource: str
    standing: str


@fact(
    "exchange.conflict.opened",
    gettext_noop("{department} and {other} both claim to be the source of {element}"),
)
class ConflictOpened(FactData, frozen=True, kw_only=True):
    """Two departments claim the same data element."""

    conflict: str
    element: str
    resource: str
    other: str


@fact(
    "exchange.conflict.settled",
    gettext_noop("{department} decided that {resource} is the source of {element}: {reason}"),
)
class ConflictSettled(FactData, frozen=True, kw_only=True):
    """It was decided who keeps a data element at first hand."""

    conflict: str
    element: str
    resource: str
    reason: str


@fact("exchange.rule.made", gettext_noop("{department} forbade the combination {title}"))
class CombinationForbidden(FactData, frozen=True, kw_only=True):
    """No department may hold this combination of one subject any more."""

    rule: str
    title: str
    ground: str


@fact("exchange.rule.ended", gettext_noop("{department} allowed the combination {title} again"))
class CombinationAllowed(FactData, frozen=True, kw_only=True):
    """A forbidden combination is so no longer."""

    rule: str
    title: str
    reason: str


@fact(
    "exchange.quality.measured",
    gettext_noop("{resource} of {department} was read through: {rows} records"),
)
class QualityMeasured(FactData, frozen=True, kw_only=True):
    """A resource was read through, and something had changed.

    Attributes:
        rows: How many records were looked at.
        readable: Whether the source could be read at all.
    """

    resource: str
    rows: int
    readable: bool


@fact(
    "exchange.sample.read",
    gettext_noop("{department} looked at a masked sample of {resource}, {rows} records"),
)
class SampleRead(FactData, frozen=True, kw_only=True):
    """Somebody was shown a few records of a resource, starred out, without a grant."""

    resource: str
    rows: int
