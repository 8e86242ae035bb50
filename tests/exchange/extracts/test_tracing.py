"""From a leaked file, in whatever shape, to whose extract it is."""

import datetime as dt
import io
import json

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest
from tests.exchange.extracts.conftest import BARE, HASHED, OFFICER, POLICY, give

from heli.exchange import services
from heli.exchange.extracts.errors import UnreadableFileError
from heli.exchange.extracts.found import read_table
from heli.exchange.extracts.outcome import LIMIT
from heli.exchange.extracts.tracing import trace
from heli.kernel.actor import HELI, Actor
from heli.ledger.models import Fact

SUPERVISOR = Actor("person", "99", "szf")


@pytest.fixture
def given_out(fetched):
    """Five extracts of the same register; the table of each by the id of its row."""
    made = [fetched() for _ in range(5)]
    return {row: pq.read_table(io.BytesIO(content)) for row, content in made}


@pytest.fixture
def leaked(given_out):
    row = list(given_out)[2]
    return row, given_out[row]


def as_csv(table):
    sink = io.BytesIO()
    pcsv.write_csv(table, sink)
    return sink.getvalue()


def as_excel(table):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(table.column_names)
    for each in table.to_pylist():
        sheet.append(list(each.values()))
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def as_json(table):
    return json.dumps(table.to_pylist(), default=str, ensure_ascii=False).encode()


def as_lines(table):
    return b"\n".join(
        json.dumps(row, default=str, ensure_ascii=False).encode() for row in table.to_pylist()
    )


def as_parquet(table):
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def as_arrow(table):
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def as_chinese_text(table):
    text = as_csv(table).decode()
    return text.replace(",", "\t").replace('"', "").encode("gb18030")


def shuffled(table, rows, seed=1):
    chosen = np.random.default_rng(seed).permutation(table.num_rows)[:rows]
    return table.take(pa.array(chosen))


def names(found):
    return [each.extract.pk for each in found.named]


@pytest.mark.parametrize(
    "write", [as_csv, as_excel, as_json, as_lines, as_parquet, as_arrow, as_chinese_text]
)
def test_every_kind_of_file_is_traced(leaked, write):
    row, table = leaked
    found = services.trace(write(shuffled(table, 300)), actor=SUPERVISOR)
    assert names(found) == [row.pk]
    (named,) = found.named
    assert named.error <= LIMIT
    assert named.marks > 6
    assert found.suspects == 5
    assert found.columns["contribution_base"] == "contribution_base"


def test_renamed_reordered_and_dropped_columns_are_traced(leaked):
    row, table = leaked
    changed = table.select(["contribution_base", "since", "resident_id"])
    changed = changed.rename_columns(["col1", "入职", "证件"])
    found = trace(read_table(as_csv(shuffled(changed, 400))))
    assert names(found) == [row.pk]
    assert found.columns == {"resident_id": "证件", "since": "入职", "contribution_base": "col1"}


def test_titles_of_the_contract_are_understood(leaked):
    row, table = leaked
    titled = table.rename_columns(
        ["居民身份号码", "姓名", "Credit code of the employer", "x", "y", "z"]
    )
    assert names(trace(shuffled(titled, 300))) == [row.pk]


@pytest.fixture
def transport(grant):
    return services.register_duty(
        actor=HELI, department="jtj", code="survey", title_zh="出行调查", title_en="Survey",
        legal_ground="x",
    )  # fmt: skip


def test_without_any_identifier_dates_and_numbers_suffice(committed_city, transport, ready):
    give(committed_city["employment"], BARE, consumer="jtj", purpose="transport")
    asker = Actor("person", "5", "jtj")
    row = ready(actor=asker, department="jtj", purpose="transport")
    _, file = services.fetch_extract(row.pk, actor=asker)
    with file:
        bare = pq.read_table(file).rename_columns(["a", "b"])
    assert row.plan["decoys"] == 0
    assert names(trace(shuffled(bare, bare.num_rows))) == [row.pk]


def test_the_order_of_records_suffices_where_nothing_marked_is_left(leaked):
    row, table = leaked
    found = trace(table.select(["resident_id", "insurance"]).slice(0, 300))
    assert names(found) == [row.pk]
    assert found.named[0].order > 6
    assert abs(found.named[0].marks) < 1


