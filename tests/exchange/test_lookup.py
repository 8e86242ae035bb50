"""The path of a lookup: who gets what, who is refused, and what is left in the ledger."""

import datetime as dt
import json
from dataclasses import asdict

import pytest
from django.utils import translation

from heli.demo import registers
from heli.engines.contracts import PolicyError, SemanticError
from heli.engines.contracts.semantics.identity import make_identity_number
from heli.errors import HeliError
from heli.exchange import errors, selectors, services
from heli.exchange.calls import reading
from heli.exchange.contracts import services as versions
from heli.exchange.contracts.errors import SunsetMissingError
from heli.exchange.lookup import response_hash
from heli.exchange.models import Access, Grant, SharingClass, UpdateCycle
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.ledger.models import Fact
from heli.ledger.sentences import tell

OFFICER = Actor("person", "7", "scjg")


@pytest.fixture
def ask(exchange_city, matters, persona):
    someone = persona[0]
    matters.add(
        "LJ-1",
        departments=["scjg", "zwzx", "cgj", "xfjy"],
        subjects=[("person", someone.resident_id), ("enterprise", someone.credit_code)],
    )

    def lookup(resource="gaj/residents", subject=None, **more):
        values = {"actor": OFFICER, "matter": "LJ-1", "purpose": "restaurant"} | more
        return services.lookup(
            resource=resource, subject=subject or ("person", someone.resident_id), **values
        )

    return lookup


def test_a_granted_question_is_answered_under_the_release_policy(ask, persona):
    answer = ask()
    number = persona[0].resident_id
    assert answer.data == {
        "resident_id": number[:3] + "*" * 11 + number[-4:],
        "name": persona[0].name,
        "born": number[6:10],
    }
    assert {item.field for item in answer.withheld} >= {"address", "mobile", "marital_status"}
    fact = Fact.objects.get(pk=answer.fact_id)
    assert fact.verb == "exchange.lookup.answered"
    assert (fact.department, fact.matter) == ("scjg", "LJ-1")
    assert fact.data["fields"] == ["resident_id", "name", "born"]
    assert fact.data["rows"] == 1
    proven = response_hash(answer.data, answer.response_key)
    assert fact.data["response_hash"] == proven == answer.response_hash
    assert fact.data["grant"] == str(Grant.objects.get(pk=answer.grant_id).pk)


def test_no_fact_names_the_subject(ask, persona):
    ask()
    with pytest.raises(errors.SubjectOutsideMatterError):
        ask(subject=("person", persona[1].resident_id))
    with pytest.raises(errors.NoTaskError):
        ask(matter=persona[1].resident_id)
    text = json.dumps(list(Fact.objects.values("data", "subject", "matter")), ensure_ascii=False)
    rows = json.dumps(list(Access.objects.values("address", "matter", "purpose", "fields")))
    for someone in persona[:2]:
        assert someone.resident_id not in text + rows
        assert someone.name not in text


@pytest.fixture
def meanwhile(monkeypatch):
    """Lets something happen while the register is read, once the call was judged."""
    read = reading.read

    def during(happen):
        def slow(calls):
            read(calls)
            happen()

        monkeypatch.setattr(reading, "read", slow)

    return during


def test_a_matter_closed_while_the_register_was_read_opens_nothing(ask, matters, meanwhile):
    meanwhile(lambda: matters.live.update({"LJ-1": False}))
    with pytest.raises(errors.MatterClosedError):
        ask()


def test_a_task_that_ended_while_the_register_was_read_opens_nothing(ask, matters, meanwhile):
    meanwhile(lambda: matters.done.add(("LJ-1", "scjg")))
    with pytest.raises(errors.NoTaskError):
        ask()
    assert not Fact.objects.filter(verb="exchange.lookup.answered").exists()


def test_a_grant_that_expired_while_the_register_was_read_opens_nothing(ask, meanwhile):
    with clock.frozen(clock.now()) as now:
        meanwhile(lambda: now.advance(days=4000))
        with pytest.raises(errors.GrantExpiredError):
            ask()


def test_who_filed_the_matter_by_its_own_system_is_not_answered(ask, matters):
    matters.own.add(("LJ-1", "scjg"))
    with pytest.raises(errors.OwnFilingError):
        ask()
    assert Access.objects.get().reason == "exchange.own_filing"


@pytest.mark.parametrize(
    ("field", "text", "kept"),
    [
        ("matter", "王小明住滨江路一号", ""),
        ("matter", "LJ-222222-97", ""),
        ("matter", "lj-222222-98", ""),
        ("matter", "LJ-222222-98", "LJ-222222-98"),
        ("purpose", "张三丰", ""),
        ("purpose", "zhang san feng", ""),
        ("purpose", "110105-1999-0101", ""),
        ("purpose", "curiosity", "curiosity"),
        ("resource", "gaj/王小明", ""),
        ("resource", "gaj/99010119900101001x", ""),
        ("resource", "gaj/a/b", ""),
        ("resource", "gaj/dossiers", "gaj/dossiers"),
    ],
)
def test_a_denial_keeps_no_words_of_who_asked(ask, field, text, kept):
    with pytest.raises(HeliError):
        ask(**{field: text})
    access = Access.objects.get()
    fact = Fact.objects.get(pk=access.fact_id)
    shown = {"matter": fact.matter, **fact.data}
    assert shown[field] == kept
    assert getattr(access, "address" if field == "resource" else field) == kept
    if not kept:
        assert text not in json.dumps([shown, fact.subject], ensure_ascii=False)


