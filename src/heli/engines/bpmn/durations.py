"""The texts by which a timer says when."""

import re

_ISO_DURATION = re.compile(
    r"P(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?\Z"
)
_HELI_DURATION = re.compile(r"(?:WD|WH|H)[1-9]\d{0,4}\Z")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)\Z")


def is_duration(text: str) -> bool:
    """Whether the text is an ISO 8601 duration or Heli's ``WD5``, ``WH16``, ``H48``.

    ``WD`` counts working days, ``WH`` working hours, ``H`` natural hours.
    """
    return bool(_ISO_DURATION.match(text) or _HELI_DURATION.match(text))


def is_instant(text: str) -> bool:
    """Whether the text is an ISO 8601 instant with a time zone."""
    return bool(_INSTANT.match(text))
