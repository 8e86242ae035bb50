"""Asking the lists: yes or no and whom to call, with the same work whether it matches or not."""

import datetime as dt
import hmac
import re
import statistics
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.alerts.conftest import identity, inbox

from heli.alerts import services
from heli.alerts.errors import AskedTooOftenError, SubjectError
from heli.alerts.models import Asking, Slot
from heli.alerts.services import matching
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.ledger.models import Fact

ASKER = Actor("system", "s", "jyj")


def ask(sequence=1, actor=ASKER):
    return services.ask("person", identity(sequence), actor=actor)


def test_yes_and_whom_to_call_and_nothing_else(alert):
    services.set_channel("xfjy", address="", telephone="0990-0119", actor=HELI)
    told = ask()
    assert (told.match, told.department, told.telephone) == (True, "xfjy", "0990-0119")
    assert vars_of(told) == {"match", "department", "telephone", "padding"}
    no = ask(2)
    assert (no.match, no.department, no.telephone) == (False, "", "")


def vars_of(answer):
    return set(answer.__dataclass_fields__)


def size(answer):
    import json

    return len(
        json.dumps(
            {name: getattr(answer, name) for name in answer.__dataclass_fields__},
            separators=(",", ":"),
        )
    )


def test_answers_are_equally_long(alert):
    services.set_channel("xfjy", address="", telephone="0990-0119", actor=HELI)
    assert size(ask()) == size(ask(2))


def work(call, monkeypatch):
    """Statements and comparisons that a question takes."""
    compared = []
    real = hmac.compare_digest
    with monkeypatch.context() as patch, CaptureQueriesContext(connection) as captured:
        patch.setattr(
            matching.hmac, "compare_digest", lambda a, b: (compared.append(1), real(a, b))[1]
        )
        call()
    shape = [re.sub(r"SAVEPOINT .*", "SAVEPOINT", query["sql"])[:60] for query in captured]
    return shape, len(compared)


def test_the_same_statements_and_comparisons_match_or_not(alert, monkeypatch):
    ask(3)
    yes, no = (work(lambda n=n: ask(n), monkeypatch) for n in (1, 2))
    assert yes == no
    assert yes[1] == matching.PLACES


def test_the_facts_of_a_match_and_of_none_are_alike(alert):
    ask()
    ask(2)
    yes, no = Fact.objects.filter(verb="alerts.list.asked").order_by("id")
    assert yes.data.keys() == no.data.keys()
    assert "match" not in str(yes.data)
    kept = Asking.objects.values_list("outcome", flat=True)
    assert len({len(bytes(each)) for each in kept}) == 1


def test_times_do_not_tell(alert):
    spent = {1: [], 2: []}
    for turn in range(40):
        for sequence in (1, 2) if turn % 2 else (2, 1):
            Asking.objects.all().delete()
            begun = time.perf_counter()
            ask(sequence)
            spent[sequence].append(time.perf_counter() - begun)
    yes, no = statistics.median(spent[1]), statistics.median(spent[2])
    assert 0.5 < yes / no < 2


def test_the_issuer_is_told_of_a_match_later(alert, owner):
    ask()
    ask(2)
    assert not inbox("alerts.matched")
    assert services.tell_hits() == 1
    assert services.tell_hits() == 0
    (told,) = inbox("alerts.matched")
    assert (told.person_id, told.data["about"]) == (owner.pk, "jyj")
    (fact,) = Fact.objects.filter(verb="alerts.list.matched")
    assert (fact.department, fact.data["asker"]) == ("xfjy", "jyj")


def test_after_its_end_an_alert_matches_nobody(alert, issuer, now):
    now.advance(hours=48, seconds=1)
    assert not ask().match
    now.instant -= dt.timedelta(hours=2)
    assert ask().match
    services.recall(alert, actor=issuer, reason="found")
    assert not ask().match


def test_spelling_does_not_matter_and_nonsense_is_refused(alert):
    spaced = " ".join(identity()).lower()
    assert services.ask("person", spaced, actor=ASKER).match
    for kind, given_id in (("person", "1"), ("plant", "x"), ("batch", ""), ("batch", "x" * 101)):
        with pytest.raises(SubjectError):
            services.ask(kind, given_id, actor=ASKER)


def test_lists_cannot_be_searched_through(alert, now):
    for sequence in range(matching.PER_MINUTE):
        ask(sequence + 1)
    with pytest.raises(AskedTooOftenError):
        ask()
    assert ask(1, Actor("system", "t", "zwzx")).match
    now.advance(seconds=61)
    assert ask().match


def test_a_full_bucket_grows_all_and_nothing_is_lost(alert, kinds, issuer, monkeypatch):
    monkeypatch.setattr(matching, "tag_of", lambda kind, text: text.encode().rjust(32, b"\0"))
    many = [services.NewSubject("person", identity(n)) for n in range(1, 41)]
    services.issue(kinds["missing"], headline="x", subjects=many, actor=issuer)
    counts = {
        bucket: Slot.objects.filter(bucket=bucket).count() for bucket in range(matching.BUCKETS)
    }
    assert set(counts.values()) == {2 * matching.PLACES}
    assert all(services.ask("person", each.id, actor=Actor("system", str(n), f"d{n}")).match
               for n, each in enumerate(many[:3]))  # fmt: skip


tags = st.binary(min_size=32, max_size=32)
calls = st.binary(min_size=matching.CALL, max_size=matching.CALL)


@given(
    rows=st.lists(st.tuples(tags, calls), max_size=40), at=st.integers(0, 39), live=st.booleans()
)
@settings(max_examples=60)
def test_choosing_finds_the_first_that_fits_and_reads_all(rows, at, live):
    now = clock.now()
    until = now + dt.timedelta(seconds=1 if live else -1)
    given_rows = [(tag, call, until) for tag, call in rows]
    wanted = rows[at % len(rows)][0] if rows else bytes(32)
    read = []
    found, call = matching.choose(wanted, (read.append(1) or row for row in given_rows), now)
    fitting = [call for tag, call in rows if tag == wanted and live]
    assert (found, call) == ((1, fitting[0]) if fitting else (0, matching.NOTHING))
    assert len(read) == len(rows)


def test_nothing_is_told_before_its_leaf_is_on_disk(transactional_db, alert, partner):
    assert ask().match
    assert services.open_details(alert, person=partner)
    told = Fact.objects.filter(verb__in=("alerts.list.asked", "alerts.details.opened"))
    assert [fact.leaf_index is not None for fact in told] == [True, True]
