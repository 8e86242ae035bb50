"""Errors in the reader's language."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from heli.errors import HeliError


@dataclass(frozen=True, slots=True)
class Explained:
    """An error as a person reads it."""

    code: str
    status: int
    detail: str
    remedy: str
    field: str | None


def explain(error: HeliError) -> Explained:
    """Translate an error's templates and its worded figures, then put them together."""
    words = HeliError(
        field=error.field, **{name: _spoken(value) for name, value in error.figures.items()}
    )
    return Explained(
        code=error.code,
        status=error.status,
        detail=words.detail(gettext(error.message)),
        remedy=words.advice(gettext(error.remedy)),
        field=error.field,
    )


def _spoken(value: Any) -> Any:
    """A figure in the reader's language: engines give reasons and names as message ids."""
    return gettext(value) if isinstance(value, str) and value else value