def test_the_hash_of_an_answer_lets_nobody_guess_it(ask):
    """Its key is new with every answer, kept for the source department, and in no fact."""
    first, second = ask(), ask()
    assert first.data == second.data
    assert first.response_hash != second.response_hash
    kept = Access.objects.get(fact_id=first.fact_id)
    assert bytes(kept.response_key) == first.response_key
    assert len(first.response_key) == 32
    facts = json.dumps(list(Fact.objects.values("data", "subject")))
    shown = json.dumps([asdict(row) for row in selectors.access_rows([kept])], default=str)
    for key in (first.response_key.hex(), second.response_key.hex()):
        assert key not in facts + shown + repr(first)


def test_a_subject_without_a_record_gives_an_empty_answer_that_is_proven_too(ask, matters):
    number = make_identity_number("990109", dt.date(1999, 9, 9), 9)
    matters.subjects.add(("LJ-1", "person", number))
    answer = ask(subject=("person", number))
    assert answer.data is None
    assert Fact.objects.get(pk=answer.fact_id).data["rows"] == 0


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"resource": "gaj/dossiers"}, errors.UnknownResourceError),
        ({"resource": "'; DROP TABLE"}, errors.UnknownResourceError),
        ({"resource": "jyj/pupils"}, errors.NotSharedError),
        ({"resource": "gaj/households", "purpose": ""}, errors.NoGrantError),
        ({"purpose": "curiosity"}, errors.NoGrantError),
        ({"purpose": ""}, errors.PurposeAmbiguousError),
        ({"department": "jyj"}, errors.NoGrantError),
        ({"subject": ("person", "123")}, SemanticError),
        ({"subject": ("person", "' OR 1=1 --")}, SemanticError),
        ({"subject": ("person", "110105299901010014")}, SemanticError),
        ({"subject": ("enterprise", "123")}, errors.WrongSubjectTypeError),
        ({"matter": ""}, errors.MatterMissingError),
        ({"matter": "LJ-9"}, errors.NoTaskError),
        ({"matter": "LJ-222222-97"}, errors.MatterMistypedError),
    ],
)
def test_every_denial_has_its_own_reason_and_is_recorded(ask, change, error):
    with pytest.raises(error) as caught:
        ask(**change)
    access = Access.objects.first()
    assert access.reason == caught.value.code
    fact = Fact.objects.get(pk=access.fact_id)
    assert (fact.verb, fact.data["reason"]) == ("exchange.lookup.denied", caught.value.code)
    assert selectors.denial_words(access.reason) != access.reason
    assert "{" not in caught.value.detail()


def test_a_closed_matter_opens_nothing(ask, matters):
    matters.live["LJ-1"] = False
    with pytest.raises(errors.MatterClosedError):
        ask()


def test_a_department_without_a_task_gets_nothing(ask, matters):
    matters.done.add(("LJ-1", "scjg"))
    with pytest.raises(errors.NoTaskError):
        ask()
    assert Access.objects.get().cause == ""


def test_whoever_takes_no_part_learns_nothing_of_a_matter(ask, matters):
    """Unknown, closed and foreign look the same; why it was is for watchers, and in no fact."""
    matters.add("LJ-222222-98", departments=["xfjy"])
    matters.add("LJ-222223-95", departments=["xfjy"], live=False)
    told = []
    for code in ("LJ-222224-92", "LJ-222223-95", "LJ-222222-98"):
        with pytest.raises(errors.NoTaskError) as caught:
            ask(matter=code)
        told.append(caught.value.detail().replace(code, "") + caught.value.advice())
    assert len(set(told)) == 1
    rows = list(Access.objects.order_by("at", "fact_id"))
    assert [row.cause for row in rows] == ["exchange.matter_unknown", "exchange.matter_closed", ""]
    assert {row.reason for row in rows} == {"exchange.no_task"}
    facts = Fact.objects.filter(verb="exchange.lookup.denied")
    assert {fact.data["reason"] for fact in facts} == {"exchange.no_task"}
    blind, watching = (selectors.access_rows(rows, watching=w) for w in (False, True))
    assert len({row.reason for row in blind}) == 1
    assert len({row.reason for row in watching}) == 3


def test_a_subject_outside_the_matter_is_not_shown(ask, persona):
    with pytest.raises(errors.SubjectOutsideMatterError):
        ask(subject=("person", persona[1].resident_id))


def test_when_no_room_keeps_matters_everything_is_denied(ask, monkeypatch):
    from heli.exchange.questions import matter_standing

    monkeypatch.setattr(matter_standing, "_answer", None)
    with pytest.raises(errors.NoTaskError):
        ask()
    assert Access.objects.get().cause == "exchange.matter_unknown"


