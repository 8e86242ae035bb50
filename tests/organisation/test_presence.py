"""Streams end with what entitled their reader to them."""

import asyncio
from contextlib import aclosing

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.contrib.sessions.models import Session
from django.test import RequestFactory

from heli.alerts import live
from heli.cockpit import stream
from heli.kernel.actor import HELI
from heli.organisation import presence, selectors, services
from heli.organisation.models import Person
from heli.organisation.services.accounts import draw_password

pytestmark = pytest.mark.django_db(transaction=True)

BACKEND = "django.contrib.auth.backends.ModelBackend"
CHANGES = {
    "signed out": lambda person: Session.objects.all().delete(),
    "a role less": lambda person: Person.objects.filter(pk=person.pk).update(role_names=[]),
    "moved": lambda person: Person.objects.filter(pk=person.pk).update(department="jyj"),
    "closed": lambda person: Person.objects.filter(pk=person.pk).update(is_active=False),
    "new password": lambda person: draw_password(person, actor=HELI),
}


@pytest.fixture(autouse=True)
def quick(transactional_db, tmp_path, monkeypatch):
    monkeypatch.setenv("HELI_HOME", str(tmp_path))
    monkeypatch.setattr(presence, "EVERY", 0.0)
    monkeypatch.setattr(stream, "HEARTBEAT", 0.03)
    monkeypatch.setattr(live, "HEARTBEAT", 0.03)


async def opened(client, person, path):
    await client.aforce_login(person, backend=BACKEND)
    answer = await client.get(path)
    assert answer.status_code == 200
    return answer.streaming_content


@pytest.mark.parametrize("change", CHANGES)
def test_a_stream_ends_when_its_reader_changed(async_client, head, change):
    async def run():
        async with aclosing(await opened(async_client, head, "/api/v1/cockpit/stream")) as events:
            for _ in range(3):
                await anext(events)
            await sync_to_async(CHANGES[change])(head)
            async with asyncio.timeout(10):
                return [item async for item in events]

    # What was asked for before the change may still come.
    assert len(async_to_sync(run)()) <= 1


def test_the_board_of_alerts_ends_with_its_session(async_client, head):
    async def run():
        async with aclosing(await opened(async_client, head, "/alerts/stream/")) as events:
            await anext(events)
            await sync_to_async(CHANGES["signed out"])(head)
            async with asyncio.timeout(10):
                return [item async for item in events]

    assert len(async_to_sync(run)()) <= 1


def test_a_systems_stream_ends_with_its_key(city):
    octets = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    _system, key = services.register_system("scjg", "审批系统", octets, actor=HELI)
    request = RequestFactory().get("/")
    request.system = selectors.system_by_key_id(key.key_id)

    async def beats():
        while True:
            yield b": here\n\n"

    async def run():
        async with aclosing(presence.while_present(request, beats())) as events:
            for _ in range(3):
                await anext(events)
            await sync_to_async(services.revoke_key)(key, actor=HELI)
            return [item async for item in events]

    assert async_to_sync(run)() == []
