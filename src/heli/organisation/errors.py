"""What can be wrong with a change to the organisation."""

from heli.errors import BadInputError, ConflictError, NotFoundError, gettext_noop


class UnknownDepartmentError(NotFoundError):
    """No department has this code."""

    code = "organisation.unknown_department"
    message = gettext_noop("There is no department with the code {department}.")
    remedy = gettext_noop("Take the code from the list of departments.")


class UnknownPersonError(NotFoundError):
    """There is no such person."""

    code = "organisation.unknown_person"
    message = gettext_noop("There is no person {person}.")
    remedy = gettext_noop("Look the person up in their department.")


class UnknownPostError(NotFoundError):
    """There is no such post."""

    code = "organisation.unknown_post"
    message = gettext_noop("There is no post {post}.")
    remedy = gettext_noop("Look it up in its department.")


class UnknownSystemError(NotFoundError):
    """There is no such machine client, or its key is not valid now."""

    code = "organisation.unknown_system"
    message = gettext_noop("There is no system {system}.")
    remedy = gettext_noop("Take it from the list of systems.")


class UnknownAbsenceError(NotFoundError):
    """There is no such absence."""

    code = "organisation.unknown_absence"
    message = gettext_noop("There is no absence {absence}.")
    remedy = gettext_noop("Take it from the list of absences.")


class DepartmentExistsError(ConflictError):
    """The code is taken."""

    code = "organisation.department_exists"
    message = gettext_noop("There is already a department with the code {department}.")
    remedy = gettext_noop("Choose another code, or change the existing department.")


class DepartmentLoopError(BadInputError):
    """A department would stand below itself."""

    code = "organisation.department_loop"
    message = gettext_noop("{department} cannot stand below {parent}, which is below it.")
    remedy = gettext_noop("Choose a department outside its own branch.")


class UsernameTakenError(ConflictError):
    """The login name is taken."""

    code = "organisation.username_taken"
    message = gettext_noop("The login name {username} is taken.")
    remedy = gettext_noop("Choose another login name.")


class UnknownRoleError(BadInputError):
    """There is no such role."""

    code = "organisation.unknown_role"
    message = gettext_noop("There is no role {role}.")
    remedy = gettext_noop("Use one of: {roles}.")


class PostTakenError(ConflictError):
    """All seats of a post are taken."""

    code = "organisation.post_taken"
    message = gettext_noop("All {seats} seats of the post {post} are taken.")
    remedy = gettext_noop("Relieve somebody of it first, or give the post more seats.")


class PostOccupiedError(ConflictError):
    """A post that somebody holds was to move to another department."""

    code = "organisation.post_occupied"
    message = gettext_noop("{count} people hold the post {post}; it stays in its department.")
    remedy = gettext_noop("Relieve them first, or set up the post in the other department.")


class SeatsHeldError(ConflictError):
    """A post would have fewer seats than people who hold it."""

    code = "organisation.seats_held"
    message = gettext_noop("{count} people hold the post {post}; it cannot have {seats} seats.")
    remedy = gettext_noop("Relieve somebody of it first, or give it at least {count} seats.")


class HoldsPostError(ConflictError):
    """Somebody who holds a post of one department was to move to another."""

    code = "organisation.holds_post"
    message = gettext_noop("{person} holds the post {post} of another department.")
    remedy = gettext_noop("Relieve the person of it first, or appoint them to a post over there.")


class AlreadyAppointedError(ConflictError):
    """The person holds the post already."""

    code = "organisation.already_appointed"
    message = gettext_noop("{person} holds the post {post} already.")
    remedy = gettext_noop("Nothing needs to be done.")


class NotAppointedError(ConflictError):
    """The appointment has ended already."""

    code = "organisation.not_appointed"
    message = gettext_noop("This appointment has ended already.")


class AbsenceOrderError(BadInputError):
    """An absence would end before it begins."""

    code = "organisation.absence_order"
    message = gettext_noop("The absence would end on {ends_on}, before it begins on {starts_on}.")
    remedy = gettext_noop("Give a last day that is not before the first day.")


class AbsenceOverlapError(ConflictError):
    """The person is away on some of these days already."""

    code = "organisation.absence_overlap"
    message = gettext_noop("An absence from {starts_on} to {ends_on} is recorded already.")
    remedy = gettext_noop("Call that one off first, or choose other days.")


class SubstituteError(BadInputError):
    """The substitute cannot stand in."""

    code = "organisation.substitute"
    message = gettext_noop("{substitute} cannot stand in: {reason}.")
    remedy = gettext_noop("Name an active colleague of the same department who is present then.")


class CompetenceNameError(BadInputError):
    """The name of a competence is malformed."""

    code = "organisation.competence_name"
    message = gettext_noop("{name} is not the name of a competence.")
    remedy = gettext_noop("Write it as subject.activity in small letters, such as fire.inspection.")


class PublicKeyError(BadInputError):
    """The text given is not an Ed25519 public key."""

    code = "organisation.public_key"
    message = gettext_noop("This is not an Ed25519 public key.")
    remedy = gettext_noop("Paste the public key as PEM, or its 32 octets in base64.")


class KeyTakenError(ConflictError):
    """The key is registered already."""

    code = "organisation.key_taken"
    message = gettext_noop("This key is registered already, as {key_id}.")
    remedy = gettext_noop("Make a new key pair for each system.")


class KeyRevokedError(ConflictError):
    """The key was withdrawn before."""

    code = "organisation.key_revoked"
    message = gettext_noop("The key {key_id} was withdrawn before.")


class IdentityTakenError(ConflictError):
    """Another account has this identity number."""

    code = "organisation.identity_taken"
    message = gettext_noop("Another account has this identity number.")
    remedy = gettext_noop("Sign in with that account, or ask a service ambassador.")


class RolesTogetherError(BadInputError):
    """An administrator of the three was to hold a further role."""

    code = "organisation.roles_together"
    message = gettext_noop("These roles cannot be one person's: {roles}.")
    remedy = gettext_noop("Give an administrator no other role; take on one person for each.")


class ChangeAskedError(ConflictError):
    """The same change was asked for and is open."""

    code = "organisation.change_asked"
    message = gettext_noop("This was asked for already and waits for a second administrator.")
    remedy = gettext_noop("Ask an administrator of another kind to confirm it.")


class UnknownChangeError(NotFoundError):
    """There is no such request, or it is settled."""

    code = "organisation.unknown_change"
    message = gettext_noop("There is no open request {change}.")
    remedy = gettext_noop("Take it from the list of requests; it may have been settled just now.")


class NothingToChangeError(ConflictError):
    """The account is already as it was asked to be."""

    code = "organisation.nothing_to_change"
    message = gettext_noop("The account is already as it is asked to be.")
    remedy = gettext_noop("Nothing needs to be done.")
