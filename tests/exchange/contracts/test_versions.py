"""Versions of a contract: judged, announced, let in, told to who uses them."""

import copy
import datetime as dt

import jsonschema
import pytest
from django.urls import reverse
from openapi_spec_validator import OpenAPIV31SpecValidator

from heli.demo import registers
from heli.engines.contracts import dump_contract, parse_contract, read_text, write_yaml
from heli.exchange import errors as exchange_errors
from heli.exchange import services as exchange
from heli.exchange.contracts import deprecation, errors, selectors, services
from heli.exchange.models import ContractVersion
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.permissions import Role
from heli.ledger.models import Fact
from heli.organisation.models import Person
from heli.organisation.services import NewPerson, create_person

BACKEND = "django.contrib.auth.backends.ModelBackend"
STEWARD = Actor("person", "1", "gaj")


def changed(version, *, drop=(), add=(), **of_field):
    document = copy.deepcopy(registers.contract_document("residents"))
    table = document["schema"][0]
    table["properties"] = [
        {**entry, **of_field.get(entry["name"], {})}
        for entry in table["properties"]
        if entry["name"] not in drop
    ]
    for name in add:
        table["properties"].append(
            {"name": name, "businessName": f"中文{name}", "logicalType": "string",
             "required": False, "classification": "internal",
             "customProperties": [{"property": "titleEn", "value": name}]}
        )  # fmt: skip
    return parse_contract(document | {"version": version})


def in_days(days):
    return clock.today() + dt.timedelta(days=days)


@pytest.fixture
def residents(exchange_city):
    deprecation.forget()
    yield exchange_city["residents"]
    deprecation.forget()


def fresh(resource):
    resource.refresh_from_db()
    return resource


def test_the_first_version_is_kept(residents):
    (row,) = selectors.versions(residents)
    assert (row.version, row.in_force, row.announced) == ("1.1.0", True, False)
    assert row.document == residents.contract
    fact = Fact.objects.filter(verb="exchange.resource.published").order_by("pk")
    assert residents.address in {each.data["resource"] for each in fact}


def test_what_breaks_nobody_is_in_force_at_once(residents):
    row = services.publish_version(residents, changed("1.2.0", add=["nickname"]), actor=STEWARD)
    assert row.in_force
    assert fresh(residents).contract_version == "1.2.0"
    old = selectors.version(residents, "1.1.0")
    assert old.ended_at is not None
    assert [each.version for each in selectors.versions(residents)] == ["1.2.0", "1.1.0"]


@pytest.mark.parametrize(
    ("contract", "error"),
    [
        (lambda: changed("1.1.0", drop=["born"]), exchange_errors.VersionError),
        (lambda: changed("1.0.9", drop=["born"]), exchange_errors.VersionError),
        (lambda: changed("1.2.0", drop=["born"]), errors.WrongNumberError),
        (lambda: changed("1.1.1", add=["nickname"]), errors.WrongNumberError),
        (lambda: changed("2.0.0", drop=["born"]), errors.SunsetMissingError),
    ],
)
def test_a_version_that_claims_too_much_is_refused(residents, contract, error):
    with pytest.raises(error) as caught:
        services.publish_version(residents, contract(), actor=STEWARD)
    assert "{" not in caught.value.detail() + caught.value.advice()
    assert fresh(residents).contract_version == "1.1.0"
    assert ContractVersion.objects.filter(resource=residents).count() == 1


def test_another_resources_contract_is_refused(residents):
    other = parse_contract(registers.contract_document("parcels"))
    with pytest.raises(errors.DifferentResourceError):
        services.publish_version(residents, other, actor=STEWARD)


def test_small_steps_within_a_major_may_not_add_up_to_a_break(residents):
    """A field is added in one minor version and may not go in the next."""
    services.publish_version(residents, changed("1.2.0", add=["nickname"]), actor=STEWARD)
    with pytest.raises(errors.WrongNumberError) as caught:
        services.publish_version(fresh(residents), changed("1.3.0"), actor=STEWARD)
    assert caught.value.figures["least"] == "2.0.0"


def announce(residents, days=40):
    return services.publish_version(
        residents, changed("2.0.0", drop=["born"]), actor=STEWARD, sunset=in_days(days)
    )


