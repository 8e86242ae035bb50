"""Errors in the reader's language."""

from dataclasses import dataclass

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
    """Translate an error's templates, then fill in its figures."""
    return Explained(
        code=error.code,
        status=error.status,
        detail=error.detail(gettext(error.message)),
        remedy=error.advice(gettext(error.remedy)),
        field=error.field,
    )
