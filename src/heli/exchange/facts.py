"""Facts of the exchange. None names a person: subjects appear as keyed hashes only."""

from heli.errors import gettext_noop
from heli.ledger.verbs import FactData, fact


@fact(
    "exchange.resource.published",
    gettext_noop("{department} published version {version} of {resource}"),
)
class ResourcePublished(FactData, frozen=True, kw_only=True):
    """A resource entered the catalogue or got a new contract version."""

    resource: str
    version: str
    contract_hash: str


@fact("exchange.resource.withdrawn", gettext_noop("{department} withdrew {resource}"))
class ResourceWithdrawn(FactData, frozen=True, kw_only=True):
    """A resource left the catalogue."""

    resource: str


@fact(
    "exchange.grant.given",
    gettext_noop("{department} granted {consumer} access to {resource} until {expires_at}"),
)
class GrantGiven(FactData, frozen=True, kw_only=True):
    """A department may read another's resource."""

    grant: str
    resource: str
    consumer: str
    purpose: str
    legal_basis: str
    fields: list[str]
    policy_hash: str
    expires_at: str


@fact(
    "exchange.grant.revoked",
    gettext_noop("{department} revoked the access of {consumer} to {resource}: {reason}"),
)
class GrantRevoked(FactData, frozen=True, kw_only=True):
    """A grant was taken back."""

    grant: str
    resource: str
    consumer: str
    reason: str


@fact("exchange.lookup.answered", gettext_noop("{department} used {resource} of {source}"))
class LookupAnswered(FactData, frozen=True, kw_only=True):
    """Data left its source department.

    Attributes:
        subject_hash: Keyed hash of whom or what was asked about.
        response_hash: HMAC-SHA256 of the released data in canonical JSON; who got the answer has
            the key, and the access log keeps it.
    """

    resource: str
    source: str
    grant: str
    purpose: str
    legal_basis: str
    fields: list[str]
    rows: int
    contract_version: str
    policy_hash: str
    response_hash: str
    subject_hash: str


@fact("exchange.lookup.denied", gettext_noop("{department} was denied {resource}: {reason}"))
class LookupDenied(FactData, frozen=True, kw_only=True):
    """A call was refused.

    Attributes:
        reason: Stable code of the error that was answered.
        key_id: Registered key named by the signature. The fact's actor says whether its holder
            called: a system did, or, as ``public``, somebody who did not prove it.
    """

    resource: str
    purpose: str
    reason: str
    subject_hash: str
    key_id: str


@fact(
    "exchange.lookup.denials_dropped",
    gettext_noop("{count} more requests without proof of their sender were refused in one second"),
)
class DenialsDropped(FactData, frozen=True, kw_only=True):
    """So many refusals came at once that these were counted and not entered one by one.

    Attributes:
        key_id: Registered key that they claim, empty where it is none.
        count: How many.
        second: When the second began, ISO 8601.
    """

    key_id: str
    count: int
    second: str