def test_the_order_survives_the_loss_of_the_key(committed_city, transport, ready):
    """No number, nothing that may be moved, other titles; half of the file."""
    fields = [{"field": name} for name in ("resident_id", "name", "address")]
    give(
        committed_city["residents"],
        POLICY | {"fields": fields, "extract": {"rows": 100_000}},
        "jtj",
        "transport",
    )
    asker = Actor("person", "5", "jtj")
    made = [
        ready(actor=asker, department="jtj", purpose="transport", resource="gaj/residents")
        for _ in range(2)
    ]
    _, file = services.fetch_extract(made[0].pk, actor=asker)
    with file:
        table = pq.read_table(file).select(["name", "address"]).rename_columns(["who", "where"])
    assert names(trace(table.slice(0, table.num_rows // 2))) == [made[0].pk]
    assert trace(shuffled(table, table.num_rows)).named == ()


def test_decoys_suffice_where_only_numbers_in_another_order_are_left(leaked):
    row, table = leaked
    found = trace(shuffled(table.select(["resident_id"]), table.num_rows))
    assert row.plan["decoys"] > 0
    hits = {each.extract.pk: each.decoys for each in found.named}
    # So small a register has few decoys, of which a thousand control draws cannot say enough.
    assert set(hits) <= {row.pk}


def test_who_mixes_two_extracts_is_found_twice(given_out):
    (one, first), (two, second) = list(given_out.items())[:2]
    half = first.num_rows // 2
    mixed = pa.concat_tables([shuffled(first, half), shuffled(second, half, 2)])
    assert set(names(trace(shuffled(mixed, 800)))) == {one.pk, two.pk}


def test_the_register_itself_and_other_tables_name_nobody(given_out, committed_city):
    register = pq.read_table(
        services.extracts.spool("x").parents[1] / "registers" / "employment.parquet"
    )
    assert trace(register).named == ()
    other = pa.table({"a": ["x", "y"], "b": [1, 2]})
    found = services.trace(as_csv(other), actor=SUPERVISOR)
    assert found.named == ()
    fact = Fact.objects.filter(verb="exchange.extract.traced").order_by("id").last()
    assert (fact.data["outcome"], fact.data["extracts"]) == ("unknown", [])


def test_too_small_a_part_names_nobody(leaked):
    _, table = leaked
    assert trace(shuffled(table, 6)).named == ()


def test_without_extracts_there_is_nobody_to_name(grant):
    found = trace(pa.table({"resident_id": ["1"]}))
    assert (found.suspects, found.named) == (0, ())


def test_pseudonyms_are_traced_too(committed_city, transport, ready):
    give(committed_city["employment"], HASHED, consumer="jtj", purpose="transport")
    row = ready(actor=Actor("person", "5", "jtj"), department="jtj", purpose="transport")
    _, file = services.fetch_extract(row.pk, actor=Actor("person", "5", "jtj"))
    with file:
        table = pq.read_table(file)
    ready()
    assert len(table["resident_id"][0].as_py()) == 32
    assert names(trace(shuffled(table, 400))) == [row.pk]
    renamed = table.rename_columns([f"c{n}" for n in range(table.num_columns)])
    assert names(trace(shuffled(renamed, 400))) == [row.pk]


def test_a_trace_is_a_fact(leaked):
    row, table = leaked
    found = services.trace(as_csv(table), actor=SUPERVISOR)
    fact = Fact.objects.filter(verb="exchange.extract.traced").order_by("id").last()
    assert fact.data["extracts"] == [str(row.pk)]
    assert fact.data["outcome"] == "named"
    assert fact.data["error"] == found.named[0].error
    assert fact.actor == "person:99"


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02", b"PK\x03\x04broken", b"PAR1broken", b"{", b"[1, 2]", b"ARROW1??",
     b"a,b\n", b"\xff\xfe\x00a"],
)  # fmt: skip
def test_what_is_no_table_is_refused(content):
    with pytest.raises(UnreadableFileError):
        read_table(content)


def test_dates_and_numbers_are_read_in_every_way_they_are_written(leaked):
    row, table = leaked
    days = [
        (f"{d.year}/{d.month}/{d.day}", f"{d.year}年{d.month}月{d.day}日", f"{d} 00:00:00")[n % 3]
        for n, d in enumerate(table["since"].to_pylist())
    ]
    bases = [(f"{b:,}", f"{b}.0", f" {b} ")[n % 3]
             for n, b in enumerate(table["contribution_base"].to_pylist())]  # fmt: skip
    written = table.set_column(3, "since", pa.array(days))
    written = written.set_column(4, "contribution_base", pa.array(bases))
    read = trace(shuffled(written, 400))
    assert names(read) == [row.pk]
    assert read.values > 700
    assert isinstance(row.asked_at, dt.datetime)


def test_only_the_department_that_got_it_is_named(leaked, given_out):
    row, table = leaked
    (named,) = trace(shuffled(table, 400)).named
    assert named.extract.consumer == "fgw"
    assert named.extract.actor == str(OFFICER)
    assert named.extract.grant_id == row.grant_id
