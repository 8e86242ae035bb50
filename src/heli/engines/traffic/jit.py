"""The one place where Numba is met: a decorator that keeps the types of what it compiles."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile ``function`` at its first call and keep the machine code for later processes.

    The machine code lies beside the module, in the user's cache folder where the installation is
    read-only, or where ``NUMBA_CACHE_DIR`` says. Where none of them can be written it is compiled
    in every process. The kernel lets other threads run meanwhile.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        return cast(F, numba.njit(cache=True, **options)(function))
    except RuntimeError:  # no folder to keep it in
        return cast(F, numba.njit(**options)(function))
