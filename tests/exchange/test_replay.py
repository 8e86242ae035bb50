"""Replaying receipts: what should not have gone out is found."""

import datetime as dt
import json

import pytest
from tests.exchange.conftest import NOW
from typer.testing import CliRunner

from heli.exchange import services
from heli.exchange.commands import app
from heli.exchange.models import Grant, KeptPolicy, Resource
from heli.exchange.replay import content_of_fact, replay
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor

SYSTEM = Actor("system", "0198c000-0000-7000-8000-000000000001", "scjg")


@pytest.fixture
def now():
    with clock.frozen(NOW) as frozen:
        yield frozen


def granted(**policy):
    fields = [{"field": "name"}, {"field": "mobile", "mask": "partial"}]
    return services.grant(
        actor=HELI,
        resource=Resource.objects.get(name="residents"),
        consumer="scjg",
        purpose="audit",
        purpose_zh="检查",
        legal_basis="《食品安全法》第一百一十条",
        policy={"fields": fields, **policy},
        expires_at=clock.now() + dt.timedelta(days=300),
    )


@pytest.fixture
def answered(now, exchange_city, matters, persona):
    number = persona[0].resident_id
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", number)])

    def ask(**policy):
        grant = granted(**policy)
        found = services.lookup(
            actor=SYSTEM, resource="gaj/residents", subject=("person", number),
            matter="LJ-1", purpose="audit",
        )  # fmt: skip
        return grant, found, content_of_fact(found.fact_id)

    return ask


def codes(content, **more):
    return [finding.code for finding in replay(content, **more).findings]


def test_what_was_right_is_found_right(answered):
    rules = {
        "limits": {"per_minute": 3, "records_total": 9},
        "hours": [{"days": "working", "from": "09:00", "to": "18:00"}],
    }
    _grant, found, content = answered(**rules)
    result = replay(content, answer={"data": found.data})
    assert result.clean
    assert result.checked == (
        "kept", "fields", "rows", "grant", "hours", "binding", "second_person", "limits", "answer",
    )  # fmt: skip


def test_a_revocation_afterwards_changes_nothing_and_one_before_does(answered, now):
    grant, _found, content = answered()
    now.advance(minutes=1)
    services.revoke(grant.pk, actor=HELI, reason="不再需要")
    assert codes(content) == []
    Grant.objects.filter(pk=grant.pk).update(revoked_at=NOW - dt.timedelta(minutes=1))
    assert codes(content) == ["grant_force"]


def test_a_field_too_many_is_found(answered):
    _grant, _found, content = answered()
    content["data"] = content["data"] | {"fields": ["name", "mobile", "address"]}
    assert codes(content) == ["field"]


def test_limits_passed_are_found(answered, persona):
    _grant, _found, first = answered(limits={"per_minute": 5})
    again = services.lookup(
        actor=SYSTEM, resource="gaj/residents", subject=("person", persona[0].resident_id),
        matter="LJ-1", purpose="audit",
    )  # fmt: skip
    second = content_of_fact(again.fact_id)
    tight = {"fields": [{"field": "name"}, {"field": "mobile"}], "limits": {"per_minute": 1}}
    assert codes(first, policy=tight) == []
    assert codes(second, policy=tight) == ["limit"]


def test_another_policy_can_be_asked(answered):
    _grant, _found, content = answered()
    other = {
        "fields": [{"field": "name"}],
        "hours": [{"days": [7], "from": "01:00", "to": "02:00"}],
    }
    assert codes(content, policy=other) == ["field", "hours"]
    other = {"fields": [{"field": "name"}, {"field": "mobile"}], "second_person": True}
    assert codes(content, policy=other | {"binding": "project"}) == ["binding", "second_person"]


def test_values_that_show_more_than_their_mask_are_found(answered):
    _grant, found, content = answered()
    clear = found.data | {"mobile": "13900000000"}
    assert codes(content, answer={"data": clear}) == ["answer"]
    content["data"] = content["data"] | {
        "response_hash": services.response_hash(clear, found.response_key)
    }
    assert codes(content, answer={"data": clear}) == ["answer_mask"]


def test_a_policy_changed_after_the_fact_is_found(answered):
    _grant, _found, content = answered()
    kept = KeptPolicy.objects.get(pk=content["data"]["policy_hash"])
    kept.policy["fields"][1]["mask"] = "clear"
    kept.save()
    assert codes(content) == ["policy_changed"]
    kept.delete()
    assert codes(content) == ["policy_lost"]


def test_what_is_no_answer_is_refused(answered):
    _grant, _found, content = answered()
    with pytest.raises(Exception, match="no answer"):
        replay(content | {"verb": "exchange.lookup.denied"})


def test_the_command_says_no_with_its_exit_code(answered, tmp_path):
    _grant, found, _content = answered()
    run = CliRunner().invoke
    good = run(app, ["replay", str(found.fact_id), "--json"])
    assert good.exit_code == 0, good.output
    assert json.loads(good.output)["clean"] is True
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"fields": [{"field": "name"}]}))
    bad = run(app, ["replay", str(found.fact_id), "--policy", str(policy)])
    assert bad.exit_code == 1
    assert "mobile" in bad.output
