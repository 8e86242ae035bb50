"""Queue tables: what the address asks for is what is shown, in a constant number of queries."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.test import RequestFactory

from heli.web.tables import Column, Filter, Table

ROWS = [{"name": f"row {n:02d}", "size": None if n == 5 else n % 7} for n in range(40)]


class Rows(Table):
    columns = [
        Column("name", "Name", sort="name", main=True),
        Column("size", "Size", sort="size", kind="number"),
    ]
    filters = [
        Filter(
            "size",
            "Size",
            [("3", "three")],
            lambda rows, value: [r for r in rows if r["size"] == int(value)],
        )
    ]
    search = ["name"]
    default_sort = "-name"
    page_size = 10

    def row_key(self, row) -> str:
        return row["name"]


def table(query: str, rows=ROWS, kind=Rows) -> Table:
    return kind(RequestFactory().get(f"/list/?{query}"), rows)


def names(found: Table) -> list[str]:
    return [line.key for line in found.lines()]


def test_the_default_order_and_the_first_page() -> None:
    assert names(table("")) == [f"row {n:02d}" for n in range(39, 29, -1)]


def test_pages_follow_each_other_to_the_end() -> None:
    seen = [name for page in range(1, 5) for name in names(table(f"sort=name&page={page}"))]
    assert seen == [row["name"] for row in ROWS]
    assert not table("page=4").page.has_next()
    assert table("page=3").page.has_next()


def test_search_and_filter_narrow_together() -> None:
    found = table("q=ROW+1&size=3&sort=name")
    assert names(found) == ["row 10", "row 17"]
    assert found.count == 2
    assert found.narrowed
    assert found.clear_url == "/list/?sort=name"


def test_rows_without_a_value_come_last_either_way() -> None:
    assert names(table("sort=size&page=4"))[-1] == "row 05"
    assert names(table("sort=-size&page=4"))[-1] == "row 05"


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-3", "page=x", "page=99999999999", "sort=secret", "size=;drop", "size=999"],
)
def test_what_is_not_on_offer_is_ignored(query: str) -> None:
    found = table(query)
    assert found.count == 40
    assert not found.narrowed
    assert names(found) == names(table(""))


def test_sorting_keeps_the_search_and_starts_at_page_one() -> None:
    heads = {head.column.key: head for head in table("q=row&page=2&sort=name").heads()}
    assert heads["name"].url == "/list/?q=row&sort=-name"
    assert heads["name"].direction == "ascending"
    assert heads["size"].url == "/list/?q=row&sort=size"


def test_cells_are_escaped() -> None:
    line = table("", [{"name": "<script>", "size": 1}]).lines()[0]
    from django.template import Context, Template

    text = Template("{% for c, v in line.cells %}{{ v }}{% endfor %}").render(
        Context({"line": line})
    )
    assert "&lt;script&gt;" in text


class Types(Table):
    columns = [Column("model", "Model", sort="model", main=True)]
    search = ["model"]
    page_size = 5


@pytest.mark.django_db
@pytest.mark.parametrize("size", [30, 3000])
def test_two_queries_whatever_the_size(size: int, django_assert_num_queries) -> None:
    ContentType.objects.all().delete()
    kinds = (ContentType(app_label="sample", model=f"model{n:05d}") for n in range(size))
    ContentType.objects.bulk_create(kinds)
    rows: QuerySet = ContentType.objects.all()
    with django_assert_num_queries(2):
        found = table("q=model&sort=model&page=2", rows, Types)
        assert [row.model for row in found.page.rows] == [f"model{n:05d}" for n in range(5, 10)]
        words = found.count_words
    assert words == ("30" if size == 30 else "1,000+")
