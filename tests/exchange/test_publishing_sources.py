"""Publishing a resource from a database or an API, on the page."""

import re

import pytest
from django.db import connection
from django.urls import reverse
from tests.exchange import sources
from tests.exchange.sources import CONTRACT, ROWS, SPACE

from heli.engines.contracts import dump_contract, write_yaml
from heli.exchange.connectors import open_connector
from heli.exchange.connectors.endpoints import endpoint
from heli.exchange.connectors.http import HttpConnector
from heli.exchange.models import Resource, Source
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.ledger.models import Fact
from heli.organisation.services import NewPerson, create_person

SECRET = "open sesame"


@pytest.fixture(autouse=True)
def allowed(settings):
    settings.HELI_SOURCE_HOSTS = ("127.0.0.0/8", "localhost")


@pytest.fixture
def keeper(exchange_city, client):
    return signed_in(client)


def signed_in(client):
    person = create_person(
        NewPerson("keeper", "甲", "A", department="xfjy", roles=frozenset({Role.STEWARD})),
        actor=HELI,
    )
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(kind):
    return reverse("exchange:publish_source", args=[kind])


def offer(**more):
    document = dump_contract(CONTRACT) | {"status": "active"}
    return {"contract": write_yaml(document), "headings": "names", "sharing": "unconditional",
            "update_cycle": "monthly", "ground": "", "source": "main"} | more  # fmt: skip


@pytest.fixture
def api(exchange_city):
    with sources.api() as handler:
        place = Source.objects.get(name="api").location
        Source.objects.all().delete()
        yield handler, offer(
            url=place["url"], header="X-Key", scheme="Token", password=SECRET, path="/things",
            records="data.items", subject_parameter="code", paging="offset",
        )  # fmt: skip


def mark(tried):
    """What the page that was looked over sends on."""
    return re.search(r'name="mark" value="([0-9a-f]{64})"', tried.text)[1]


def everything():
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            yield from (bytes(v) if isinstance(v, memoryview) else str(v).encode() for row in
                        cursor.fetchall() for v in row)  # fmt: skip


def test_an_api_is_tried_shown_starred_out_and_published(keeper, api):
    _handler, form = api
    tried = keeper.post(page("http"), form)
    assert tried.status_code == 200
    assert "10 条记录" in tried.text.replace("\u00a0", " ")
    assert SECRET not in tried.text
    assert not Source.objects.exists()
    assert not Resource.objects.filter(department="xfjy").exists()
    sealed = tried.context["sealed"]
    again = form | {"password": "", "sealed": sealed, "do": "publish", "mark": mark(tried)}
    answer = keeper.post(page("http"), again)
    assert answer.url == reverse("exchange:describe", args=["xfjy", "things"])
    row = Resource.objects.get(department="xfjy", name="things")
    assert row.options["source"] == "xfjy/main"
    assert endpoint(row.options, "http").secret == SECRET
    assert not any(SECRET.encode() in value for value in everything())
    found = open_connector(row.connector, CONTRACT, row.options).lookup("F007")
    assert found["beds"] == 7
    verbs = set(Fact.objects.values_list("verb", flat=True))
    assert {"exchange.source.registered", "exchange.resource.published"} <= verbs


def test_a_sealed_password_goes_nowhere_else(keeper, api):
    _handler, form = api
    sealed = keeper.post(page("http"), form).context["sealed"]
    elsewhere = form["url"].replace("127.0.0.1", "localhost")
    other = form | {"password": "", "sealed": sealed, "url": elsewhere}
    assert "不接受该用户和密码" in keeper.post(page("http"), other).text


def test_what_does_not_keep_the_contract_is_shown_and_not_published(keeper, api):
    handler, form = api
    handler.fault = "lies"
    tried = keeper.post(page("http"), form | {"paging": "none"})
    (conflict,) = tried.context["conflicts"]
    assert (conflict.said, conflict.count) == ("应为整数，实为文字", 1)
    assert 'value="publish"' not in tried.text
    refused = keeper.post(
        page("http"), form | {"paging": "none", "do": "publish", "mark": mark(tried)}
    )
    assert refused.status_code == 422
    assert not Source.objects.exists()


@pytest.mark.parametrize(
    ("change", "fault", "told"),
    [
        ({"password": "wrong"}, "", "不接受该用户和密码"),
        ({"records": "data"}, "", "应有记录的位置没有列表"),
        ({}, "babbles", "不是 JSON"),
        ({}, "breaks", "500"),
        ({"url": "http://127.0.0.1:1/v1"}, "", "没有应答"),
        ({"url": "http://example.com/v1"}, "", "example.com"),
        ({"subject_parameter": ""}, "", "二选一"),
    ],
)
def test_an_api_that_cannot_be_read_says_why(keeper, api, change, fault, told):
    handler, form = api
    handler.fault = fault
    answer = keeper.post(page("http"), form | change)
    assert told in answer.text
    assert SECRET not in answer.text
    assert form["path"] in answer.text