def test_an_expired_grant_is_dead(ask):
    with (
        clock.frozen(clock.now() + dt.timedelta(days=731)),
        pytest.raises(errors.GrantExpiredError),
    ):
        ask()


def test_a_revoked_grant_is_dead_at_once(ask):
    grant_id = ask().grant_id
    services.revoke(grant_id, actor=HELI, reason="用途已终止")
    with pytest.raises(errors.GrantRevokedError, match="用途已终止"):
        ask()
    assert Fact.objects.filter(verb="exchange.grant.revoked").count() == 1


def test_a_missing_file_is_told_apart_from_a_missing_record(ask, exchange_city):
    resource = exchange_city["residents"]
    services.publish(
        actor=HELI,
        department="gaj",
        contract=registers.contract_document("residents"),
        connector="parquet",
        options={"file": "gone.parquet"},
        sharing=SharingClass(resource.sharing),
        update_cycle=UpdateCycle.DAILY,
    )
    with pytest.raises(errors.SourceUnavailableError):
        ask()


def test_a_connector_never_leaves_its_folder(exchange_city):
    from heli.errors import BadInputError
    from heli.exchange.connectors import open_connector

    contract = exchange_city["residents"].parsed_contract
    for name in ("../secret.parquet", "/etc/passwd", "", "a.csv", "x' OR.parquet"):
        with pytest.raises(BadInputError):
            open_connector("parquet", contract, {"file": name})
    with pytest.raises(errors.UnknownConnectorError):
        open_connector("oracle", contract, {})


def test_a_contract_changes_only_to_a_newer_version(ask, exchange_city):
    document = registers.contract_document("residents")
    document["schema"][0]["properties"] = [
        entry for entry in document["schema"][0]["properties"] if entry["name"] != "born"
    ]
    values = {
        "actor": HELI,
        "department": "gaj",
        "connector": "parquet",
        "options": {"file": "residents.parquet"},
        "sharing": SharingClass.CONDITIONAL,
        "update_cycle": UpdateCycle.DAILY,
    }
    with pytest.raises(errors.VersionError):
        services.publish(contract=document, **values)
    major = document | {"version": "2.0.0"}
    with pytest.raises(SunsetMissingError):
        services.publish(contract=major, **values)
    services.publish(contract=major, sunset=clock.today() + dt.timedelta(days=30), **values)
    # Until its last day the version in force goes on answering.
    assert ask().contract_version == "1.1.0"
    with clock.frozen(clock.now() + dt.timedelta(days=31)):
        assert versions.let_due_versions_in() == 1
        with pytest.raises(errors.OutdatedGrantError):
            ask()


def test_a_withdrawn_resource_is_unknown(ask, exchange_city):
    services.withdraw(exchange_city["residents"], actor=HELI)
    with pytest.raises(errors.UnknownResourceError):
        ask()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"policy": {"fields": [{"field": "nothing"}]}}, PolicyError),
        ({"expires_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, errors.ExpiryError),
        ({"expires_at": dt.datetime(2090, 1, 1, tzinfo=dt.UTC)}, errors.ExpiryError),
        ({"consumer": "scjg", "purpose": "restaurant"}, errors.GrantExistsError),
    ],
)
def test_a_grant_that_cannot_be_given_is_refused(exchange_city, change, error):
    values = {
        "actor": HELI,
        "resource": exchange_city["residents"],
        "consumer": "jyj",
        "purpose": "enrolment",
        "purpose_zh": "办理入学",
        "legal_basis": "《中华人民共和国义务教育法》第十二条",
        "policy": {"fields": [{"field": "name"}]},
        "expires_at": clock.now() + dt.timedelta(days=30),
    }
    with pytest.raises(error):
        services.grant(**(values | change))


def test_what_is_not_shared_cannot_be_granted(exchange_city):
    with pytest.raises(errors.NotSharedError):
        services.grant(
            actor=HELI,
            resource=exchange_city["pupils"],
            consumer="gaj",
            purpose="x",
            purpose_zh="x",
            legal_basis="x",
            policy={"fields": [{"field": "name"}]},
            expires_at=clock.now() + dt.timedelta(days=30),
        )


def test_the_applicant_sees_which_data_was_used(ask):
    ask()
    with pytest.raises(errors.NoGrantError):
        ask(purpose="curiosity")
    (use,) = selectors.uses_of_matter("LJ-1")
    assert (use.consumer.code, use.source.code) == ("scjg", "gaj")
    assert use.title == "人口基础信息"
    assert use.fields == ("居民身份号码", "姓名", "出生日期")
    assert use.found


@pytest.mark.django_db
def test_who_did_not_prove_who_they_are_is_called_unknown():
    told = {"resource": "gaj/residents", "reason": "httpsig.missing"}
    with translation.override("en"):
        assert tell("exchange.lookup.denied", told).startswith("An unknown sender was denied")
        nothing = tell("exchange.lookup.denied", told | {"resource": ""})
        assert nothing.startswith("An unknown sender was denied —: ")
        assert tell("ledger.quorum.restored", {}) == "Enough witnesses sign the log again"
