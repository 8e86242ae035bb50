"""What tests of forbidden combinations share."""

import datetime as dt

import pytest

from heli.exchange import services
from heli.exchange.models import Grant
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor

ASKER = Actor("person", "7", "scjg")
PARTS = {
    "health": ["wjw/health_certificates.valid_until"],
    "employer": ["rsj/employment.employer"],
    "address": ["gaj/residents.address"],
}
TWO = {"address": PARTS["address"], "employer": PARTS["employer"]}


def give(resources, name, field, mask="clear", consumer="scjg"):
    return services.grant(
        actor=HELI,
        resource=resources[name],
        consumer=consumer,
        purpose="check",
        purpose_zh="核验",
        legal_basis="x",
        policy={"fields": [{"field": field, "mask": mask}]},
        expires_at=clock.now() + dt.timedelta(days=30),
    )


@pytest.fixture
def bare(exchange_city):
    """The demo's resources without its grants and its rule."""
    Grant.objects.all().delete()
    services.allow_combination("health-employer-address", actor=HELI, reason="test")
    return exchange_city


def forbid(code="test", parts=PARTS, subject_type="person", ground="pipl-6"):
    return services.forbid_combination(actor=HELI, code=code, title_zh="健康、单位与住址",
                                       title_en="health, employer, address", parts=parts,
                                       subject_type=subject_type, ground=ground)  # fmt: skip


@pytest.fixture
def granted(bare, matters, persona):
    """All three parts granted, and only then forbidden together; two people in one matter."""
    for name, field in (("health_certificates", "valid_until"), ("residents", "address"),
                        ("employment", "employer")):  # fmt: skip
        give(bare, name, field)
    numbers = [each.resident_id for each in persona]
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", number) for number in numbers])
    return numbers


def ask(number, resource):
    return services.lookup(actor=ASKER, resource=resource, subject=("person", number),
                           matter="LJ-1", purpose="check")  # fmt: skip


def usable_after(call):
    (grant,) = call.resource.grants["scjg"]
    return grant, grant.policy
