"""Every route says who may call it."""

import inspect
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from heli.kernel.permissions import Audience

# Pages of Django and its parts that serve nothing of ours: JavaScript translations and the like
# would go here. It is empty, and should stay so.
FOREIGN: set[str] = set()


def views(patterns=None, prefix="") -> Iterator[tuple[str, object]]:
    for item in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from views(item.url_patterns, route)
        elif isinstance(item, URLPattern):
            yield route, item.callback


def operations() -> Iterator[tuple[str, object]]:
    from heli.site.api import api

    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                yield f"{','.join(operation.methods)} {prefix}{path}", operation.view_func


def declared(function: object) -> object:
    while True:
        found = getattr(function, "heli_audience", None)
        if found is not None:
            return found
        if not hasattr(function, "__wrapped__"):
            return None
        function = function.__wrapped__


PAGES = sorted((route, view) for route, view in views() if not route.startswith("api/v1/"))
OPERATIONS = sorted(operations(), key=lambda each: each[0])


def test_there_are_routes_to_look_at():
    assert len(PAGES) > 40
    assert len(OPERATIONS) > 40


@pytest.mark.parametrize(("route", "view"), PAGES, ids=[route for route, _ in PAGES])
def test_every_page_declares_its_audience(route, view):
    assert route in FOREIGN or isinstance(declared(view), Audience), (
        f"{route} ({inspect.getmodule(view)}) has no @audience"
    )


@pytest.mark.parametrize(("route", "view"), OPERATIONS, ids=[route for route, _ in OPERATIONS])
def test_every_operation_declares_its_audience(route, view):
    assert isinstance(declared(view), Audience), f"{route} has no @audience"


WRITES = [each for each in OPERATIONS if not each[0].startswith("GET ")]


@pytest.mark.parametrize(("route", "view"), WRITES, ids=[route for route, _ in WRITES])
def test_every_write_takes_an_idempotency_key(route, view):
    assert getattr(view, "heli_takes_key", False), f"{route} is neither @idempotent nor @keyed"
