"""What happens in the organisation room. People stand in facts by id, never by name."""

from heli.errors import gettext_noop
from heli.ledger.verbs import FactData, fact


@fact("organisation.department.created", gettext_noop("{department} was set up"))
class DepartmentCreated(FactData, frozen=True, kw_only=True):
    """A department was set up; ``parent`` is a code or empty."""

    code: str
    name: str
    parent: str


@fact(
    "organisation.department.changed", gettext_noop("The particulars of {department} were changed")
)
class DepartmentChanged(FactData, frozen=True, kw_only=True):
    """Names of the fields that were changed."""

    code: str
    fields: list[str]


@fact("organisation.post.created", gettext_noop("{department} set up the post {post}"))
class PostCreated(FactData, frozen=True, kw_only=True):
    """A post was set up; ``rank`` is a value of ``ranks.Rank``."""

    post: int
    name: str
    rank: int
    seats: int


@fact("organisation.post.changed", gettext_noop("{department} changed the post {name}"))
class PostChanged(FactData, frozen=True, kw_only=True):
    """Names of the fields that were changed; ``name`` is the post's from now on."""

    post: int
    name: str
    fields: list[str]


@fact("organisation.person.created", gettext_noop("{department} took on {person}"))
class PersonCreated(FactData, frozen=True, kw_only=True):
    """Somebody received an account."""

    person: int


@fact(
    "organisation.person.changed",
    gettext_noop("The entry of {person} was changed: {fields}"),
)
class PersonChanged(FactData, frozen=True, kw_only=True):
    """Names of the fields that were changed, never what stood or stands in them."""

    person: int
    fields: list[str]


@fact("organisation.person.deactivated", gettext_noop("The account of {person} was closed"))
class PersonDeactivated(FactData, frozen=True, kw_only=True):
    """An account was closed."""

    person: int


@fact("organisation.person.activated", gettext_noop("The account of {person} was reopened"))
class PersonActivated(FactData, frozen=True, kw_only=True):
    """A closed account was reopened."""

    person: int


@fact("organisation.person.appointed", gettext_noop("{person} was appointed to {post}"))
class PersonAppointed(FactData, frozen=True, kw_only=True):
    """A person took up a post; ``since`` is an ISO date."""

    person: int
    post: int
    name: str
    rank: int
    since: str


@fact("organisation.person.relieved", gettext_noop("{person} was relieved of {post}"))
class PersonRelieved(FactData, frozen=True, kw_only=True):
    """A person left a post; ``until`` is an ISO date."""

    person: int
    post: int
    name: str
    until: str


@fact(
    "organisation.competences.set",
    gettext_noop("The competences of {person} were set to: {names}"),
)
class CompetencesSet(FactData, frozen=True, kw_only=True):
    """All competences a person has from now on."""

    person: int
    names: list[str]


@fact(
    "organisation.absence.recorded",
    gettext_noop("{person} is away from {starts_on} to {ends_on}"),
)
class AbsenceRecorded(FactData, frozen=True, kw_only=True):
    """First and last day away, ISO dates in Asia/Shanghai."""

    absence: int
    person: int
    starts_on: str
    ends_on: str
    substitute: int | None


@fact("organisation.absence.cancelled", gettext_noop("The absence of {person} was called off"))
class AbsenceCancelled(FactData, frozen=True, kw_only=True):
    """An absence was called off."""

    absence: int
    person: int


@fact("organisation.role.granted", gettext_noop("{person} was granted the role {role}"))
class RoleGranted(FactData, frozen=True, kw_only=True):
    """A role, as a value of ``kernel.permissions.Role``."""

    person: int
    role: str


@fact("organisation.role.revoked", gettext_noop("The role {role} was taken from {person}"))
class RoleRevoked(FactData, frozen=True, kw_only=True):
    """A role was taken."""

    person: int
    role: str


@fact(
    "organisation.system.registered",
    gettext_noop("The system {system} of {department} was registered"),
)
class SystemRegistered(FactData, frozen=True, kw_only=True):
    """A machine client with its first key."""

    system: str
    name: str
    key_id: str


@fact(
    "organisation.system.key_rotated",
    gettext_noop("The system {system} received the key {key_id}; older ones end at {old_until}"),
)
class SystemKeyRotated(FactData, frozen=True, kw_only=True):
    """A new key; older ones end at the ISO instant ``old_until``."""

    system: str
    key_id: str
    old_until: str


@fact("organisation.system.key_revoked", gettext_noop("The key {key_id} was withdrawn"))
class SystemKeyRevoked(FactData, frozen=True, kw_only=True):
    """A key was withdrawn at once."""

    system: str
    key_id: str


@fact("organisation.system.closed", gettext_noop("The system {system} was shut out"))
class SystemClosed(FactData, frozen=True, kw_only=True):
    """A machine client was shut out."""

    system: str


@fact("organisation.account.password_changed", gettext_noop("{person} changed the password"))
class PasswordChanged(FactData, frozen=True, kw_only=True):
    """A person chose a new password."""

    person: int


@fact(
    "organisation.account.password_reset",
    gettext_noop("The password of {person} was set anew"),
)
class PasswordReset(FactData, frozen=True, kw_only=True):
    """An administrator had a password drawn by lot."""

    person: int


@fact(
    "organisation.account.second_step_enrolled",
    gettext_noop("{person} protects sign-in with a second step"),
)
class SecondStepEnrolled(FactData, frozen=True, kw_only=True):
    """A person put a one-time code before sign-in."""

    person: int


@fact(
    "organisation.account.second_step_removed",
    gettext_noop("The second step of sign-in of {person} was removed"),
)
class SecondStepRemoved(FactData, frozen=True, kw_only=True):
    """Sign-in needs the password alone again."""

    person: int


@fact(
    "organisation.account.change_asked",
    gettext_noop("Asked for the account of the administrator {person}: {change}"),
)
class AccountChangeAsked(FactData, frozen=True, kw_only=True):
    """An administrator asked; ``change`` is a value of ``AccountChange.Kind``."""

    person: int
    change: str


@fact(
    "organisation.account.change_confirmed",
    gettext_noop("Confirmed for the account of the administrator {person}: {change}"),
)
class AccountChangeConfirmed(FactData, frozen=True, kw_only=True):
    """An administrator of another kind confirmed what ``asked_by`` asked for; it is done."""

    person: int
    change: str
    asked_by: int


@fact(
    "organisation.account.change_declined",
    gettext_noop("Declined for the account of the administrator {person}: {change}"),
)
class AccountChangeDeclined(FactData, frozen=True, kw_only=True):
    """It was declined, or withdrawn by ``asked_by``."""

    person: int
    change: str
    asked_by: int
