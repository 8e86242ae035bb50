"""Describing where data lies: credentials stay sealed, hosts are the operator's to allow."""

import json

import pytest
from django.db import connection
from tests.exchange import sources
from tests.exchange.sources import CONTRACT

from heli.errors import BadInputError
from heli.exchange import errors, services
from heli.exchange.connectors import CONNECTORS, open_connector
from heli.exchange.connectors.endpoints import endpoint
from heli.exchange.models import Source, SourceKind
from heli.exchange.sealing import seal, unseal
from heli.kernel.actor import HELI
from heli.kernel.home import folder
from heli.kernel.permissions import Role
from heli.ledger.models import Fact

API = "/api/v1/exchange"
PLACE = {"host": "127.0.0.1", "port": 5432, "database": "beds", "user": "heli"}
SECRET = "correct horse battery staple"


@pytest.fixture(autouse=True)
def allowed(settings, city):
    settings.HELI_SOURCE_HOSTS = ("127.0.0.0/8", "db.example")


@pytest.fixture
def keeper(client, steward):
    client.force_login(steward, backend="django.contrib.auth.backends.ModelBackend")
    return client


def put(client, name, **body):
    return client.put(f"{API}/sources/{name}", json.dumps(body), content_type="application/json")


def everything():
    """Every byte of every row."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            yield from (bytes(v) if isinstance(v, memoryview) else str(v).encode() for row in
                        cursor.fetchall() for v in row)  # fmt: skip


def test_a_credential_is_kept_sealed_used_and_never_shown(keeper):
    answer = put(keeper, "main", kind="postgresql", location=PLACE, secret=SECRET)
    assert answer.status_code == 200
    assert answer.json()["has_credential"] is True
    listed = keeper.get(f"{API}/sources")
    assert SECRET not in answer.text + listed.text
    assert not any(SECRET.encode() in value for value in everything())
    assert SECRET not in repr(endpoint({"source": "xfjy/main"}, "postgresql"))
    assert endpoint({"source": "xfjy/main"}, "postgresql").secret == SECRET
    fact = Fact.objects.get(verb="exchange.source.registered")
    assert fact.data == {"source": "xfjy/main", "kind": "postgresql"}


def test_a_credential_stays_with_its_place(keeper):
    put(keeper, "main", kind="postgresql", location=PLACE, secret=SECRET)
    put(keeper, "main", kind="postgresql", location=PLACE)
    assert endpoint({"source": "xfjy/main"}, "postgresql").secret == SECRET
    put(keeper, "main", kind="postgresql", location=PLACE | {"host": "127.0.0.2"})
    assert endpoint({"source": "xfjy/main"}, "postgresql").secret == ""


def test_a_sealed_credential_opens_for_its_own_source_only():
    sealed = seal("xfjy/main", SECRET)
    assert unseal("xfjy/main", sealed) == SECRET
    for address, content in (("jyj/main", sealed), ("xfjy/main", sealed[:-1] + b"x")):
        with pytest.raises(OSError, match="enter it anew"):
            unseal(address, content)


@pytest.mark.parametrize(
    ("kind", "location"),
    [
        ("postgresql", PLACE | {"host": "10.0.0.1"}),
        ("postgresql", PLACE | {"host": "localhost"}),
        ("mysql", PLACE | {"host": "db.example.evil.example"}),
        ("http", {"url": "http://169.254.169.254/latest"}),
        ("http", {"url": "http://[::1]/"}),
        ("http", {"url": "http://127.0.0.1.example/"}),
    ],
)
def test_heli_calls_no_host_that_the_operator_has_not_allowed(keeper, kind, location):
    answer = put(keeper, "main", kind=kind, location=location)
    assert (answer.status_code, answer.json()["code"]) == (403, "exchange.source_host")
    assert not Source.objects.exists()


def test_a_host_that_is_no_longer_allowed_is_left(settings):
    sources.register("main", SourceKind.POSTGRESQL, PLACE)
    settings.HELI_SOURCE_HOSTS = ()
    with pytest.raises(errors.SourceHostError):
        open_connector("postgresql", CONTRACT, {"source": "xfjy/main", "table": "t"})


@pytest.mark.parametrize(
    ("kind", "location"),
    [
        ("postgresql", {"host": "127.0.0.1"}),
        ("postgresql", PLACE | {"port": "5432"}),
        ("postgresql", PLACE | {"options": "-c x"}),
        ("http", {"url": "file:///etc/passwd"}),
        ("http", {"url": "http://me:pw@127.0.0.1/"}),
        ("http", {"url": "http://127.0.0.1/?key=1"}),
        ("http", {"url": "http://127.0.0.1/", "header": "X\r\nY"}),
    ],
)
def test_a_place_that_cannot_be_one(keeper, kind, location):
    answer = put(keeper, "main", kind=kind, location=location, secret="x")
    assert (answer.status_code, answer.json()["code"]) == (422, "input.bad")


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("csv", {}),
        ("csv", {"file": "../keys/ledger-log.csv"}),
        ("csv", {"file": "/etc/passwd"}),
        ("csv", {"file": "a/b/c.csv"}),
        ("csv", {"file": "things.parquet"}),
        ("csv", {"file": "t.csv", "encoding": "latin-1"}),
        ("csv", {"file": "t.csv", "delimiter": "'"}),
        ("csv", {"file": "t.csv", "columns": {"nothing": "x"}}),
        ("csv", {"file": "t.csv", "columns": {"code": 'x" FROM y --'}}),
        ("sqlite", {"file": "t.sqlite3", "table": 't"; DROP TABLE t; --'}),
        ("sqlite", {"file": "t.sqlite3"}),
        ("postgresql", {"source": "xfjy/none", "table": "t"}),
        ("postgresql", {"source": "none", "table": "t"}),
        ("postgresql", {"table": "t"}),
        ("http", {"source": "xfjy/none", "path": "/x", "subject_parameter": "id"}),
    ],
)
def test_options_that_cannot_be_meant(kind, options):
    with pytest.raises(BadInputError):
        open_connector(kind, CONTRACT, options)


def test_an_api_needs_one_way_to_ask_for_one_record():
    sources.register("api", SourceKind.HTTP, {"url": "http://127.0.0.1:1"})
    for options in (
        {"path": "/x"},
        {"path": "x", "subject_parameter": "id"},
        {"path": "/x", "subject_parameter": "id", "record_path": "/x/{subject}"},
        {"path": "/x", "subject_parameter": "id", "paging": {"kind": "cursor"}},
        {"path": "/x", "subject_parameter": "id", "paging": {"kind": "spiral"}},
    ):
        with pytest.raises(BadInputError):
            open_connector("http", CONTRACT, {"source": "xfjy/api"} | options)


def test_a_source_is_removed_when_nothing_is_read_from_it(keeper):
    put(keeper, "main", kind="postgresql", location=PLACE, secret=SECRET)
    body = published(connector="postgresql", options={"source": "xfjy/main", "table": "t"})
    publish = keeper.post(f"{API}/resources", body, content_type="application/json")
    assert publish.status_code == 201
    refused = keeper.delete(f"{API}/sources/main")
    assert (refused.status_code, refused.json()["code"]) == (409, "exchange.source_in_use")
    keeper.post(f"{API}/resources/xfjy/things/withdraw", content_type="application/json")
    assert keeper.delete(f"{API}/sources/main").status_code == 204
    assert keeper.delete(f"{API}/sources/main").status_code == 404


def published(**change):
    from heli.engines.contracts import dump_contract

    return {"contract": dump_contract(CONTRACT), "connector": "csv",
            "options": {"file": "xfjy/things.csv"}, "sharing": "unconditional",
            "update_cycle": "daily"} | change  # fmt: skip


def test_a_department_sends_a_file_and_publishes_it(keeper):
    sources.write_csv(sources.ROWS, "sent.csv")
    content = (folder("registers") / "sent.csv").read_bytes()
    sent = keeper.put(f"{API}/files/things.csv", content, content_type="text/csv")
    assert sent.json() == {"file": "xfjy/things.csv"}
    body = published(options={"file": "xfjy/things.csv", "columns": sources.COLUMNS})
    answer = keeper.post(f"{API}/resources", body, content_type="application/json")
    assert (answer.status_code, answer.json()["address"]) == (201, "xfjy/things")
    reader = open_connector("csv", CONTRACT, body["options"])
    assert reader.lookup("F007") == sources.ROWS[7]
    assert Fact.objects.get(verb="exchange.file.received").data["size"] == len(content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("things.exe", b"MZ"),
        ("Things.csv", b"a,b"),
        ("..%2Fthings.csv", b"a,b"),
        ("things.csv", b""),
        ("things.csv", b"\x00\x01"),
        ("things.xlsx", b"a,b"),
        ("things.parquet", b"a,b"),
        ("things.csv", b"a" * (8 * 1024 * 1024 + 1)),
    ],
)
def test_a_file_that_is_not_taken(keeper, name, content):
    answer = keeper.put(f"{API}/files/{name}", content, content_type="text/csv")
    assert answer.status_code in {404, 422}
    kept = folder("registers") / "xfjy" / name
    assert not content or not kept.exists() or kept.read_bytes() != content


@pytest.mark.parametrize("options", [{"file": "residents.csv"}, {"file": "gaj/residents.csv"}])
def test_nobody_publishes_what_another_department_keeps(keeper, options):
    answer = keeper.post(f"{API}/resources", published(options=options),
                         content_type="application/json")  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (403, "exchange.foreign_source")


@pytest.mark.parametrize("kind", CONNECTORS)
@pytest.mark.parametrize("foreign", ["residents.parquet", "gaj/residents.csv", "gaj/main"])
def test_no_other_option_hides_whose_data_is_read(keeper, kind, foreign):
    """Only what the connector reads says whose it is, and nothing else may stand beside it."""
    place = CONNECTORS[kind].place
    other = {"file": "source", "source": "file"}[place]
    for own in ("xfjy/things.csv", "xfjy/main", ""):
        answer = keeper.post(
            f"{API}/resources",
            published(connector=kind, options={place: foreign, other: own, "columns": {}}),
            content_type="application/json",
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "exchange.unknown_option")
    answer = keeper.post(f"{API}/resources", published(connector=kind, options={place: foreign}),
                         content_type="application/json")  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (403, "exchange.foreign_source")


@pytest.mark.parametrize("role", [Role.OFFICER, Role.HEAD, Role.SYSTEM_ADMIN, Role.APPLICANT])
def test_only_stewards_describe_sources(client, make_person, role):
    client.force_login(
        make_person("other", role, department="" if role == Role.APPLICANT else "xfjy"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert client.get(f"{API}/sources").status_code == 403
    assert put(client, "main", kind="postgresql", location=PLACE).status_code == 403
    assert client.put(f"{API}/files/a.csv", b"a", content_type="text/csv").status_code == 403


def test_a_change_of_a_source_reaches_every_process():
    from heli.exchange.models import Revision

    sources.register("main", SourceKind.POSTGRESQL, PLACE)
    before = Revision.objects.get().number
    services.register_source(actor=HELI, department="xfjy", name="main",
                             kind=SourceKind.POSTGRESQL, location=PLACE, secret="new")  # fmt: skip
    assert Revision.objects.get().number == before + 1
