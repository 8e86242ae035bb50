"""Schemathesis over the whole OpenAPI document: whatever fits it, or nearly, gives no 5xx."""

import warnings

import pytest
from django.conf import settings as django_settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings

from heli.kernel.permissions import Role

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    schemathesis = pytest.importorskip("schemathesis")

EXAMPLES = 3
ROLES = {"nobody": (), "steward": (Role.OFFICER, Role.STEWARD), "supervisor": (Role.SUPERVISOR,)}


@pytest.fixture
def _connection_kept():
    """A request must not close the connection that the test's transaction is on."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.usefixtures("_connection_kept")
@pytest.mark.parametrize("who", ROLES)
def test_no_operation_answers_with_a_fault(city, make_person, client, who):
    headers = {}
    if ROLES[who]:
        competences = ("data.sharing", "data.emergency")
        person = make_person("fuzz", *ROLES[who], department="scjg", competences=competences)
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
        headers["Cookie"] = f"{django_settings.SESSION_COOKIE_NAME}={session}"
    application = get_wsgi_application()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    faults, seen = [], 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def run(case):
            response = case.call(headers=headers)
            if response.status_code >= 500 and response.status_code != 503:
                faults.append(f"{case.method} {case.formatted_path}: {response.status_code}")

        run()
        seen += 1
    assert seen > 50
    assert not faults, "\n".join(faults[:20])
