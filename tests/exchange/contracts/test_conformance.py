"""The conformance test against real endpoints, good ones and every kind of bad one."""

import datetime as dt
import ipaddress
from random import Random

import pytest
from django.utils import translation
from tests.exchange.endpoint import Endpoint, serving

from heli.engines.contracts import ServiceLevel, parse_contract
from heli.engines.contracts.examples import example_record
from heli.exchange.conformance import Check, State, Wanted, conform, read_outcomes
from heli.exchange.conformance.report import Detail
from heli.exchange.contracts.words import level
from heli.kernel import clock
from heli.kernel.outward import AddressRefusedError, Outward

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


def _property(name, logical, *, custom=(), **extra):
    pairs = [{"property": "titleEn", "value": name}, *custom]
    return {"name": name, "businessName": f"中文{name}", "logicalType": logical,
            "customProperties": pairs} | extra  # fmt: skip


DOCUMENT = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "wjw/owners",
    "version": "1.0.0",
    "status": "active",
    "slaProperties": [
        {"property": "freshness", "value": 2, "unit": "d"},
        {"property": "responseTime", "value": 2000, "unit": "ms"},
    ],
    "schema": [
        {
            "name": "owners",
            "businessName": "业主",
            "customProperties": [
                {"property": "titleEn", "value": "Owners"},
                {"property": "subjectType", "value": "person"},
            ],
            "quality": [{"metric": "rowCount", "mustBeGreaterThan": 100}],
            "properties": [
                _property("resident_id", "string", required=True, primaryKey=True, custom=[
                    {"property": "semanticType", "value": "resident_id"},
                    {"property": "subject", "value": True}]),
                _property("name", "string", required=True,
                          custom=[{"property": "semanticType", "value": "person_name"}],
                          quality=[{"metric": "nullValues", "mustBe": 0}]),
                _property("born", "date"),
                _property("longitude", "number", custom=[
                    {"property": "semanticType", "value": "longitude"},
                    {"property": "datum", "value": "GCJ02"}]),
                _property("rooms", "integer",
                          logicalTypeOptions={"minimum": 1, "maximum": 20}),
                _property("kind", "string",
                          custom=[{"property": "allowed", "value": ["flat", "house"]}]),
            ],
        }
    ],
}  # fmt: skip
CONTRACT = parse_contract(DOCUMENT)


def records(count=120):
    rng = Random(7)
    found = {}
    while len(found) < count:
        record = example_record(CONTRACT, rng)
        found[record["resident_id"]] = record
    return list(found.values())


def fresh(**ago):
    return (clock.now() - dt.timedelta(**ago)).isoformat()


def result_of(endpoint, **wanted):
    with serving(endpoint) as url:
        return conform(Wanted(CONTRACT, url, allowed=LOOPBACK, **wanted))


def states(report):
    return {outcome.check: outcome.state for outcome in report.outcomes}


def test_a_good_endpoint_conforms():
    endpoint = Endpoint(CONTRACT, records(), as_of=fresh(hours=3))
    report = result_of(endpoint, key="secret")
    assert report.passed, report.as_dict()
    assert set(states(report).values()) == {State.PASSED}
    assert list(states(report)) == list(Check)
    assert report.records == 120
    assert endpoint.seen[0]["Authorization"] == "Bearer secret"
    assert "secret" not in str(report.as_dict())
    kept = read_outcomes(report.as_dict())
    assert kept == report.outcomes
    assert len(report.digest) == 64


def test_no_value_of_a_record_is_in_the_report():
    rows = records()
    rows[3]["resident_id"] = "110105194912310021"
    rows[5]["name"] = 13800000000
    report = result_of(Endpoint(CONTRACT, rows, as_of=fresh(hours=1)))
    text = str(report.as_dict())
    assert states(report)[Check.RECORDS] is State.FAILED
    assert "110105194912310021" not in text
    assert "13800000000" not in text
    assert "#4 resident_id" in text


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("html", Check.SHAPE),
        ("no next", Check.SHAPE),
        ("ignores the limit", Check.SHAPE),
        ("circle", Check.SHAPE),
        ("redirects", Check.SHAPE),
        ("loses records", Check.PAGING),
        ("order changes", Check.PAGING),
        ("order changes", Check.STABLE),
        ("repeats records", Check.KEYS),
        ("takes any limit", Check.ERRORS),
        ("takes any cursor", Check.ERRORS),
        ("takes any identifier", Check.ERRORS),
        ("plain errors", Check.ERRORS),
        ("crashes", Check.ERRORS),
        ("other status", Check.ERRORS),
        ("wrong person", Check.LOOKUP),
        ("finds nobody", Check.LOOKUP),
        ("other values", Check.LOOKUP),
    ],
)
def test_a_fault_is_found_by_its_check(fault, check):
    report = result_of(Endpoint(CONTRACT, records(), as_of=fresh(hours=3), faults={fault}))
    assert states(report)[check] is State.FAILED
    assert not report.passed
    assert "{" not in "".join(
        detail.filled() for each in report.outcomes for detail in (each.said, *each.details)
    )


