"""Streams end when whoever opened them may not have them any more.

A stream lasts up to half an hour, longer than a sign-out or a change of roles may wait. It ends
with anything that changed about its reader: a browser comes back by itself, and is judged anew.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Any

from django.contrib.auth import get_user
from django.db import close_old_connections
from django.http import HttpRequest

from heli.kernel.permissions import roles_of
from heli.organisation.selectors import system_by_key_id

EVERY = 10.0
"""Seconds between two questions at least; less than between two heartbeats of any stream."""

_pool = ThreadPoolExecutor(1, thread_name_prefix="presence")


async def while_present(
    request: HttpRequest, events: AsyncGenerator[bytes, None]
) -> AsyncGenerator[bytes, None]:
    """The events, until the person has signed out or changed, or the system's key ended."""
    loop = asyncio.get_running_loop()
    still = _presence(request)
    ask_at = loop.time() + EVERY
    async with aclosing(events):
        async for item in events:
            if loop.time() >= ask_at:
                if not await loop.run_in_executor(_pool, _asked, still):
                    return
                ask_at = loop.time() + EVERY
            yield item


def _presence(request: HttpRequest) -> Callable[[], bool]:
    """Whether the sender of a request is still there, and as they were."""
    system = getattr(request, "system", None)
    if system is not None:
        return lambda: system_by_key_id(system.key_id) == system
    store, key, before = type(request.session), request.session.session_key, _standing(request.user)

    def still() -> bool:
        asking = HttpRequest()
        asking.session = store(key)
        return _standing(get_user(asking)) == before

    return still


def _standing(user: Any) -> tuple[Any, ...]:
    return user.pk, roles_of(user), getattr(user, "department_id", None)


def _asked(still: Callable[[], bool]) -> bool:
    close_old_connections()
    try:
        return still()
    finally:
        close_old_connections()
