"""The gate: open only where every interface keeps its contract, or is excepted for a while."""

import datetime as dt
import ipaddress

import pytest
from tests.exchange.contracts.test_conformance import DOCUMENT
from tests.projects.conftest import NEW

from heli.engines.contracts import ContractError
from heli.kernel import clock
from heli.kernel.outward import AddressRefusedError
from heli.ledger.models import Fact
from heli.projects import errors, runs, selectors, services
from heli.projects.gate import Part, shut_again, standing
from heli.projects.models import Exemption, Gate, Interface, Project, Run
from heli.projects.services.projects import NewProject


def facts(verb):
    return [row.data for row in Fact.objects.filter(verb=verb).order_by("pk")]


def part(project, gate=Gate.APPROVAL):
    (found,) = standing(project, gate).interfaces
    return found.part


def decide(project, reviewer, passed=True):
    return services.decide(
        project, passed=passed, reason="接口齐备", actor=reviewer.actor, department="sjj"
    )


def test_a_project_without_interfaces_does_not_pass(project, reviewer, steward):
    assert not standing(project, Gate.APPROVAL).open
    with pytest.raises(errors.NoInterfaceError):
        decide(project, reviewer)
    with pytest.raises(errors.NoInterfaceError):
        services.ask_run(project, actor=steward.actor, department="xfjy")
    assert facts("projects.project.registered")[0]["code"] == NEW.code


@pytest.mark.parametrize("code", ["", "ab c", "x", "-AB1", "SZ_1", "Ä123", "A" * 31])
def test_a_code_that_is_none_is_refused(city, steward, code):
    with pytest.raises(errors.ProjectCodeError):
        services.register(
            NewProject(code=code, title_zh="x", summary="x"),
            department="xfjy",
            actor=steward.actor,
        )


def test_a_code_is_taken_once_and_needs_are_in_the_catalogue(project, steward):
    with pytest.raises(errors.CodeTakenError):
        services.register(NEW, department="xfjy", actor=steward.actor)
    with pytest.raises(errors.UnknownNeedError):
        services.register(
            NewProject(code="SZ-2026-015", title_zh="x", summary="x", needs=["gaj/nothing"]),
            department="xfjy",
            actor=steward.actor,
        )


def test_both_gates_are_passed_by_tests_of_their_own(tested, declared, reviewer, endpoint):
    assert part(declared) is Part.UNTESTED
    with pytest.raises(errors.GateShutError):
        decide(declared, reviewer)
    run = tested()
    assert run.passed
    assert endpoint.seen[0]["Authorization"] == "Bearer s3cret"
    assert part(declared) is Part.CONFORMS
    (told,) = facts("projects.run.finished")
    assert (told["passed"], told["total"], told["evidence_hash"]) == (1, 1, run.digest)
    made = decide(declared, reviewer)
    assert made.run == run
    declared.refresh_from_db()
    assert declared.stage == Project.Stage.APPROVED
    (passed,) = facts("projects.gate.passed")
    assert (passed["gate"], passed["evidence_hash"], passed["exceptions"]) == (
        "approval", run.digest, [],
    )  # fmt: skip
    # What conformed at approval is tested again at acceptance.
    assert part(declared, Gate.ACCEPTANCE) is Part.UNTESTED
    with pytest.raises(errors.GateShutError):
        decide(declared, reviewer)
    assert tested().gate == Gate.ACCEPTANCE
    decide(declared, reviewer)
    declared.refresh_from_db()
    assert declared.stage == Project.Stage.ACCEPTED
    with pytest.raises(errors.StageError):
        decide(declared, reviewer)


def test_an_endpoint_that_breaks_its_contract_shuts_the_gate(tested, declared, reviewer, endpoint):
    endpoint.faults = {"repeats records"}
    run = tested()
    assert run.passed is False
    assert part(declared) is Part.FAILS
    with pytest.raises(errors.GateShutError, match="owners"):
        decide(declared, reviewer)
    assert facts("projects.run.finished")[0]["failing"] == ["owners"]
    (row,) = selectors.interface_rows(standing(declared, Gate.APPROVAL))
    assert row.reasons
    # It may be refused, with the reason.
    decide(declared, reviewer, passed=False)
    declared.refresh_from_db()
    assert declared.stage == Project.Stage.PROPOSED
    assert facts("projects.gate.refused")[0]["reason"] == "接口齐备"
    endpoint.faults = set()
    assert tested().passed
    decide(declared, reviewer)


def test_a_result_counts_for_this_contract_and_address_and_a_month(tested, declared, steward, url):
    tested()
    with clock.frozen(clock.now() + dt.timedelta(days=31)):
        assert part(declared) is Part.OUTDATED
    services.declare(declared, DOCUMENT | {"version": "1.0.1"}, url, actor=steward.actor)
    assert part(declared) is Part.OUTDATED
    services.declare(declared, DOCUMENT, url, actor=steward.actor)
    assert part(declared) is Part.CONFORMS
    services.declare(declared, DOCUMENT, url + "/v2", actor=steward.actor)
    assert part(declared) is Part.OUTDATED


def exempt(project, reviewer, days=30, **more):
    values = {"ground": "对方系统改造中", "legal_basis": "《办法》第十条"} | more
    return services.grant_exemption(
        project, "owners", last_day=clock.today() + dt.timedelta(days=days),
        actor=reviewer.actor, department="sjj", **values,
    )  # fmt: skip


