"""What a conformance test found: one outcome for each check, none with a value of a record."""

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as item
from enum import StrEnum
from hashlib import sha256
from typing import Any

from heli.errors import gettext_noop

_OF_WHAT = gettext_noop("{what}: {text}")
_LENGTHS = (
    (2 * 86_400, 86_400, gettext_noop("{n} day"), gettext_noop("{n} days")),
    (2 * 3600, 3600, gettext_noop("{n} hour"), gettext_noop("{n} hours")),
    (2 * 60, 60, gettext_noop("{n} minute"), gettext_noop("{n} minutes")),
    (1, 1, gettext_noop("{n} second"), gettext_noop("{n} seconds")),
    (0.0005, 0.001, gettext_noop("{n} millisecond"), gettext_noop("{n} milliseconds")),
)
"""From which length on a unit is used, its seconds, one of it, several."""
_NO_LENGTH = gettext_noop("less than a second")
_SECONDS = "_seconds"
"""Figures whose name ends like this are lengths of time."""


class State(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    SKIPPED = "skipped"


class Check(StrEnum):
    """What is looked at, in the order in which it is."""

    REACHABLE = "reachable"
    SHAPE = "shape"
    PAGING = "paging"
    STABLE = "stable"
    KEYS = "keys"
    RECORDS = "records"
    QUALITY = "quality"
    LOOKUP = "lookup"
    ERRORS = "errors"
    FRESHNESS = "freshness"
    RESPONSE_TIME = "response_time"


CHECK_TITLES = {
    Check.REACHABLE: gettext_noop("It answers"),
    Check.SHAPE: gettext_noop("Answers have the promised form"),
    Check.PAGING: gettext_noop("Pages are complete"),
    Check.STABLE: gettext_noop("Pages are stable"),
    Check.KEYS: gettext_noop("Keys tell records apart"),
    Check.RECORDS: gettext_noop("Records keep the contract"),
    Check.QUALITY: gettext_noop("Quality is as promised"),
    Check.LOOKUP: gettext_noop("One subject can be looked up"),
    Check.ERRORS: gettext_noop("Mistakes are answered as problem details"),
    Check.FRESHNESS: gettext_noop("Data is as fresh as promised"),
    Check.RESPONSE_TIME: gettext_noop("Answers come as fast as promised"),
}


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that was found.

    Attributes:
        message: Message id.
        figures: What fills it; ``what`` stands before it and says where it was found.
    """

    message: str
    figures: Mapping[str, Any] = item(default_factory=dict)

    def filled(self, translate: Callable[[str], str] = str) -> str:
        """The sentence in a language.

        Args:
            translate: Gives the translation of a message id.
        """
        figures = {name: _worded(name, value, translate) for name, value in self.figures.items()}
        text = translate(self.message).format(**figures)
        if "what" not in figures or "{what}" in self.message:
            return text
        return translate(_OF_WHAT).format(what=figures["what"], text=text)


def _worded(name: str, value: Any, translate: Callable[[str], str]) -> Any:
    """A figure as it stands in a sentence: words translated, lengths of time in a fitting unit."""
    if isinstance(value, str):
        return translate(value) if value else value
    return length_words(value, translate) if name.endswith(_SECONDS) else value


def length_words(seconds: float, translate: Callable[[str], str] = str) -> str:
    """A length of time in the unit that fits: "1 hour", "90 minutes", "300 milliseconds".

    Args:
        seconds: May be negative.
        translate: Gives the translation of a message id.
    """
    size = abs(seconds)
    for least, unit, one, several in _LENGTHS:
        if size >= least or (size >= unit and size % unit == 0):
            shown = f"{seconds / unit:.{0 if unit < 1 else 1}f}".removesuffix(".0")
            return translate(one if shown in ("1", "-1") else several).format(n=shown)
    return translate(_NO_LENGTH)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one check ended.

    Attributes:
        check: Which.
        state: How.
        said: What was found, in one sentence.
        details: Where and what exactly, a few of them.
    """

    check: Check
    state: State
    said: Detail
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A conformance test from begin to end.

    Attributes:
        contract: Id of the contract.
        version: Its version.
        contract_hash: SHA-256 of its document.
        url: The endpoint.
        began_at: When it began.
        outcomes: One for each check.
        requests: How many calls were made.
        records: How many records were read.
        slowest: Seconds in which 95 of 100 calls were answered.
    """

    contract: str
    version: str
    contract_hash: str
    url: str
    began_at: dt.datetime
    outcomes: tuple[Outcome, ...]
    requests: int
    records: int
    slowest: float

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return all(outcome.state is not State.FAILED for outcome in self.outcomes)

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The checks that failed."""
        return tuple(each for each in self.outcomes if each.state is State.FAILED)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "contract": self.contract,
            "version": self.version,
            "contract_hash": self.contract_hash,
            "url": self.url,
            "began_at": self.began_at.isoformat(),
            "passed": self.passed,
            "requests": self.requests,
            "records": self.records,
            "slowest_seconds": round(self.slowest, 4),
            "checks": [
                {
                    "check": each.check.value,
                    "state": each.state.value,
                    **_said(each.said),
                    "details": [_said(detail) for detail in each.details],
                }
                for each in self.outcomes
            ],
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the report as canonical JSON, in hexadecimal."""
        return digest(self.as_dict())


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of a document as canonical JSON, in hexadecimal."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def _said(detail: Detail) -> dict[str, Any]:
    return {"message": detail.message, "figures": dict(detail.figures)}


def read_outcomes(document: Mapping[str, Any]) -> tuple[Outcome, ...]:
    """The outcomes of a report that was kept as plain data."""
    return tuple(
        Outcome(
            Check(each["check"]),
            State(each["state"]),
            Detail(each["message"], each["figures"]),
            tuple(Detail(d["message"], d["figures"]) for d in each["details"]),
        )
        for each in document.get("checks", ())
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed; 0 where there are none."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, max(0, int(share * len(ordered) + 0.999999) - 1))]
