"""What a reverse proxy says of its caller."""

from ipaddress import ip_network

import pytest

from heli.site.proxies import seen_through

TRUSTED = (ip_network("10.1.0.0/24"), ip_network("fd00::/8"))


def seen(client, *headers):
    scope = {
        "type": "http",
        "scheme": "http",
        "client": (client, 4711),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    found = seen_through(scope, TRUSTED)
    return found["client"][0], found["scheme"]


@pytest.mark.parametrize(
    ("client", "forwarded", "expected"),
    [
        ("10.1.0.4", ["203.0.113.9"], "203.0.113.9"),
        ("10.1.0.4", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ("10.1.0.4", ["203.0.113.9, 10.1.0.7"], "203.0.113.9"),
        ("10.1.0.4", ["198.51.100.1", "203.0.113.9, 10.1.0.7"], "203.0.113.9"),
        ("10.1.0.4", ["203.0.113.9, unknown"], "10.1.0.4"),
        ("10.1.0.4", ["10.1.0.9"], "10.1.0.9"),
        ("10.1.0.4", [], "10.1.0.4"),
        ("fd00::4", ["2001:db8::9"], "2001:db8::9"),
        ("203.0.113.9", ["10.1.0.4"], "203.0.113.9"),
    ],
)
def test_the_caller_is_the_first_address_that_is_no_trusted_proxy(client, forwarded, expected):
    assert seen(client, *(("x-forwarded-for", line) for line in forwarded))[0] == expected


@pytest.mark.parametrize(
    ("client", "proto", "expected"),
    [
        ("10.1.0.4", "https", "https"),
        ("10.1.0.4", "http, HTTPS", "https"),
        ("10.1.0.4", "gopher", "http"),
        ("203.0.113.9", "https", "http"),
    ],
)
def test_the_scheme_is_the_nearest_proxys_word(client, proto, expected):
    assert seen(client, ("X-Forwarded-Proto", proto))[1] == expected


def test_a_request_without_an_address_stays_as_it_is():
    scope = {"type": "http", "client": None, "headers": [(b"x-forwarded-for", b"1.2.3.4")]}
    assert seen_through(scope, TRUSTED) is scope
