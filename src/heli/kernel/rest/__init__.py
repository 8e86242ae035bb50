"""What every REST operation shares: problem details, pages, writes that may be repeated."""

from heli.kernel.rest.pages import (
    BadCursorError,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    page_of,
)
from heli.kernel.rest.problems import (
    Problem,
    UnexpectedError,
    UnkeepableError,
    install_error_handlers,
    problem,
    problem_of,
    problems_for_methods,
)
from heli.kernel.rest.repeats import (
    KEPT,
    KeyReusedError,
    StillRunningError,
    forget_keys,
    idempotent,
    is_repeat,
    keyed,
)

__all__ = [
    "KEPT",
    "BadCursorError",
    "KeyReusedError",
    "Limit",
    "Page",
    "Problem",
    "StillRunningError",
    "UnexpectedError",
    "UnkeepableError",
    "decode_cursor",
    "encode_cursor",
    "forget_keys",
    "idempotent",
    "install_error_handlers",
    "is_repeat",
    "keyed",
    "page_of",
    "problem",
    "problem_of",
    "problems_for_methods",
]
