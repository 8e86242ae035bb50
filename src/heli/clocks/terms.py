"""Time limits as configuration: each with its amount, its unit and the provision that sets it.

A room ships a file of its limits; an installation replaces single entries in
``HELI_HOME/terms/ROOM.toml``, which is read anew when it changes.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import get_language

from heli.clocks.errors import BadTermError
from heli.engines.legaltime import Allowance, Unit
from heli.errors import HeliError, gettext_noop
from heli.kernel.home import home


@dataclass(frozen=True, slots=True)
class Term:
    """A time limit.

    Attributes:
        source_zh: The provision that sets it.
        source_en: The same in English; may be empty.
    """

    allowance: Allowance
    source_zh: str
    source_en: str = ""

    @property
    def source(self) -> str:
        """The provision in the reader's language."""
        english = (get_language() or "").startswith("en")
        return (english and self.source_en) or self.source_zh


@dataclass(frozen=True, slots=True)
class TermFile:
    """The limits of one room.

    Attributes:
        shipped: The file that comes with the room.
        room: Names the installation's own file.
        limits: Names of the limits; each stands in the shipped file.
        switches: Other entries, each with the values it may have.
    """

    shipped: Path
    room: str
    limits: tuple[str, ...]
    switches: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def term(self, name: str) -> Term:
        """The limit in force.

        Raises:
            BadTermError: The installation's own file is wrong.
        """
        found: Term = self._read()[name]
        return found

    def switch(self, name: str) -> str:
        """The value of another entry.

        Raises:
            BadTermError: The installation's own file is wrong.
        """
        return str(self._read()[name])

    def _read(self) -> Mapping[str, Any]:
        own = home() / "terms" / f"{self.room}.toml"
        return _parsed(self, own, own.stat().st_mtime_ns if own.is_file() else 0)


@lru_cache(maxsize=16)
def _parsed(file: TermFile, own: Path, changed: int) -> Mapping[str, Any]:
    found = _entries(file, file.shipped)
    return found | _entries(file, own) if changed else found


def _entries(file: TermFile, path: Path) -> dict[str, Any]:
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadTermError(term="—", path=path, reason=str(error)) from error
    switches = dict(file.switches)
    return {
        name: _switch(name, entry, switches[name], path)
        if name in switches
        else _term(name, entry, file.limits, path)
        for name, entry in given.items()
    }


def _switch(name: str, value: Any, values: Sequence[str], path: Path) -> str:
    if value not in values:
        raise BadTermError(term=name, path=path, reason=" | ".join(values))
    return str(value)


def _term(name: str, given: Any, limits: Sequence[str], path: Path) -> Term:
    if name not in limits or not isinstance(given, dict):
        raise BadTermError(term=name, path=path, reason=gettext_noop("there is no such limit"))
    source = str(given.get("source_zh", "")).strip()
    if not source:
        raise BadTermError(term=name, path=path, reason=gettext_noop("source_zh is missing"))
    try:
        allowance = Allowance(given["amount"], Unit(given["unit"]))
    except (KeyError, TypeError, ValueError, HeliError) as error:
        reason = gettext_noop("amount and unit do not make a time limit")
        raise BadTermError(term=name, path=path, reason=reason) from error
    return Term(allowance, source, str(given.get("source_en", "")).strip())
