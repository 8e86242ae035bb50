"""Digital projects of the demo city: tested for real, decided, and served over HTTP."""

import ipaddress

import pytest

from heli.demo import interfaces, projects
from heli.engines.contracts import parse_contract
from heli.exchange.conformance import Check, State, Wanted, conform
from heli.exchange.contracts import selectors as versions
from heli.exchange.selectors import find_resource
from heli.projects.gate import Part, standing
from heli.projects.models import Decision, Gate, Project

EXPECTED = {
    "hydrants": set(),
    "parking": {Check.ERRORS},
    "charging_piles": {Check.KEYS, Check.RECORDS},
}


@pytest.mark.parametrize("name", interfaces.NAMES)
def test_each_endpoint_has_the_faults_it_is_said_to_have(live_server, name):
    report = conform(
        Wanted(
            parse_contract(interfaces.contract_document(name)),
            f"{live_server.url}{interfaces.PREFIX}{name}",
            allowed=(ipaddress.ip_network("127.0.0.0/8"),),
        )
    )
    failed = {each.check for each in report.outcomes if each.state is State.FAILED}
    assert failed == EXPECTED[name], report.as_dict()
    within = conform(
        Wanted(
            parse_contract(interfaces.contract_document(name)),
            f"http://127.0.0.1{interfaces.PREFIX}{name}",
            transport=interfaces.InProcess(),
        )
    )
    assert [each.state for each in within.outcomes] == [each.state for each in report.outcomes]


def test_one_project_passed_one_was_refused_one_passed_by_an_exception(seeded):
    stages = {row.code: row.stage for row in Project.objects.all()}
    assert stages == {
        "SZ-2026-006": "approved", "SZ-2026-011": "approved", "SZ-2026-014": "proposed",
    }  # fmt: skip
    parts = {
        row.code: standing(row, Gate.APPROVAL).interfaces[0].part for row in Project.objects.all()
    }
    assert parts == {
        "SZ-2026-006": Part.CONFORMS, "SZ-2026-011": Part.EXCEPTED, "SZ-2026-014": Part.FAILS,
    }  # fmt: skip
    assert Decision.objects.filter(passed=False).count() == 1
    projects.seed_projects()
    assert Decision.objects.count() == 3
    parcels = find_resource("zrzy/parcels")
    assert versions.ending(parcels).successor == "2.0.0"