@pytest.fixture(params=["postgresql", "mysql"])
def database(request, exchange_city):
    options = sources.DATABASES[request.param](ROWS)
    kept = Source.objects.get()
    secret = endpoint({"source": kept.address}, request.param).secret
    place = kept.location
    kept.delete()
    view = options["table"]
    if request.param == "postgresql":
        with sources.psycopg.connect(sources.POSTGRES, autocommit=True) as there:
            there.execute(f'CREATE VIEW {SPACE}.named AS SELECT code, label, "床位 (张)" AS beds,'
                          f" share, open, since FROM {SPACE}.raw")  # fmt: skip
        named = f"{SPACE}.named"
    else:
        given = sources.MYSQL | {"database": SPACE, "charset": "utf8mb4", "autocommit": True}
        with sources.pymysql.connect(**given) as there, there.cursor() as cursor:
            cursor.execute("CREATE OR REPLACE VIEW named AS SELECT code, label,"
                           " `床位 (张)` AS beds, share, open, since FROM raw")  # fmt: skip
        named = "named"
    form = offer(host=place["host"], port=place["port"], database=place["database"],
                 user=place["user"], password=secret, table=named)  # fmt: skip
    return request.param, form, view


def test_a_database_is_tried_and_published(keeper, database):
    kind, form, _view = database
    tried = keeper.post(page(kind), form)
    assert tried.status_code == 200, tried.context["form"].errors
    assert len(tried.context["trial"].rows) == 10
    assert tried.context["conflicts"] == []
    answer = keeper.post(page(kind), form | {"do": "publish", "mark": mark(tried)})
    assert answer.status_code == 302
    row = Resource.objects.get(department="xfjy", name="things")
    assert open_connector(kind, CONTRACT, row.options).lookup("F007")["beds"] == 7


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"table": "nowhere"}, "没有 nowhere"),
        ({"table": "VIEW"}, "beds"),
        ({"database": "heli_no_such"}, "没有数据库 heli_no_such"),
        ({"user": "heli_nobody", "password": "x"}, "不接受该用户和密码"),
        ({"port": "1"}, "没有应答"),
        ({"host": "192.0.2.1"}, "192.0.2.1"),
        ({"source": "Main"}, "source"),
    ],
)
def test_a_database_that_cannot_be_read_says_why(keeper, database, change, told):
    kind, form, view = database
    change = {name: view if value == "VIEW" else value for name, value in change.items()}
    answer = keeper.post(page(kind), form | change | {"do": "publish"})
    assert answer.status_code < 500
    assert told in answer.text.partition('<form method="post" enctype')[0] + str(
        answer.context["form"].errors
    )
    assert not Resource.objects.filter(department="xfjy").exists()
    assert not Source.objects.exists()


def test_the_file_page_leads_there_and_only_stewards_go(keeper):
    assert page("mysql") in keeper.get(reverse("exchange:publish")).text
    assert keeper.get(page("postgresql")).status_code == 200
    assert keeper.get(page("oracle")).status_code == 404
    officer = create_person(
        NewPerson("other", "乙", "B", department="xfjy", roles=frozenset({Role.OFFICER})),
        actor=HELI,
    )
    keeper.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    assert keeper.get(page("mysql")).status_code == 403


@pytest.mark.parametrize(
    "change", [{"mark": ""}, {"sharing": "conditional"}, {"path": "/others"}, {"password": "else"}]
)
def test_only_what_was_looked_over_is_published(keeper, api, change):
    _handler, form = api
    sent = form | {"mark": mark(keeper.post(page("http"), form)), "do": "publish"}
    answer = keeper.post(page("http"), sent | change)
    assert answer.status_code != 302
    assert not Resource.objects.filter(department="xfjy").exists()
    assert not Source.objects.exists()


def test_what_was_not_looked_over_is_shown_once_more(keeper, api):
    _handler, form = api
    again = keeper.post(page("http"), form | {"do": "publish"})
    assert "请再核对一次" in again.text
    sent = form | {"do": "publish", "mark": mark(again)}
    assert keeper.post(page("http"), sent).status_code == 302


def test_no_transaction_is_open_while_an_api_is_tried(committed_city, client, monkeypatch):
    seen = []
    real = HttpConnector.peek

    def peek(self, limit):
        seen.append(connection.in_atomic_block)
        return real(self, limit)

    monkeypatch.setattr(HttpConnector, "peek", peek)
    signed_in(client)
    with sources.api() as handler:
        assert handler
        place = Source.objects.get(name="api").location
        form = offer(url=place["url"], header="X-Key", scheme="Token", password=SECRET,
                     path="/things", records="data.items", subject_parameter="code",
                     paging="offset", source="other")  # fmt: skip
        tried = client.post(page("http"), form)
        sent = form | {"do": "publish", "mark": mark(tried)}
        assert client.post(page("http"), sent).status_code == 302
    assert seen == [False, False]