@pytest.mark.parametrize(
    "change",
    [
        {"name": None},
        {"born": "2026-02-30"},
        {"longitude": 150.0},
        {"rooms": 21},
        {"rooms": "3"},
        {"kind": "castle"},
        {"beyond": 1},
    ],
)
def test_a_record_that_breaks_the_contract_is_found(change):
    rows = records()
    rows[60] |= change
    assert states(result_of(Endpoint(CONTRACT, rows, as_of=fresh())))[Check.RECORDS] is State.FAILED


def test_quality_freshness_and_speed_are_held_against_the_promise():
    few = result_of(Endpoint(CONTRACT, records(50), as_of=fresh(days=3)))
    assert states(few)[Check.QUALITY] is State.FAILED
    assert states(few)[Check.FRESHNESS] is State.FAILED
    silent = result_of(Endpoint(CONTRACT, records()))
    assert states(silent)[Check.FRESHNESS] is State.FAILED
    slow = Endpoint(CONTRACT, records(), as_of=fresh(), faults={"slow"})
    assert states(result_of(slow, answer_seconds=0.1))[Check.RESPONSE_TIME] is State.FAILED


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0023, "2 milliseconds"), (0.3, "300 milliseconds"), (1, "1 second"), (2.0, "2 seconds"),
     (2.25, "2.2 seconds"), (600, "10 minutes"), (3600, "1 hour"), (5400, "90 minutes"),
     (90_000, "25 hours"), (259_200, "3 days"), (-86_400, "-1 day"), (0, "less than a second")],
)  # fmt: skip
def test_a_length_of_time_is_told_in_a_fitting_unit(seconds, shown):
    detail = Detail("{found_seconds} of {count}", {"found_seconds": seconds, "count": 2.0})
    assert detail.filled() == f"{shown} of 2.0"


@pytest.mark.parametrize("fault", ["hangs", "endless"])
def test_an_endpoint_that_never_ends_costs_little(fault):
    endpoint = Endpoint(CONTRACT, records(), faults={fault})
    report = result_of(endpoint, most_seconds=0.5)
    assert states(report)[Check.REACHABLE] is State.FAILED
    assert set(list(states(report).values())[1:]) == {State.SKIPPED}


def test_nobody_there():
    report = conform(Wanted(CONTRACT, "http://127.0.0.1:9", allowed=LOOPBACK))
    assert states(report)[Check.REACHABLE] is State.FAILED


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com", "file:///etc/passwd", "http://", "http://user:pw@example.com",
     "https://example.com/?key=1", "https://example.com/#x", "http://[::1", "http://a b",
     "http://exämple.com", "//example.com", "http://example.com:99999"],
)  # fmt: skip
def test_addresses_that_may_not_be_called_are_refused_as_written(url):
    with pytest.raises(AddressRefusedError):
        Outward(url)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[::1]", "0.0.0.0",
     "[::ffff:127.0.0.1]", "[fd00::1]", "100.64.0.1", "2130706433", "0x7f.1"],
)  # fmt: skip
def test_private_networks_are_not_entered(host):
    endpoint = Endpoint(CONTRACT, records(3))
    with serving(endpoint) as url:
        port = url.rpartition(":")[2]
        with Outward(f"http://{host}:{port}") as outward, pytest.raises(AddressRefusedError):
            outward.call("GET", "/records")
    assert endpoint.calls == 0


def test_a_redirect_is_not_followed():
    endpoint = Endpoint(CONTRACT, records(3), faults={"redirects"})
    with serving(endpoint) as url, Outward(url, allowed=LOOPBACK) as outward:
        assert outward.call("GET", "/records").status == 302
    assert endpoint.calls == 1


@pytest.mark.parametrize(
    ("value", "unit", "chinese", "english"),
    [
        (2000, "ms", "2 秒", "2 seconds"),
        (1, "h", "1 小时", "1 hour"),
        (1, "d", "1 天", "1 day"),
        (99.5, "percent", "99.5 %", "99.5 %"),
    ],
)
def test_a_service_level_is_told_in_the_readers_words(value, unit, chinese, english):
    promise = ServiceLevel("latency", value, unit)
    with translation.override("zh-hans"):
        assert level(promise)[1] == chinese
    with translation.override("en"):
        assert level(promise)[1] == english
