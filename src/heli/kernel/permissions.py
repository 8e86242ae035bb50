"""Roles, decisions that carry a reason, and the audience of every route.

Deny by default: a route without an audience is refused (and found by a test). The audience is the
outer door only; what somebody may do with one particular object is a ``may_…`` function in the
room's ``policy.py``, which returns a :class:`Decision`.
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from heli.errors import ForbiddenError, HeliError, gettext_noop


class Role(StrEnum):
    """What a person may come to Heli for; a person can hold several."""

    APPLICANT = "applicant"
    OFFICER = "officer"
    AMBASSADOR = "ambassador"
    HEAD = "head"
    LEADER = "leader"
    STEWARD = "steward"
    SUPERVISOR = "supervisor"
    ARBITRATOR = "arbitrator"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


ROLE_LABELS = {
    Role.APPLICANT: _("Applicant"),
    Role.OFFICER: _("Case officer"),
    Role.AMBASSADOR: _("Service ambassador"),
    Role.HEAD: _("Department head"),
    Role.LEADER: _("Leader"),
    Role.STEWARD: _("Data steward"),
    Role.SUPERVISOR: _("Supervisor"),
    Role.ARBITRATOR: _("Arbitrator"),
    Role.SYSTEM_ADMIN: _("System administrator"),
    Role.SECURITY_ADMIN: _("Security administrator"),
    Role.AUDIT_ADMIN: _("Audit administrator"),
}

STAFF = frozenset(Role) - {Role.APPLICANT}
MOST_NAMED = 4
"""Roles that a refusal names at most."""
ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer to "may they?", with its reason in words.

    Attributes:
        allowed: The answer.
        code: Stable name of the reason, for machines and facts.
        said: The reason, perhaps not translated yet: hardly anybody asks why they may.
    """

    allowed: bool
    code: str
    said: object

    @property
    def reason(self) -> str:
        """The reason in the reader's language."""
        return str(self.said)

    def __bool__(self) -> bool:
        return self.allowed


def allow(code: str, reason: object) -> Decision:
    """Yes, because ``reason``."""
    return Decision(True, code, reason)


def deny(code: str, reason: object) -> Decision:
    """No, because ``reason``."""
    return Decision(False, code, reason)


class DeniedError(ForbiddenError):
    """A policy said no; the reason is the policy's."""

    code = "denied"


class SignInRequiredError(HeliError):
    """The caller is not known."""

    code = "sign_in_required"
    status = 401
    message = gettext_noop("This needs a signed-in person or a registered system.")
    remedy = gettext_noop("Sign in, or sign the request with a registered key.")


def require(decision: Decision) -> None:
    """Go on only when the decision is yes.

    Raises:
        DeniedError: It is no; carries the decision's reason and code.
    """
    if not decision.allowed:
        raise DeniedError(reason=decision.reason, ground=decision.code)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may call a route at all.

    Attributes:
        public: Anyone, signed in or not.
        roles: Holders of at least one of these; empty and not public: every signed-in person.
        systems: Machine clients that signed the request, too.
    """

    public: bool = False
    roles: frozenset[Role] = frozenset()
    systems: bool = False


PUBLIC = Audience(public=True)
SIGNED_IN = Audience()

F = TypeVar("F", bound=Callable[..., Any])


def audience(*roles: Role, public: bool = False, systems: bool = False) -> Callable[[F], F]:
    """Declare and enforce who may call a view or an API operation.

    Pages send an unknown visitor to the sign-in page; API operations raise. An API operation is
    told by its request path (``/api/``).
    """
    declared = Audience(public, frozenset(roles), systems)

    def wrap(function: F) -> F:
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def guarded_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                # Asked here, since the lazy user would be fetched synchronously.
                request.user = await request.auser()
                refusal = _refusal(request, declared)
                if refusal is not None:
                    return refusal
                return await function(request, *args, **kwargs)

            guarded: Callable[..., Any] = guarded_async
        else:

            @functools.wraps(function)
            def guarded_sync(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                refusal = _refusal(request, declared)
                return refusal if refusal is not None else function(request, *args, **kwargs)

            guarded = guarded_sync
        guarded.heli_audience = declared  # type: ignore[attr-defined]
        return cast(F, guarded)

    return wrap


def _refusal(request: HttpRequest, declared: Audience) -> HttpResponseBase | None:
    if declared.public:
        return None
    if declared.systems and getattr(request, "system", None) is not None:
        return None
    user = request.user
    if not user.is_authenticated:
        if request.path.startswith("/api/"):
            raise SignInRequiredError
        back = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{back}")
    if declared.roles and not declared.roles & roles_of(user):
        raise DeniedError(reason=_for_whom(declared.roles), ground="role")
    return None


def _for_whom(roles: frozenset[Role]) -> str:
    """For whom something is; a long list of roles helps nobody."""
    if len(roles) > MOST_NAMED:
        return str(_("none of your roles includes it"))
    between = pgettext("between items of a list", ", ")
    names = between.join(str(ROLE_LABELS[role]) for role in sorted(roles))
    return _("only for {roles}").format(roles=names)


def roles_of(user: Any) -> frozenset[Role]:
    """The roles a person holds now; none for somebody who is not signed in."""
    return frozenset(getattr(user, "roles", ()))
