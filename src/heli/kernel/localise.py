"""Errors in the reader's language."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext

from heli.errors import BadInputError, HeliError, gettext_noop

WRITTEN = frozenset(
    {"address", "format", "key_id", "matter", "method", "path", "project", "resource", "task"}
)
"""Figures that hold what a caller wrote, which may happen to be a word of Heli's own."""


def bilingual(zh: str, en: str) -> str:
    """The name in the reader's language, Chinese where there is no English one."""
    return en if en and (get_language() or "").startswith("en") else zh


@dataclass(frozen=True, slots=True)
class Explained:
    """An error as a person reads it.

    Attributes:
        fault: What a form says at the field: the detail, or of a bad input its reason alone, for
            the form shows already which field it is about.
    """

    code: str
    status: int
    detail: str
    remedy: str
    field: str | None
    fault: str = ""

    @property
    def in_form(self) -> str:
        """What a form says: the fault and its remedy; a bad input needs no more than its reason."""
        alone = self.fault not in ("", self.detail)
        return self.fault if alone else f"{self.detail} {self.remedy}".strip()


_REASON_ALONE = gettext_noop("{reason}.")


def explain(error: HeliError) -> Explained:
    """Translate an error's templates and its worded figures, then put them together."""
    words = HeliError(
        field=error.field, **{name: _spoken(name, value) for name, value in error.figures.items()}
    )
    detail = words.detail(gettext(error.message))
    return Explained(
        code=error.code,
        status=error.status,
        detail=detail,
        remedy=words.advice(gettext(error.remedy)),
        field=error.field,
        fault=_fault(error, words) or detail,
    )


def _fault(error: HeliError, words: HeliError) -> str:
    """The reason of a bad input as a sentence; empty for other errors."""
    reason = str(words.figures.get("reason", ""))
    if error.message != BadInputError.message or not reason:
        return ""
    return words.detail(gettext(_REASON_ALONE)).replace(reason, reason[0].upper() + reason[1:], 1)


def _spoken(name: str, value: Any) -> Any:
    """A figure in the reader's language: engines give reasons and names as message ids."""
    told = isinstance(value, str) and value and name not in WRITTEN
    return gettext(value) if told else value
