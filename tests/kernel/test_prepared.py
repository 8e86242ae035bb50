"""Statements kept: they write and read what Django's own would."""

import datetime as dt
import json
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from heli.clocks.models import Clock
from heli.engines.legaltime import SHANGHAI
from heli.kernel import prepared
from heli.kernel.ids import uuid7
from heli.kernel.prepared import values

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 3, 2, 10, 0, 0, 1, tzinfo=SHANGHAI)


def made(**more):
    values = {
        "id": uuid7(), "kind": "k", "owner_type": "a.b", "owner_id": "1", "department": "d",
        "started_at": AT, "unit": "natural_hours", "amount": 5, "total": dt.timedelta(hours=5),
        "rungs": [{"name": "提醒", "fraction": 0.5}],
    }  # fmt: skip
    return prepared.make(Clock, **(values | more))


def columns(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_made_row_is_what_the_constructor_gives():
    row = made()
    same = Clock(**columns(row))
    assert columns(same) == columns(row)
    assert row._state.adding
    assert made().rungs is not made().rungs


def test_what_was_inserted_reads_as_what_django_saved():
    rows = [made(due_at=AT, frozen=0.25), made(matter="LJ-1", rungs=[])]
    with transaction.atomic():
        prepared.insert(rows)
    other = made(due_at=AT, frozen=0.25)
    other.save(force_insert=True)
    read = Clock.objects.in_bulk([row.pk for row in [*rows, other]])
    assert [columns(read[row.pk]) for row in rows] == [columns(row) for row in rows]
    assert columns(read[other.pk]) | {"id": 0} == columns(read[rows[0].pk]) | {"id": 0}
    with pytest.raises(ValueError, match="zone"):
        prepared.insert([made(due_at=dt.datetime(2026, 1, 1))])  # noqa: DTZ001


@pytest.mark.parametrize(
    "rungs", [[], [{"name": "提醒", "fraction": 0.5}], {"a": [1, 1e300, 2**70, True]}, "x", 3]
)
def test_a_row_that_is_got_reads_as_django_reads_it(rungs):
    row = made(due_at=AT, at_risk_at=AT.replace(microsecond=0), rungs=rungs)
    prepared.insert([row])
    got = prepared.PreparedGet(Clock.objects.all()).get(row.pk)
    read = Clock.objects.get(pk=row.pk)
    assert columns(got) == columns(read)
    assert [type(v) for v in columns(got).values()] == [type(v) for v in columns(read).values()]
    assert got.due_at.tzinfo is dt.UTC


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None)), inner),
)


@given(JSON)
def test_json_is_written_and_read_as_python_does(value):
    column = Clock._meta.get_field("rungs")
    written = values.conversion(column, "sqlite")(value)
    read = values.reading([column.from_db_value], column.get_col("t"), "sqlite")
    assert written is None if value is None else json.loads(written) == value
    for text in (written, json.dumps(value), "[1e400, NaN]", "no JSON"):
        assert repr(read(text)) == repr(column.from_db_value(text, None, None))


def test_an_hour_that_comes_twice_is_two_hours():
    first = dt.datetime(1990, 9, 16, 1, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    rows = [made(due_at=first), made(due_at=first.replace(fold=1))]
    prepared.insert(rows)
    read = [Clock.objects.get(pk=row.pk).due_at for row in rows]
    assert read[1] - read[0] == dt.timedelta(hours=1)


SAID = ["", "提醒", "a\tb\nc\\d\\n\r", '"{}",\'', "\\N", "\\.", "NULL", "x" * 60]


@pytest.mark.parametrize("count", [3, 24, 26, 60, 130])
def test_many_rows_read_as_what_was_inserted(count):
    rows = [
        made(
            matter=(said := SAID[n % len(SAID)])[:40],
            owner_id=f"{n}",
            due_at=AT if n % 2 else None,
            rungs=[{"name": said, "fraction": n / 7}],
        )
        for n in range(count)
    ]
    with transaction.atomic():
        prepared.insert(rows)
    read = Clock.objects.in_bulk([row.pk for row in rows])
    assert [columns(read[row.pk]) for row in rows] == [columns(row) for row in rows]
    assert not any(row._state.adding for row in rows)


def test_many_rows_with_one_that_is_there_already_are_refused():
    there = made()
    prepared.insert([there])
    with pytest.raises(IntegrityError), transaction.atomic():
        prepared.insert([*(made() for _ in range(80)), there])
    assert Clock.objects.count() == 1


def test_a_batch_takes_all_rows_or_none():
    batch = prepared.Batch()
    rows = [made() for _ in range(30)]
    with pytest.raises(ValueError, match="zone"):
        batch.insert([*rows, made(due_at=dt.datetime(2026, 1, 1))])  # noqa: DTZ001
    assert all(row._state.adding for row in rows)
    batch.run()
    assert not Clock.objects.exists()


def test_a_batch_writes_all_or_tells_what_it_did_not_find():
    first, second = made(), made()
    prepared.insert([first])
    batch = prepared.Batch()
    batch.insert([second])
    batch.update(Clock, {"id": first.pk, "state": ("running",)}, {"department": "e"}, LookupError)
    batch.run()
    batch.run()  # nothing is written twice
    assert Clock.objects.filter(department="e").count() == 1
    assert Clock.objects.count() == 2
    batch.update(Clock, {"id": second.pk}, {"amount": 9}, KeyError)
    batch.update(Clock, {"id": first.pk, "state": "stopped"}, {"amount": 9}, LookupError)
    with pytest.raises(LookupError), transaction.atomic():
        batch.run()
    assert not Clock.objects.filter(amount=9).exists()


def test_an_update_returns_the_rows_it_changed():
    rows = [made(), made(state="stopped")]
    prepared.insert(rows)
    names = tuple(columns(rows[0]))
    (changed,) = prepared.update_returning(
        Clock, {"id": tuple(r.pk for r in rows), "state": "running"}, {"stopped_at": AT}, names
    )
    assert columns(changed) == columns(Clock.objects.get(pk=rows[0].pk))
    assert changed.stopped_at == AT


def test_none_of_no_values_is_changed():
    row = made()
    prepared.insert([row])
    where = {"id": (), "state": ("running",)}
    assert prepared.update(Clock, where, {"state": "stopped"}) == 0
    assert prepared.update_returning(Clock, where, {"state": "stopped"}, ("id", "state")) == []
    assert Clock.objects.get(pk=row.pk).state == row.state


def test_statements_are_seen_by_those_who_count_them(django_assert_num_queries):
    with django_assert_num_queries(1):
        prepared.insert([made(), made()])


def test_a_row_that_breaks_a_rule_is_refused_as_by_django():
    from django.db import IntegrityError

    row = made()
    prepared.insert([row])
    with pytest.raises(IntegrityError), transaction.atomic():
        prepared.insert([row])
