"""The analysis over REST."""

import pytest

from heli.cases.history.importer import import_log
from heli.kernel.permissions import Role
from heli.organisation.models import Person

ADDRESS = "/api/v1/cases/history/analysis"


@pytest.fixture
def sign_in(client, db):
    def sign_in(*roles):
        person = Person.objects.create(username="x", name_zh="测试", role_names=list(roles))
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def test_visitors_and_officers_may_not_see_it(client, sign_in):
    assert client.get(ADDRESS).status_code == 401
    assert sign_in(Role.OFFICER).get(ADDRESS).status_code == 403


def test_the_figures_of_a_log(sign_in, tmp_path):
    path = tmp_path / "old.csv"
    path.write_text(
        "case:concept:name,concept:name,time:timestamp,org:group\n"
        "c1,receive,2025-01-01,Hall\nc1,check,2025-01-04,Fire\nc2,receive,2025-01-01,Hall\n"
    )
    import_log(path)
    client = sign_in(Role.SUPERVISOR)
    body = client.get(ADDRESS, {"source": "old"}).json()
    assert (body["matters"], body["events"], body["handovers_over_48h"]) == (2, 3, 1)
    assert body["sojourn"][0] == {
        "activity": "check",
        "events": 1,
        "measured": 1,
        "median_seconds": 259200,
        "p90_seconds": 259200,
    }
    assert client.get(ADDRESS, {"matters": "c1"}).json()["matters"] == 1
    # Heli's own matters are none of the log's.
    assert client.get(ADDRESS).json()["matters"] == 0
    missing = client.get(ADDRESS, {"source": "nope"})
    assert missing.status_code == 404
    assert missing.json()["code"] == "cases.history.unknown_source"