def test_what_breaks_consumers_waits_for_the_last_day_and_they_are_told(residents):
    with pytest.raises(errors.SunsetTooSoonError):
        announce(residents, days=29)
    row = announce(residents)
    assert row.announced
    assert fresh(residents).contract_version == "1.1.0"
    fact = Fact.objects.get(verb="exchange.contract.announced")
    assert fact.data["replaces"] == "1.1.0"
    assert "scjg" in fact.data["consumers"]
    assert fact.data["breaks"] == ["field_removed"]
    ending = selectors.ending(residents)
    assert (ending.version, ending.successor, ending.last_day) == ("1.1.0", "2.0.0", in_days(40))
    assert [each.resource for each in selectors.endings("scjg")] == [residents]
    assert selectors.endings("sthj") == []
    headers = dict(deprecation.headers(residents.address))
    assert headers[b"deprecation"] == f"@{int(ending.since.timestamp())}".encode()
    assert headers[b"sunset"].endswith(b" GMT")
    assert b'rel="successor-version"' in headers[b"link"]
    assert deprecation.headers("gaj/households") == ()
    with pytest.raises(errors.AnnouncedAlreadyError):
        services.publish_version(residents, changed("3.0.0", drop=["sex"]), actor=STEWARD)


def test_an_announced_version_comes_in_after_the_last_day_and_not_before(residents):
    announce(residents)
    assert services.let_due_versions_in() == 0
    midnight = dt.datetime.combine(in_days(41), dt.time(), clock.SHANGHAI)
    with clock.frozen(midnight - dt.timedelta(seconds=1)):
        assert services.let_due_versions_in() == 0
    with clock.frozen(midnight + dt.timedelta(seconds=1)):
        assert services.let_due_versions_in() == 1
        assert services.let_due_versions_in() == 0
        assert fresh(residents).contract_version == "2.0.0"
        assert deprecation.headers(residents.address) == ()
    assert selectors.version(residents, "1.1.0").ended_at is not None
    assert Fact.objects.filter(verb="exchange.contract.ended").count() == 1


def test_an_announcement_can_be_taken_back(residents):
    announce(residents)
    services.withdraw_announcement(residents, "2.0.0", actor=STEWARD, reason="尚未就绪")
    assert selectors.ending(residents) is None
    assert deprecation.headers(residents.address) == ()
    with clock.frozen(clock.now() + dt.timedelta(days=90)):
        assert services.let_due_versions_in() == 0
    with pytest.raises(errors.NotAnnouncedError):
        services.withdraw_announcement(residents, "1.1.0", actor=STEWARD, reason="x")
    with pytest.raises(errors.UnknownVersionError):
        services.withdraw_announcement(residents, "9.0.0", actor=STEWARD, reason="x")
    announce(residents)  # the same number may be announced again


def test_without_consumers_a_major_comes_in_at_once(residents):
    for grant in list(selectors.valid_grants(residents)):
        exchange.revoke(grant.pk, actor=HELI, reason="试验")
    row = services.publish_version(residents, changed("2.0.0", drop=["born"]), actor=STEWARD)
    assert row.in_force


@pytest.fixture
def sign_in(residents, client):
    def make(role, department):
        person = create_person(
            NewPerson(f"{role}-{department}", "演示人员", "Demo person",
                      department=department, roles=frozenset({role})),
            actor=HELI,
        )  # fmt: skip
        client.force_login(person, backend=BACKEND)
        return client

    return make


NEW = ("exchange:version_new", ["gaj", "residents"])
SHOWN = ("exchange:version", ["gaj", "residents", "1.1.0"])


@pytest.mark.parametrize(
    ("role", "department", "page", "status"),
    [
        (Role.STEWARD, "gaj", NEW, 200),
        (Role.STEWARD, "scjg", NEW, 403),
        (Role.OFFICER, "gaj", NEW, 403),
        (Role.OFFICER, "scjg", SHOWN, 200),
        (Role.SUPERVISOR, "szf", SHOWN, 200),
        (Role.APPLICANT, "", SHOWN, 403),
        (Role.OFFICER, "scjg", (SHOWN[0], ["gaj", "residents", "7.0.0"]), 404),
    ],
)
def test_who_may_open_what(sign_in, role, department, page, status):
    name, arguments = page
    assert sign_in(role, department).get(reverse(name, args=arguments)).status_code == status


