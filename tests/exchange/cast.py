"""Who takes part in tests of applications and of the catalogue, and how they call."""

import pytest

from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.organisation.services import NewPerson, create_person

API = "/api/v1/exchange"


@pytest.fixture
def people(exchange_city):
    def make(name, role, department, competences=()):
        return create_person(
            NewPerson(name, name, name, department=department, roles=frozenset({role}),
                      competences=competences), actor=HELI)  # fmt: skip

    return {
        "asker": make("asker", Role.STEWARD, "jyj"),
        "source": make("source", Role.STEWARD, "gaj"),
        "chief": make("chief", Role.HEAD, "gaj"),
        "other": make("other", Role.STEWARD, "cgj"),
        "authority": make("authority", Role.STEWARD, "swj", ("data.sharing",)),
        "mayor": make("mayor", Role.LEADER, "szf"),
        "officer": make("officer", Role.OFFICER, "jyj"),
        "auditor": make("auditor", Role.AUDIT_ADMIN, "szf"),
        "resident": make("resident", Role.APPLICANT, ""),
    }


@pytest.fixture
def as_(people, client):
    def enter(name):
        client.force_login(people[name], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


def post(client, path, body, key=""):
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(API + path, body, content_type="application/json", headers=headers)
