"""A project with an endpoint that is really served on this machine."""

import pytest
from tests.exchange.contracts.test_conformance import CONTRACT, DOCUMENT, fresh, records
from tests.exchange.endpoint import Endpoint, serving

from heli.exchange.policy import AUTHORITY
from heli.kernel.permissions import Role
from heli.projects import runs, services
from heli.projects.models import Run
from heli.projects.services.projects import NewProject

NEW = NewProject(
    code="SZ-2026-014", title_zh="床位一体化平台", title_en="Bed platform", summary="统一床位信息"
)


@pytest.fixture
def endpoint():
    return Endpoint(CONTRACT, records(), as_of=fresh(hours=1))


@pytest.fixture
def url(endpoint):
    with serving(endpoint) as address:
        yield address


@pytest.fixture
def reviewer(make_person):
    return make_person("reviewer", Role.STEWARD, department="sjj", competences=(AUTHORITY,))


@pytest.fixture
def project(steward):
    """Registered by the steward of the fire brigade."""
    return services.register(NEW, department="xfjy", actor=steward.actor)


@pytest.fixture
def declared(project, steward, url):
    services.declare(project, DOCUMENT, url, actor=steward.actor, key="s3cret")
    return project


@pytest.fixture
def tested(declared, steward):
    """Tests the project's interfaces now; to be called again after changes."""

    def run_test():
        declared.refresh_from_db()
        services.ask_run(declared, actor=steward.actor, department="xfjy")
        (row,) = runs.claim()
        assert runs.execute(row)
        return Run.objects.get(pk=row.pk)

    return run_test
