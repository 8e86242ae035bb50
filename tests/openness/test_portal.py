"""The portal as a resident uses it, and as somebody attacks it."""

import csv
import datetime as dt
import hashlib
import io
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import connection
from tests.openness.conftest import BEDS, FIRMS, STEWARD, open_beds, open_firms, terms

from heli.errors import BadInputError
from heli.exchange.connectors.duck import ParquetReader
from heli.exchange.models import Category, Entry, Resource
from heli.kernel.home import home
from heli.ledger.models import Fact
from heli.openness import errors, services
from heli.openness.models import Downloads, Edition
from heli.openness.portal import files, limits
from heli.openness.services import editions


def body(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def rows_of(client, slug):
    return json.loads(body(client.get(f"/open/{slug}/data.json")))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("path", ["/open/", "/open/hospital-beds/", "/open/enterprise-statistics/"])
def test_every_page_opens_without_a_login(client, beds, firms, path, language):
    page = client.get(path, headers={"accept-language": language})
    assert page.status_code == 200
    assert ("Hospital beds" in page.text) == (language == "en" and "enterprise" not in path)


def test_the_three_files_say_the_same(client, beds):
    listed = rows_of(client, "hospital-beds")
    table = list(
        csv.DictReader(
            io.StringIO(body(client.get("/open/hospital-beds/data.csv")).decode("utf-8-sig"))
        )
    )
    columns = pq.read_table(pa.BufferReader(body(client.get("/open/hospital-beds/data.parquet"))))
    assert columns.to_pylist() == listed
    assert [row["name"] for row in table] == [row["name"] for row in listed]
    assert len(listed) == 24
    assert set(listed[0]) == {field["field"] for field in BEDS["fields"]}
    assert all(row["occupied"] % 50 == 0 for row in listed)


def test_no_transaction_is_open_while_a_source_is_read(committed_city, monkeypatch):
    seen = []
    real = ParquetReader.scan

    def scan(self, *args, **more):
        seen.append(connection.in_atomic_block)
        return real(self, *args, **more)

    monkeypatch.setattr(ParquetReader, "scan", scan)
    open_beds(committed_city)
    assert seen == [False]


def test_a_file_is_what_the_ledger_says(client, beds):
    answer = client.get("/open/hospital-beds/data.csv")
    content = body(answer)
    fact = Fact.objects.get(verb="openness.edition.issued")
    assert fact.data["csv_sha256"] == hashlib.sha256(content).hexdigest()
    assert int(answer["Content-Length"]) == len(content)
    again = client.get("/open/hospital-beds/data.csv", headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304
    assert not again.content


def test_the_same_content_makes_no_new_edition(beds):
    assert services.issue(beds).number == 1
    assert Edition.objects.count() == 1
    assert Fact.objects.filter(verb="openness.edition.issued").count() == 1


def test_what_is_searched_is_found_and_narrowed(client, beds, firms):
    found = client.get("/open/", {"q": "床位"}).text
    assert "医院床位" in found
    assert "enterprise-statistics" not in found
    assert "enterprise-statistics" in client.get("/open/", {"theme": "economy"}).text
    assert "hospital-beds" not in client.get("/open/", {"theme": "economy"}).text
    nothing = client.get("/open/", {"q": "不存在的词"}).text
    assert "hospital-beds" not in nothing
    assert "申请" in nothing or "Search" in nothing


def test_downloads_are_counted_and_nobody_is_tracked(client, beds):
    for _ in range(3):
        body(client.get("/open/hospital-beds/data.csv"))
    client.head("/open/hospital-beds/data.csv")
    row = Downloads.objects.get(format="csv")
    assert (row.format, row.count) == ("csv", 3)
    names = {field.name for field in Downloads._meta.get_fields()}
    assert names == {"id", "publication", "day", "format", "count"}
    assert client.get("/open/hospital-beds/data.json").cookies == {}


def test_the_feed_tells_openings_and_closings(client, beds):
    assert "<entry>" in client.get("/open/feed.atom").content.decode()
    services.withdraw(beds, actor=STEWARD, reason="数据有误")
    assert "数据有误" in client.get("/open/feed.atom").content.decode()


# Attacks


@pytest.mark.parametrize(
    "path",
    [
        "/open/residents/", "/open/hospital_beds/", "/open/../healthz/x/", "/open/%2e%2e/",
        "/open/hospital-beds/data.exe", "/open/hospital-beds/data.sqlite3",
        "/open/hospital-beds/2.csv", "/open/hospital-beds/data.csv/../../../../etc/passwd",
        "/open/nothing/data.csv", "/open/nothing/dataset.jsonld", "/open/nothing/feed.atom",
    ],
)  # fmt: skip
def test_what_is_not_open_cannot_be_guessed(client, beds, path):
    assert client.get(path).status_code == 404


def test_a_closed_dataset_is_gone_with_its_files(client, beds, django_capture_on_commit_callbacks):
    place = home() / "open" / str(beds.pk)
    assert list(place.iterdir())
    with django_capture_on_commit_callbacks(execute=True):
        services.withdraw(beds, actor=STEWARD, reason="重复")
    assert not place.exists()
    for path in ("/open/hospital-beds/", "/open/hospital-beds/data.csv"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "重复" not in answer.text
    assert client.get("/api/v1/openness/datasets/hospital-beds").status_code == 404
    assert beds.editions.get().preview == []


IDENTITY = re.compile(r"(?<!\d)\d{17}[\dX](?!\d)")


def test_no_page_and_no_file_tells_of_a_person(client, exchange_city):
    open_firms(exchange_city)
    open_firms_as_records(exchange_city)
    texts = [
        body(client.get(path)).decode(errors="replace")
        for slug in ("enterprise-statistics", "enterprises")
        for path in (f"/open/{slug}/", f"/open/{slug}/data.csv", f"/open/{slug}/data.json",
                     f"/api/v1/openness/datasets/{slug}")
    ]  # fmt: skip
    for text in texts:
        assert "示例居民" not in text
        assert not IDENTITY.search(text)


def open_firms_as_records(resources):
    row = services.publish(
        actor=STEWARD, resource=resources["enterprises"], slug="enterprises", kind="records",
        rules={"fields": [{"field": "credit_code"}, {"field": "name"}, {"field": "trade"}]},
        terms=terms(title_zh="企业名录", theme="economy", keywords=()),
    )  # fmt: skip
    services.issue(row)
    return row


def test_statistics_and_preview_know_no_small_group(client, exchange_city):
    row = open_firms(exchange_city, FIRMS | {"least": 5})
    edition = row.editions.get()
    assert edition.suppressed > 0
    told = rows_of(client, "enterprise-statistics")
    assert all(each["count"] >= 5 for each in told)
    assert edition.preview == told[: len(edition.preview)]
    # What is measured is measured of the rows that leave, so it adds nothing to them.
    measured = edition.profile["fields"]["trade"].get("values", [])
    assert sum(n for _value, n in measured) == sum(each["count"] for each in told)


def test_a_register_is_counted_in_one_way_only(exchange_city):
    """Else a small count is the difference of two that are told."""
    open_firms(exchange_city)
    with pytest.raises(errors.OpenAlreadyError):
        services.publish(
            actor=STEWARD, resource=exchange_city["enterprises"], slug="other", kind="statistics",
            rules={"fields": [{"field": "trade"}]}, terms=terms(),
        )  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_of_a_csv_file_is_a_formula(text):
    assert files._cell(text) == f"'{text}"


@pytest.mark.parametrize("value", [-5, -1.5, "", None, "普通", True])
def test_what_is_no_text_stays_what_it_is(value):
    assert not str(files._cell(value)).startswith("'")


def test_a_title_cannot_break_a_page_or_the_feed(client, exchange_city):
    attack = "<script>alert(1)</script>\x0b&"
    open_beds(exchange_city, title_zh=attack, description_zh=attack, keywords=(attack[:30],))
    for path in ("/open/", "/open/hospital-beds/", "/open/feed.atom"):
        assert b"<script>alert" not in client.get(path).content
    json.loads(client.get("/open/catalog.jsonld").content)


@pytest.mark.parametrize("page", ["0", "-1", "99999999999999", "x", "1e9"])
def test_absurd_pages_are_answered(client, beds, page):
    assert client.get("/open/", {"page": page, "q": "a" * 5000, "sort": "x"}).status_code == 200
    limit = client.get("/api/v1/openness/datasets", {"limit": "100000"})
    assert limit.status_code == 422


def test_too_many_requests_of_one_address_are_slowed(client, beds, monkeypatch):
    monkeypatch.setattr(limits.downloads, "_limit", 3)
    answers = [client.get("/open/hospital-beds/data.csv").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    other = client.get("/open/hospital-beds/data.csv", REMOTE_ADDR="203.0.113.9")
    assert other.status_code == 200


def test_the_brake_forgets_and_stays_small():
    moment = [0.0]
    brake = limits.Brake(1, 60, lambda: moment[0])
    brake.check("a")
    with pytest.raises(errors.TooOftenError):
        brake.check("a")
    moment[0] = 61
    brake.check("a")
    for number in range(limits.MOST_ADDRESSES + 10):
        moment[0] += 0.01
        brake.check(str(number))
    assert len(brake._seen) <= limits.MOST_ADDRESSES + 2


# Decisions


def test_a_source_that_cannot_be_read_leaves_the_last_edition(client, beds):
    Resource.objects.filter(pk=beds.resource_id).update(options={"file": "gone.parquet"})
    with pytest.raises(errors.EditionFailedError):
        services.issue(beds)
    beds.refresh_from_db()
    assert beds.trouble
    assert client.get("/open/hospital-beds/data.csv").status_code == 200
    assert not list((home() / "open").glob("new-*"))


def test_a_contract_that_became_stricter_closes_the_dataset(client, beds):
    resource = beds.resource
    document = resource.contract
    document["version"] = "1.1.0"
    for each in document["schema"][0]["properties"]:
        if each["name"] == "beds":
            each["classification"] = "highly_sensitive"
    Resource.objects.filter(pk=resource.pk).update(contract=document, contract_version="1.1.0")
    assert services.issue_due() == 0
    assert client.get("/open/hospital-beds/data.csv").status_code == 404
    fact = Fact.objects.get(verb="openness.dataset.withdrawn")
    assert fact.data["reason"] == editions.CLOSED_BY_CONTRACT


def test_another_decision_takes_the_old_files_back(client, beds):
    fewer = {"fields": [{"field": "name"}, {"field": "beds"}]}
    services.change(beds, actor=STEWARD, rules=fewer, terms=terms())
    assert client.get("/open/hospital-beds/data.json").status_code == 503
    assert services.issue_due() == 1
    assert set(rows_of(client, "hospital-beds")[0]) == {"name", "beds"}


def test_what_the_catalogue_calls_closed_is_not_opened_singly(exchange_city):
    resource = exchange_city["hospital_beds"]
    Category.objects.get_or_create(code="199", defaults={"title_zh": "测试"})
    Entry.objects.update_or_create(
        resource=resource,
        defaults={"category_id": "199", "code": "199/9", "summary_zh": "床位", "format": "columnar",
                  "openness": "closed", "first_published_on": dt.date(2026, 1, 1), "words": ""},
    )  # fmt: skip
    with pytest.raises(errors.OpeningRefusedError):
        open_beds(exchange_city)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title_zh": " "}, "title_zh"),
        ({"licence": "none"}, "licence"),
        ({"licence": "other"}, "licence_name"),
        ({"licence": "other", "licence_name": "x", "licence_url": "javascript:x"}, "licence_url"),
        ({"contact_email": "", "contact_phone": ""}, "contact_email"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"theme": "x"}, "theme"),
        ({"legal_basis": ""}, "legal_basis"),
    ],
)
def test_bad_terms_are_refused_by_name(exchange_city, change, field):
    with pytest.raises(BadInputError) as refused:
        open_beds(exchange_city, **change)
    assert refused.value.field == field


@pytest.mark.parametrize("slug", ["catalog", "feed", "a b", "../x", ""])
def test_an_address_that_is_none_is_refused(exchange_city, slug):
    with pytest.raises((BadInputError, errors.AddressTakenError)):
        services.publish(actor=STEWARD, resource=exchange_city["hospital_beds"], slug=slug,
                         kind="records", rules=BEDS, terms=terms())  # fmt: skip


def test_robots_read_the_open_data_and_nothing_else(client, db):
    text = client.get("/robots.txt").text
    assert "Allow: /open/" in text
    assert "Disallow: /\n" in text
