"""Changes of a source that does not tell of them are found by comparing."""

import duckdb
import pytest

from heli.exchange.errors import SourceUnavailableError
from heli.feeds import services
from heli.feeds.models import Change, SourceRow
from heli.feeds.services import comparing
from heli.kernel import clock
from heli.kernel.home import home

FILE = "residents.parquet"


@pytest.fixture
def register(written):
    """The residents' file, to be changed; put back afterwards."""
    path = home() / "registers" / FILE
    kept = path.read_bytes()

    def change(statement):
        fresh = path.with_suffix(".new")
        with duckdb.connect() as connection:
            connection.execute(f"CREATE TABLE r AS SELECT * FROM read_parquet('{path}')")
            connection.execute(statement)
            connection.execute(
                f"COPY (SELECT * FROM r ORDER BY resident_id) TO '{fresh}' (FORMAT parquet)"
            )
        fresh.replace(path)

    yield change
    path.write_bytes(kept)


@pytest.fixture
def compared(feed):
    feed.compare_every = 60
    feed.save()
    services.compare(feed)
    return feed


def kinds():
    return [row.kind for row in Change.objects.order_by("position")]


def test_the_first_comparison_learns_and_tells_nothing(compared):
    assert SourceRow.objects.count() == 1000
    assert not Change.objects.exists()
    compared.refresh_from_db()
    assert compared.baseline_at is not None


def test_no_value_of_the_register_is_kept(compared, people):
    for row in SourceRow.objects.all()[:50]:
        kept = bytes(row.sealed) + bytes(row.content)
        assert not any(number.encode() in kept for number in people)


def test_new_changed_and_gone_records_are_told_once(compared, register, people):
    register(f"UPDATE r SET name = '示例改名' WHERE resident_id = '{people[0]}'")
    register(f"DELETE FROM r WHERE resident_id = '{people[1]}'")
    assert services.compare(compared) == 2
    assert kinds() == ["update", "delete"]
    assert services.compare(compared) == 0
    row = "(SELECT * REPLACE ('{}' AS resident_id) FROM r LIMIT 1)"
    register(f"INSERT INTO r {row.format(people[1])}")
    assert services.compare(compared) == 1
    assert kinds() == ["update", "delete", "insert"]


def test_a_source_that_breaks_off_makes_nobody_disappear(compared, monkeypatch):
    from heli.exchange.connectors.parquet import ParquetConnector

    real = ParquetConnector.scan

    def broken(self, columns, **more):
        yield next(iter(real(self, columns, **more | {"batch_rows": 100})))
        raise OSError("gone")

    monkeypatch.setattr(ParquetConnector, "scan", broken)
    with pytest.raises(SourceUnavailableError):
        services.compare(compared)
    assert not Change.objects.exists()


def test_cut_off_in_the_middle_and_gone_on_nothing_is_told_twice(compared, register, monkeypatch):
    monkeypatch.setattr(comparing, "STRETCH", 100)
    register("UPDATE r SET name = name || '改'")
    taken = comparing._take
    calls = []

    def dying(feed, stretch):
        if len(calls) == 4:
            raise KeyboardInterrupt
        calls.append(1)
        return taken(feed, stretch)

    monkeypatch.setattr(comparing, "_take", dying)
    with pytest.raises(KeyboardInterrupt):
        services.compare(compared)
    told = Change.objects.count()
    assert 0 < told < 1000
    monkeypatch.setattr(comparing, "_take", taken)
    services.compare(compared)
    assert Change.objects.count() == 1000
    assert Change.objects.values("digest").distinct().count() == 1000


def test_a_comparison_is_claimed_by_one_worker(compared):
    with clock.frozen(clock.now()) as standing:
        standing.advance(seconds=61)
        assert [row.pk for row in services.compare_due()] == [compared.pk]
        assert services.compare_due() == []
