"""What a department applies for."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Wish:
    """What a department applies for.

    Attributes:
        purpose: Short code of the purpose.
        purpose_zh: The purpose in words.
        need: What is done with the data.
        basis: Short name of the provision that gives the department its task.
        policy: ``{"fields": [{"field": …, "mask": …}, …]}``.
        until: Last day.
        matter_type: Kind of matter for which; empty for any.
        purpose_en: The purpose in English.
    """

    purpose: str
    purpose_zh: str
    need: str
    basis: str
    policy: Mapping[str, Any]
    until: dt.date
    matter_type: str = ""
    purpose_en: str = ""
