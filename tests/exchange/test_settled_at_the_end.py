"""A call whose record fails where its transaction ends leaves nothing, and nothing leaves."""

import pytest
from django.db import IntegrityError

from heli.exchange import services
from heli.exchange.calls import settling
from heli.exchange.models import Access
from heli.kernel.actor import Actor
from heli.ledger.models import Fact


def test_a_record_that_fails_at_the_end(committed_city, matters, persona, monkeypatch):
    someone = persona[0]
    subject = ("person", someone.resident_id)
    matters.add("LJ-1", departments=["scjg"], subjects=[subject])

    def ask():
        return services.lookup(
            resource="gaj/residents", subject=subject, matter="LJ-1", purpose="restaurant",
            actor=Actor("person", "7", "scjg"),
        )  # fmt: skip

    ask()
    first = Access.objects.get()
    facts = Fact.objects.count()
    access = settling._access

    def twice(call, fact):
        row = access(call, fact)
        row.fact_id = first.fact_id
        return row

    with monkeypatch.context() as patched:
        patched.setattr(settling, "_access", twice)
        with pytest.raises(IntegrityError):
            ask()
    assert (Access.objects.count(), Fact.objects.count()) == (1, facts)
    ask()
    assert (Access.objects.count(), Fact.objects.count()) == (2, facts + 1)
