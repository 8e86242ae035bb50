"""Fixtures of the tests of pages."""

import pytest


@pytest.fixture
def as_(client, linjiang):
    """Sign in by login name; returns the client."""

    def sign_in(name):
        client.force_login(linjiang[name])
        return client

    return sign_in