def test_an_exception_opens_the_gate_until_it_expires(tested, declared, reviewer, endpoint):
    endpoint.faults = {"crashes"}
    tested()
    exempt(declared, reviewer)
    assert part(declared) is Part.EXCEPTED
    decide(declared, reviewer)
    assert facts("projects.gate.passed")[0]["exceptions"] == ["owners"]
    declared.refresh_from_db()
    assert shut_again(declared) == ()
    assert selectors.approved_project(declared.code, "xfjy") == declared
    assert services.tell_expired_exemptions() == 0
    with clock.frozen(clock.now() + dt.timedelta(days=32)):
        assert part(declared) is Part.EXPIRED
        assert [each.interface.name for each in shut_again(declared)] == ["owners"]
        assert selectors.approved_project(declared.code, "xfjy") is None
        assert services.tell_expired_exemptions() == 1
        assert services.tell_expired_exemptions() == 0
        assert facts("projects.exemption.expired")[0]["gate_shut"] is True


def test_an_exception_can_be_ended_before(tested, declared, reviewer, endpoint):
    endpoint.faults = {"crashes"}
    tested()
    exempt(declared, reviewer)
    with pytest.raises(errors.ExemptedAlreadyError):
        exempt(declared, reviewer)
    services.end_exemption(
        declared, "owners", reason="已修复", actor=reviewer.actor, department="sjj"
    )
    assert part(declared) is Part.FAILS
    with pytest.raises(errors.NoExemptionError):
        services.end_exemption(
            declared, "owners", reason="x", actor=reviewer.actor, department="sjj"
        )


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"days": -1}, errors.ExpiryError),
        ({"days": 181}, errors.ExpiryError),
        ({"ground": " "}, errors.EmptyReasonError),
        ({"legal_basis": ""}, errors.EmptyReasonError),
    ],
)
def test_an_exception_needs_a_ground_a_law_and_a_day(declared, reviewer, more, error):
    with pytest.raises(error):
        exempt(declared, reviewer, **more)
    assert not Exemption.objects.exists()


def test_while_a_test_runs_nothing_it_tests_can_change(declared, steward, reviewer, url):
    services.ask_run(declared, actor=steward.actor, department="xfjy")
    with pytest.raises(errors.RunOpenError):
        services.ask_run(declared, actor=steward.actor, department="xfjy")
    with pytest.raises(errors.RunOpenError):
        services.declare(declared, DOCUMENT, url, actor=steward.actor)
    with pytest.raises(errors.RunOpenError):
        services.remove_interface(declared, "owners", actor=steward.actor, reason="x")
    with pytest.raises(errors.RunOpenError):
        decide(declared, reviewer)


def test_a_run_is_claimed_once_and_again_when_its_process_died(declared, steward):
    services.ask_run(declared, actor=steward.actor, department="xfjy")
    (first,) = runs.claim()
    assert runs.claim() == []
    with clock.frozen(clock.now() + dt.timedelta(seconds=61)):
        (second,) = runs.claim()
        assert second.pk == first.pk
    assert runs.execute(first)
    assert not runs.execute(second)
    assert len(facts("projects.run.finished")) == 1
    assert Run.objects.get().results.count() == 1


def test_private_networks_are_not_entered_unless_allowed(tested, declared, settings, endpoint):
    settings.HELI_PRIVATE_NETWORKS = ()
    run = tested()
    assert run.passed is False
    assert endpoint.calls == 0
    (result,) = selectors.results(run)
    (refused, *skipped) = selectors.check_rows(result.report, result.interface.contract)
    assert refused.failed
    assert {row.state[0] for row in skipped} == {"done"}
    settings.HELI_PRIVATE_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)
    assert tested().passed


def test_bad_contracts_and_addresses_are_refused_and_nothing_is_kept(project, steward):
    with pytest.raises(ContractError):
        services.declare(project, {}, "https://x.example", actor=steward.actor)
    with pytest.raises(AddressRefusedError):
        services.declare(project, DOCUMENT, "ftp://x.example", actor=steward.actor)
    assert not Interface.objects.exists()


def test_the_key_is_sealed_and_in_no_fact(declared):
    row = Interface.objects.get()
    assert b"s3cret" not in bytes(row.sealed_key)
    assert "s3cret" not in str(facts("projects.interface.declared"))


def test_a_project_is_withdrawn_and_its_interfaces_taken_back(declared, steward):
    services.remove_interface(declared, "owners", actor=steward.actor, reason="不再提供")
    assert standing(declared, Gate.APPROVAL).interfaces == ()
    with pytest.raises(errors.UnknownInterfaceError):
        services.remove_interface(declared, "owners", actor=steward.actor, reason="x")
    services.withdraw(declared, actor=steward.actor, reason="资金未落实")
    declared.refresh_from_db()
    assert declared.stage == Project.Stage.WITHDRAWN
    with pytest.raises(errors.StageError):
        services.withdraw(declared, actor=steward.actor, reason="x")


def test_only_an_approved_project_may_ask_for_the_data_it_needs(tested, declared, reviewer):
    Project.objects.filter(pk=declared.pk).update(needs=["gaj/residents"])
    ask = selectors.project_standing
    assert not ask(declared.code, "xfjy", "gaj/residents")
    tested()
    decide(declared, reviewer)
    assert ask(declared.code, "xfjy", "gaj/residents")
    assert not ask(declared.code, "scjg", "gaj/residents")
    assert not ask(declared.code, "xfjy", "gaj/households")
    assert not ask("SZ-0000", "xfjy", "gaj/residents")