def test_a_steward_compares_publishes_and_takes_back(sign_in, residents):
    steward = sign_in(Role.STEWARD, "gaj")
    url = reverse(NEW[0], args=NEW[1])
    assert "apiVersion" in steward.get(url).text
    text = write_yaml(registers.contract_document("residents") | {"version": "2.0.0"})
    document = read_text(text)
    document["schema"][0]["properties"] = [
        entry for entry in document["schema"][0]["properties"] if entry["name"] != "born"
    ]
    text = write_yaml(document)
    check = steward.post(url, {"contract": text})
    assert check.status_code == 200
    assert "不再提供“出生日期”" in check.text
    assert "演示scjg" in check.text
    refused = steward.post(url, {"contract": text, "confirm": "1"})
    assert refused.status_code == 409
    assert "apiVersion" in refused.text  # what was typed is kept
    day = in_days(45).isoformat()
    done = steward.post(url, {"contract": text, "sunset": day, "confirm": "1"}, follow=True)
    assert "2.0.0" in done.text
    assert selectors.announced(residents) is not None
    page = steward.get(reverse("exchange:resource", args=["gaj", "residents"])).text
    assert day in page
    back = reverse("exchange:version_withdraw", args=["gaj", "residents", "2.0.0"])
    assert steward.post(back, {"reason": ""}).status_code == 200
    steward.post(back, {"reason": "尚未就绪"})
    assert selectors.announced(residents) is None


@pytest.mark.parametrize("text", ["", "a: [", "kind: Other", "x" * 10])
def test_a_bad_contract_is_refused_on_the_page_and_kept(sign_in, text):
    answer = sign_in(Role.STEWARD, "gaj").post(reverse(NEW[0], args=NEW[1]), {"contract": text})
    assert answer.status_code in (200, 422)
    assert "error" in answer.text
    assert ContractVersion.objects.filter(resource__name="residents").count() == 1


def test_consumers_see_on_the_catalogue_that_data_changes(sign_in, residents):
    announce(residents)
    using = sign_in(Role.OFFICER, "scjg")
    day = in_days(40).isoformat()
    assert day in using.get(reverse("exchange:catalogue")).text
    grant = selectors.valid_grants(residents).filter(consumer="scjg").first()
    assert day in using.get(reverse("exchange:grant", args=[grant.pk])).text
    assert day not in sign_in(Role.OFFICER, "sthj").get(reverse("exchange:catalogue")).text


API = "/api/v1/exchange/resources/gaj/residents/versions"


def test_versions_over_rest(sign_in, residents, client):
    steward = sign_in(Role.STEWARD, "gaj")
    listed = steward.get(API).json()
    assert [(each["version"], each["state"]) for each in listed] == [("1.1.0", "in_force")]
    served = steward.get(f"{API}/1.1.0/openapi").json()
    OpenAPIV31SpecValidator(served).validate()
    assert next(iter(served["paths"])) == "/x/v1/gaj/residents"
    jsonschema.Draft202012Validator.check_schema(steward.get(f"{API}/1.1.0/schema").json())
    body = {"contract": dump_contract(changed("2.0.0", drop=["born"]))}
    kind = {"content_type": "application/json"}
    told = steward.post(f"{API}/compare", body, **kind).json()
    assert (told["compatible"], told["needed"], told["numbered_rightly"]) == (False, "major", True)
    assert {each["consumer"] for each in told["touched"]} >= {"scjg"}
    refused = steward.post(API, body, **kind)
    assert (refused.status_code, refused.json()["code"]) == (409, "exchange.sunset_missing")
    body["sunset"] = in_days(60).isoformat()
    published = steward.post(API, body, **kind)
    assert (published.status_code, published.json()["state"]) == (201, "announced")
    compared = steward.get(f"{API}/2.0.0/comparison", {"mode": "forward"}).json()
    assert (compared["old"], compared["compatible"]) == ("1.1.0", True)
    consumer = sign_in(Role.STEWARD, "scjg")
    (ending,) = consumer.get("/api/v1/exchange/endings", {"mine": True}).json()
    assert (ending["resource"], ending["successor"]) == ("gaj/residents", "2.0.0")
    assert consumer.post(API, body, **kind).status_code == 403
    client.force_login(Person.objects.get(username="steward-gaj"), backend=BACKEND)
    back = client.post(f"{API}/2.0.0/withdraw", {"reason": "尚未就绪"}, **kind)
    assert back.status_code == 200


def test_documents_are_given_out(sign_in):
    officer = sign_in(Role.OFFICER, "scjg")
    where = "exchange:version_file"
    text = officer.get(reverse(where, args=["gaj", "residents", "1.1.0", "contract.yaml"])).text
    assert read_text(text)["version"] == "1.1.0"
    table = officer.get(reverse(where, args=["gaj", "residents", "1.1.0", "template.csv"]))
    assert table.text.startswith("\ufeffresident_id,")
    assert "residents-1.1.0-template.csv" in table["Content-Disposition"]
    unknown = reverse(where, args=["gaj", "residents", "1.1.0", "x.exe"])
    assert officer.get(unknown).status_code == 404
