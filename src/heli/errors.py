"""The root of Heli's one error tree.

Every error a user can meet is a subclass of :class:`HeliError`. A class carries a stable ``code``,
an HTTP ``status``, a ``message`` and a ``remedy`` as templates; an instance carries the figures
that fill them. Templates are English message ids: the web and API layers translate the template
first and fill the figures afterwards, so engines stay free of any translation machinery.
"""

from typing import Any, ClassVar


def gettext_noop(message: str) -> str:
    """Mark ``message`` for translation and return it unchanged."""
    return message


class HeliError(Exception):
    """Something a user asked for cannot be done.

    Attributes:
        recorded: Whether that it was refused is on record, and must stay so.

    Args:
        field: The input field the error is about, if it is about one.
        **figures: Values for the placeholders of ``message`` and ``remedy``.
    """

    code: ClassVar[str] = "heli.error"
    status: ClassVar[int] = 500
    message: ClassVar[str] = gettext_noop("Something went wrong in Heli.")
    remedy: ClassVar[str] = gettext_noop("Try again; if it stays, tell the system administrator.")

    recorded: bool = False

    def __init__(self, *, field: str | None = None, **figures: Any) -> None:
        self.field = field
        self.figures = figures
        super().__init__(self.detail())

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel between processes with their figures."""
        return _anew, (type(self), self.field, self.figures)

    def detail(self, message: str | None = None) -> str:
        """The message with its figures; pass a translated template to localise it."""
        return (message or self.message).format_map(_Figures(self.figures))

    def advice(self, remedy: str | None = None) -> str:
        """The remedy with its figures; pass a translated template to localise it."""
        return (remedy or self.remedy).format_map(_Figures(self.figures))


def _anew(kind: type[HeliError], field: str | None, figures: dict[str, Any]) -> HeliError:
    return kind(field=field, **figures)


class _Figures(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


class BadInputError(HeliError):
    """What was given cannot be understood or breaks a rule; the caller can correct it."""

    code = "input.bad"
    status = 422
    message = gettext_noop("The input is not acceptable: {reason}.")
    remedy = gettext_noop("Correct the named field and send it again.")


class NotFoundError(HeliError):
    """The thing asked for does not exist, or the caller may not know that it does."""

    code = "not_found"
    status = 404
    message = gettext_noop("{what} was not found.")
    remedy = gettext_noop("Check the code or address for a typing mistake.")


class ForbiddenError(HeliError):
    """The caller has no ground for this act."""

    code = "forbidden"
    status = 403
    message = gettext_noop("You may not do this: {reason}.")
    remedy = gettext_noop("Ask the department that is responsible, or sign in with another post.")


class ConflictError(HeliError):
    """The act collides with the present state, for example because another was faster."""

    code = "conflict"
    status = 409
    message = gettext_noop("This cannot be done now: {reason}.")
    remedy = gettext_noop("Reload to see the present state and decide again.")


class UnsupportedError(HeliError):
    """Heli understands what is asked and refuses it by name rather than guess."""

    code = "unsupported"
    status = 422
    message = gettext_noop("{what} is not supported.")
    remedy = gettext_noop("Use one of the supported forms: {supported}.")
