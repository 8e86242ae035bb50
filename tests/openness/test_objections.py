"""Objecting: who may, what is asked for, who decides until when, and what is told to whom."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.openness.conftest import open_beds

from heli.clocks.errors import BadTermError
from heli.clocks.models import Clock
from heli.errors import BadInputError, HeliError
from heli.exchange import services as exchange
from heli.exchange.models import Access
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.kernel.codes import check_digits
from heli.kernel.home import home
from heli.kernel.permissions import DeniedError, Role
from heli.ledger.models import Fact
from heli.openness import errors, selectors, services, terms
from heli.openness.models import Correction, Evidence, Objection, Ruling
from heli.openness.services import Decision, Filer, Target

NEW = "临江市东城区更正路1号"
NOBODY = Filer()
UPHOLD = Decision("upheld", "核对属实。", identity_checked="现场核验身份证原件")
REJECT = Decision("rejected", "登记无误。", ground="《居民身份证法》第十一条")


@pytest.fixture
def number(persona):
    return persona[0].resident_id


@pytest.fixture
def authority(make_authority):
    return make_authority()


@pytest.fixture
def make_authority(exchange_city, sign_in):
    def make():
        return sign_in(Role.STEWARD, department="fgw", competences=("data.sharing",)).person

    return make


@pytest.fixture
def steward(sign_in):
    return sign_in(Role.STEWARD, department="gaj").person


def object_to(resources, number, filer=NOBODY, **claims):
    target = Target(
        "record",
        resource=resources["residents"],
        subject_id=number,
        claims=claims or {"address": NEW},
    )
    return services.file_objection(filer, target, "地址写错了。").objection


# Filing


def test_anybody_files_and_gets_a_code_and_a_secret(exchange_city, number):
    filed = services.file_objection(
        Filer(name="某人", reach="0000-1234"),
        Target("record", resource=exchange_city["residents"], subject_id=number,
               claims={"address": NEW}),
        "地址写错了。",
    )  # fmt: skip
    row = filed.objection
    assert row.code.startswith("YY-")
    assert selectors.opened_by_secret(row.code.lower(), filed.secret, "127.0.0.1") == row
    with pytest.raises(errors.WrongSecretError):
        selectors.opened_by_secret(row.code, "AAAAAAAA", "127.0.0.1")
    ruling = row.rulings.get()
    assert ruling.department_id == "gaj"
    started = Clock.objects.get(pk=ruling.clock_id)
    assert (started.amount, started.unit) == (10, "working_days")


def test_nothing_of_the_person_lies_open(exchange_city, number):
    row = object_to(exchange_city, number, Filer(name="某某", reach="13800001234"))
    row.refresh_from_db()
    for value in (row.claims, row.contact, row.subject_sealed):
        for secret in (number, NEW, "13800001234", "某某"):
            assert secret.encode() not in bytes(value)
    facts = str(list(Fact.objects.values_list("data", flat=True)))
    for secret in (number, NEW, "13800001234", "地址写错了"):
        assert secret not in facts


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"about": "nothing"}, "about"),
        ({"subject_id": "123"}, "resident_id"),
        ({"claims": {"nothing": "x"}}, "nothing"),
        ({"claims": {"resident_id": "x"}}, "resident_id"),
        ({"claims": {"sex": "robot"}}, "sex"),
        ({"claims": {"born": "yesterday"}}, "born"),
        ({"claims": {"address": "x" * 501}}, "address"),
        ({"resource": None}, "resource"),
    ],
)
def test_what_is_malformed_is_refused_by_name(exchange_city, number, change, field):
    given = {"about": "record", "resource": exchange_city["residents"], "subject_id": number}
    with pytest.raises(HeliError) as refused:
        services.file_objection(Filer(), Target(**given | change), "x")
    assert refused.value.field == field
    assert not Objection.objects.exists()


def test_an_account_objects_to_its_own_record_only(exchange_city, persona, sign_in):
    own, other = persona[0].resident_id, persona[1].resident_id
    person = sign_in(Role.APPLICANT, identity=own).person
    assert object_to(exchange_city, own, Filer(person=person)).identity_known
    with pytest.raises(errors.NotYourRecordError):
        object_to(exchange_city, other, Filer(person=person))


def test_too_many_wrong_secrets_are_slowed_and_codes_cannot_be_probed(exchange_city, number):
    row = object_to(exchange_city, number)
    nobody = f"YY-222222-{check_digits('222222')}"
    for code in (row.code, nobody):
        with pytest.raises(errors.WrongSecretError):
            selectors.opened_by_secret(code, "AAAAAAAA", "a")
    for _ in range(9):
        with pytest.raises(errors.WrongSecretError):
            selectors.opened_by_secret(row.code, "AAAAAAAA", "b")
    with pytest.raises(errors.TooOftenError):
        selectors.opened_by_secret(row.code, "AAAAAAAA", "c")


def test_a_refused_call_of_the_own_department_can_be_objected_to(
    exchange_city, matters, number, sign_in
):
    with pytest.raises(HeliError):
        exchange.lookup(actor=Actor("person", "7", "jyj"), resource="gaj/residents",
                        subject=("person", number), matter="LJ-1")  # fmt: skip
    denied = Access.objects.get()
    person = sign_in(Role.STEWARD, department="jyj").person
    target = Target("refusal", refusal=f"access:{denied.pk}")
    row = services.file_objection(Filer(person, "jyj"), target, "需要").objection
    assert row.department_id == "gaj"
    stranger = sign_in(Role.STEWARD, department="scjg").person
    for filer in (Filer(stranger, "scjg"), Filer()):
        with pytest.raises(errors.UnknownRefusalError):
            services.file_objection(filer, target, "需要")


# Deciding


def test_an_upheld_claim_becomes_a_correction(exchange_city, number, steward):
    row = services.decide(object_to(exchange_city, number), UPHOLD, by=steward)
    correction = Correction.objects.get(objection=row)
    assert correction.fields == ["address"]
    assert row.state == "upheld"
    assert Clock.objects.get(pk=row.rulings.get().clock_id).state == "stopped"


@pytest.mark.parametrize(
    ("decision", "field"),
    [
        (Decision("maybe", "x"), "outcome"),
        (Decision("upheld", " "), "reason"),
        (Decision("rejected", "x"), "ground"),
        (Decision("partly", "x", identity_checked="x"), "ground"),
        (Decision("upheld", "x"), "identity_checked"),
        (Decision("upheld", "x", identity_checked="x", corrected={"nothing": "y"}), "nothing"),
        (Decision("upheld", "x", identity_checked="x", corrected={"sex": "y"}), "sex"),
    ],
)
def test_a_bad_decision_is_refused_and_nothing_is_decided(
    exchange_city, number, steward, decision, field
):
    row = object_to(exchange_city, number)
    with pytest.raises(HeliError) as refused:
        services.decide(row, decision, by=steward)
    assert refused.value.field == field
    row.refresh_from_db()
    assert row.open
    assert not Correction.objects.exists()


@pytest.mark.parametrize(
    ("roles", "department"),
    [((Role.STEWARD,), "scjg"), ((Role.OFFICER,), "gaj"), ((Role.SUPERVISOR,), "szf"),
     ((Role.APPLICANT,), "")],
)  # fmt: skip
def test_nobody_else_decides(exchange_city, number, sign_in, roles, department):
    row = object_to(exchange_city, number)
    with pytest.raises(DeniedError):
        services.decide(row, UPHOLD, by=sign_in(*roles, department=department).person)


def test_a_refusal_goes_up_two_tiers_and_no_further(
    exchange_city, number, steward, authority, sign_in
):
    row = services.decide(object_to(exchange_city, number), REJECT, by=steward)
    row = services.appeal(row, "不服", by=Filer())
    assert (row.tier, row.rulings.get(tier=2).department_id) == (2, "fgw")
    with pytest.raises(DeniedError):
        services.decide(row, UPHOLD, by=steward)
    row = services.decide(row, REJECT, by=authority)
    row = services.appeal(row, "仍不服", by=Filer())
    leader = sign_in(Role.LEADER, department="szf").person
    row = services.decide(row, UPHOLD, by=leader)
    assert row.state == "upheld"
    assert Correction.objects.filter(objection=row).exists()
    with pytest.raises(errors.NoAppealError):
        services.appeal(row, "x", by=Filer())


def test_an_appeal_has_its_time(exchange_city, number, steward, authority):
    row = services.decide(object_to(exchange_city, number), REJECT, by=steward)
    with clock.frozen(clock.now() + dt.timedelta(days=61)), pytest.raises(errors.NoAppealError):
        services.appeal(row, "x", by=Filer())


def test_nothing_is_decided_twice_or_after_it_was_taken_back(exchange_city, number, steward):
    row = services.withdraw_objection(object_to(exchange_city, number), by=Filer())
    with pytest.raises(errors.DecidedError):
        services.decide(row, UPHOLD, by=steward)
    with pytest.raises(errors.DecidedError):
        services.withdraw_objection(row, by=Filer())


def test_a_term_is_configuration_with_its_source(monkeypatch):
    for name in terms.NAMES:
        assert terms.TERMS.term(name).source
    own = home() / "terms" / "openness.toml"
    own.parent.mkdir(exist_ok=True)
    try:
        own.write_text('[record]\namount = 3\nunit = "natural_days"\nsource_zh = "本市规定"\n')
        assert terms.TERMS.term("record").allowance.amount == 3
        assert terms.TERMS.term("opening").allowance.amount == 20
        own.write_text('[record]\namount = 0\nunit = "natural_days"\nsource_zh = "x"\n')
        with pytest.raises(BadTermError):
            terms.TERMS.term("record")
    finally:
        own.unlink()


# Pages


def test_a_resident_objects_and_follows_it_without_a_login(client, exchange_city, number):
    page = client.get(reverse("openness:object_record", args=["gaj", "residents"]))
    assert "居民身份号码" in page.text
    sent = client.post(
        reverse("openness:object_record", args=["gaj", "residents"]),
        {"subject": number, "claim_address": NEW, "ground": "写错了",
         "evidence": SimpleUploadedFile("证明.txt", "证明".encode())},
        follow=True,
    )  # fmt: skip
    row = Objection.objects.get()
    assert sent.redirect_chain[-1][0] == reverse("openness:progress_of", args=[row.code])
    assert NEW in sent.text
    assert number not in sent.text
    assert Evidence.objects.get().name == "证明.txt"
    file = client.get(reverse("openness:evidence", args=[row.code, Evidence.objects.get().pk]))
    assert b"".join(file.streaming_content) == "证明".encode()
    client.session.flush()
    client.cookies.clear()
    assert client.get(reverse("openness:progress_of", args=[row.code])).status_code == 404
    secret = selectors.objection_by_code(row.code)
    from heli.openness.codes import objections

    typed = {"code": row.code, "secret": objections.secret_of(secret.pk, 1)}
    assert client.post(reverse("openness:progress"), typed | {"secret": "x"}).status_code == 422
    assert NEW in client.post(reverse("openness:progress"), typed, follow=True).text


def test_codes_are_chosen_by_their_names_and_days_picked(client, exchange_city, number):
    there = reverse("openness:object_record", args=["gaj", "residents"])
    page = client.get(there).text
    assert '<option value="female">女</option>' in page
    assert 'type="date"' in page
    sent = client.post(
        there, {"subject": number, "claim_sex": "female", "claim_born": "1990-02-03",
                "ground": "写错了"}, follow=True,
    )  # fmt: skip
    assert "女" in sent.text
    assert Objection.objects.get().claim_fields == ["born", "sex"]


@pytest.mark.parametrize(
    "change",
    [{"subject": "1"}, {"ground": ""}, {"claim_sex": "robot"},
     {"evidence": SimpleUploadedFile("x.exe", b"MZ\x00")}],
)  # fmt: skip
def test_a_bad_form_keeps_what_was_typed(client, exchange_city, number, change):
    typed = {"subject": number, "claim_address": NEW, "ground": "写错了"}
    page = client.post(reverse("openness:object_record", args=["gaj", "residents"]), typed | change)
    assert page.status_code == 422
    assert NEW in page.text


def test_a_register_that_is_not_shared_is_not_offered(client, exchange_city):
    assert "jyj/pupils" not in client.get(reverse("openness:object")).text
    assert client.get(reverse("openness:object_record", args=["jyj", "pupils"])).status_code == 404


def test_a_dataset_and_a_wish_can_be_filed(client, exchange_city):
    open_beds(exchange_city)
    url = reverse("openness:object_dataset", args=["hospital-beds"])
    assert client.post(url, {"ground": "第3医院的床位数不对"}).status_code == 302
    wish = client.post(
        reverse("openness:object_opening"), {"ground": "公交到站", "department": "jtj"}
    )
    assert wish.status_code == 302
    rows = {row.about: row for row in Objection.objects.all()}
    assert rows["dataset"].department_id == "wjw"
    assert rows["opening"].department_id == "jtj"
    limit = Clock.objects.get(pk=rows["opening"].rulings.get().clock_id)
    assert (limit.amount, limit.unit) == (20, "working_days")


def test_one_address_cannot_flood_a_department(client, exchange_city):
    url = reverse("openness:object_opening")
    answers = [client.post(url, {"ground": "x", "department": "jtj"}).status_code for _ in range(8)]
    assert answers == [302] * 6 + [422] * 2


@pytest.mark.parametrize(
    ("roles", "department", "status", "content"),
    [
        ((Role.STEWARD,), "gaj", 200, True),
        ((Role.HEAD,), "gaj", 200, False),
        ((Role.SUPERVISOR,), "szf", 200, False),
        ((Role.AUDIT_ADMIN,), "szf", 200, False),
        ((Role.STEWARD,), "scjg", 404, False),
        ((Role.LEADER,), "szf", 404, False),
        ((Role.OFFICER,), "gaj", 403, False),
        ((Role.APPLICANT,), "", 403, False),
    ],
)
def test_who_sees_an_objection_and_its_content(
    exchange_city, number, sign_in, roles, department, status, content
):
    row = object_to(exchange_city, number)
    client = sign_in(*roles, department=department)
    page = client.get(reverse("openness:objection", args=[row.code]))
    assert page.status_code == status
    assert ("地址写错了" in page.text) == content
    assert ((row.subject_hint in page.text) and status == 200) == content
    over_rest = client.get(f"/api/v1/openness/objections/{row.code}")
    assert over_rest.status_code == (200 if status == 200 else 404)
    assert ("地址写错了" in over_rest.json().get("ground", "")) == content


def test_a_steward_decides_on_the_page_and_sees_what_the_register_says(
    exchange_city, number, sign_in
):
    row = object_to(exchange_city, number)
    client = sign_in(Role.STEWARD, department="gaj")
    assert row.code in client.get(reverse("openness:objections")).text
    url = reverse("openness:objection", args=[row.code])
    page = client.get(url).text
    assert NEW in page
    assert "现为：" in page
    assert "采纳异议时须填" in page
    typed = {"outcome": "upheld", "reason": "属实", "claim_address": NEW}
    assert client.post(url, typed).status_code == 422
    done = client.post(url, typed | {"identity_checked": "核验证件"})
    assert done.status_code == 302
    assert Ruling.objects.get().identity_checked == "核验证件"
    assert row.code not in client.get(reverse("openness:objections")).text
    assert row.code in client.get(reverse("openness:objections_all")).text


# REST


def test_over_rest_it_is_filed_followed_decided_and_taken_further(
    client, exchange_city, number, sign_in, make_authority
):
    body = {"about": "record", "resource": "gaj/residents", "subject": number,
            "claims": {"address": NEW}, "ground": "写错了"}  # fmt: skip
    send = {"content_type": "application/json"}
    filed = client.post("/api/v1/openness/objections", body, **send)
    assert filed.status_code == 201
    code, secret = filed.json()["code"], filed.json()["secret"]
    path = f"/api/v1/openness/objections/{code}"
    assert client.get(path).status_code == 401
    assert client.post(f"{path}/progress", {"secret": "x"}, **send).status_code == 403
    assert client.post(f"{path}/progress", {"secret": secret}, **send).json()["claims"] == {
        "address": NEW
    }
    handed = client.post(f"{path}/evidence?name=a.txt", b"text", content_type="text/plain",
                         headers={"Objection-Secret": secret})  # fmt: skip
    assert handed.status_code == 201
    steward = sign_in(Role.STEWARD, department="gaj")
    assert [row["code"] for row in steward.get(
        "/api/v1/openness/objections?scope=owed").json()["items"]] == [code]  # fmt: skip
    wrong = steward.post(f"{path}/decide", {"outcome": "rejected", "reason": "无误"}, **send)
    assert wrong.status_code == 422
    done = steward.post(
        f"{path}/decide", {"outcome": "rejected", "reason": "无误", "ground": "某法第一条"}, **send
    )
    assert done.json()["state"] == "rejected"
    make_authority()
    client.logout()
    further = client.post(f"{path}/appeal", {"secret": secret, "reason": "不服"}, **send)
    assert further.json()["deciding"] == "fgw"
    gone = client.post(f"{path}/withdraw", {"secret": secret}, **send)
    assert gone.json()["state"] == "withdrawn"


def test_a_register_that_is_not_shared_is_as_if_there_were_none(client, exchange_city, number):
    send = {"content_type": "application/json"}
    told = []
    for resource in ("jyj/pupils", "jyj/nothing"):
        body = {"about": "record", "ground": "x", "resource": resource, "subject": number}
        answer = client.post("/api/v1/openness/objections", body, **send)
        told.append((answer.status_code, answer.json()["code"]))
    assert told[0] == told[1] == (404, "exchange.unknown_resource")


def test_bad_input_never_fails_the_server(client, exchange_city):
    send = {"content_type": "application/json"}
    for body in ({}, {"about": "record", "ground": "x"}, {"about": "x" * 9000, "ground": "\x00"},
                 {"about": "opening", "ground": "x", "department": "nobody"}):  # fmt: skip
        assert client.post("/api/v1/openness/objections", body, **send).status_code in (404, 422)
    for path in ("/objections/YY-1/", "/objections/x/", "/openness/corrections/x/"):
        assert client.get(path).status_code in (302, 404, 422)


def test_terms_are_refused_over_their_length(exchange_city):
    with pytest.raises(BadInputError):
        services.file_objection(Filer(), Target("opening", department="jtj"), "x" * 5000)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_first_way_leads_to_the_registers_and_laws_are_said_in_the_language(
    exchange_city, client, language
):
    client.cookies["django_language"] = language
    page = client.get("/objections/").text
    assert 'href="#registers"' in page
    assert 'id="registers"' in page
    assert ("Data (State Council Decree No. 809), article 26" in page) == (language == "en")
    assert ("《政务数据共享条例》" in page) == (language == "zh-hans")
