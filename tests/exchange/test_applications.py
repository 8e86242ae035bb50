"""From the application to the grant: review, decision, silence, appeals, renewal, suspension."""

import datetime as dt

import pytest
from django.utils import translation

from heli.clocks import polling
from heli.clocks.errors import BadTermError
from heli.clocks.models import Clock
from heli.errors import BadInputError, NotFoundError
from heli.exchange import errors, selectors, services, statutory
from heli.exchange import errors_applications as refused
from heli.exchange.models import Access, Appeal, Application, Grant
from heli.exchange.services import Wish
from heli.exchange.terms import STEPS, TERMS
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.home import home
from heli.kernel.permissions import Role
from heli.ledger.models import Fact
from heli.organisation.services import NewPerson, create_person
from heli.web.words import clock_words

NOW = dt.datetime(2026, 3, 2, 2, tzinfo=dt.UTC)
STEWARD = {code: Actor("person", f"9{n}", code) for n, code in enumerate(("gaj", "jyj", "scjg"))}
State = Application.State


@pytest.fixture
def time():
    with clock.frozen(NOW) as frozen:
        yield frozen


@pytest.fixture
def city(time, exchange_city):
    for name, role, department, competences in (
        ("authority", Role.STEWARD, "swj", ("data.sharing",)),
        ("mayor", Role.LEADER, "szf", ()),
    ):
        create_person(NewPerson(name, name, name, department=department, roles=frozenset({role}),
                                competences=competences), actor=HELI)  # fmt: skip
    return exchange_city


def wish(**change):
    given = {
        "purpose": "enrolment",
        "purpose_zh": "核验户籍",
        "need": "入学核验",
        "basis": "education-12",
        "policy": {"fields": [{"field": "name"}, {"field": "address"}]},
        "until": clock.today() + dt.timedelta(days=100),
    }
    return Wish(**given | change)


def apply(city, resource="residents", consumer="jyj", **change):
    renews = change.pop("renews", None)
    return services.apply(city[resource], wish(**change), actor=STEWARD["jyj"], consumer=consumer,
                          renews=renews)  # fmt: skip


def reviewed(city, **change):
    row = apply(city, **change)
    return services.review_application(row.pk, actor=STEWARD["gaj"], opinion="相符")


def clocks(row):
    found = Clock.objects.filter(owner_id=str(row.pk))
    return {each.kind: (each.state, each.department, each.amount) for each in found}


def verbs(*prefix):
    rows = Fact.objects.order_by("id").values_list("verb", flat=True)
    return [verb for verb in rows if verb.startswith(prefix)]


def test_an_application_is_reviewed_decided_and_granted(city, time):
    row = apply(city)
    assert clocks(row) == {
        "exchange.review": ("running", "gaj", 3),
        "exchange.decision": ("running", "gaj", 10),
    }
    time.instant += dt.timedelta(days=1)
    services.review_application(row.pk, actor=STEWARD["gaj"], opinion="相符")
    assert clocks(row)["exchange.review"][0] == "stopped"
    assert clocks(row)["exchange.decision"][0] == "running"
    row = services.grant_application(row.pk, actor=STEWARD["gaj"])
    assert clocks(row)["exchange.decision"][0] == "stopped"
    assert row.state == State.GRANTED
    assert (row.grant.consumer_id, row.grant.purpose, row.grant.policy) == (
        "jyj", "enrolment", wish().policy)  # fmt: skip
    assert row.grant.legal_basis == "《中华人民共和国义务教育法》第十二条"
    assert row.grant.expires_at == statutory.end_of_day(row.until)
    assert verbs("exchange.application", "exchange.grant.given")[-4:] == [
        "exchange.application.submitted", "exchange.application.reviewed",
        "exchange.grant.given", "exchange.application.decided"]  # fmt: skip


def test_what_is_shared_without_condition_is_granted_at_once(city):
    row = apply(city, "parcels", policy={"fields": [{"field": "land_use"}]}, basis="dsl-38")
    assert row.state == State.GRANTED
    assert row.grant is not None
    assert {state for state, *_ in clocks(row).values()} == {"stopped"}


def test_less_is_granted_with_a_reason_only(city):
    row = reviewed(city)
    less = {"fields": [{"field": "name", "mask": "partial"}]}
    with pytest.raises(BadInputError):
        services.grant_application(row.pk, actor=STEWARD["gaj"], policy=less)
    more = {"fields": [{"field": "name"}, {"field": "mobile"}]}
    for bad in ({"fields": ["name"]}, {"fields": 5}, {}):
        with pytest.raises(BadInputError):
            services.grant_application(row.pk, actor=HELI, policy=bad or {"x": 1}, reason="x")
    for policy, until in ((more, None), (less, row.until + dt.timedelta(days=1))):
        with pytest.raises(refused.MoreThanAppliedError):
            services.grant_application(row.pk, actor=HELI, policy=policy, until=until, reason="x")
    row = services.grant_application(row.pk, actor=HELI, policy=less, reason="住址不必要")
    assert (row.state, row.grant.policy, row.reason) == (State.PARTLY, less, "住址不必要")


def test_a_masked_field_is_not_granted_in_clear(city):
    row = reviewed(city, policy={"fields": [{"field": "name", "mask": "partial"}]})
    with pytest.raises(refused.MoreThanAppliedError, match="name"):
        services.grant_application(row.pk, actor=HELI, policy={"fields": [{"field": "name"}]},
                                   reason="x")  # fmt: skip


ASKED = {
    "fields": [{"field": "name"}, {"field": "address"}],
    "rows": [{"field": "education", "op": "in", "value": ["primary", "secondary"]}],
    "limits": {"per_day": 100},
    "hours": [{"days": "working", "from": "08:00", "to": "18:00"}],
    "binding": "public_task",
    "second_person": True,
    "extract": {"rows": 1000},
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rows": []}, "conditions"),
        ({"rows": [{"field": "sex", "value": "male"}]}, "conditions"),
        ({"rows": [{"field": "education", "op": "in", "value": ["primary", "vocational"]}]},
         "conditions"),
        ({"limits": {}}, "limits"),
        ({"limits": {"per_day": 101}}, "limits"),
        ({"hours": []}, "time of the day"),
        ({"hours": [{"days": "working", "from": "07:00", "to": "18:00"}]}, "time of the day"),
        ({"binding": "project"}, "binding"),
        ({"second_person": False}, "second person"),
        ({"extract": {"rows": 1001}}, "file"),
    ],
)  # fmt: skip
def test_no_member_of_a_policy_is_granted_wider_than_applied_for(city, change, said):
    row = reviewed(city, policy=ASKED)
    with translation.override("en"), pytest.raises(refused.MoreThanAppliedError, match=said):
        services.grant_application(row.pk, actor=HELI, policy=ASKED | change, reason="x")
    row.refresh_from_db()
    assert row.state == State.REVIEWED


@pytest.mark.parametrize(
    "change",
    [
        {"rows": [{"field": "education", "value": "primary"}]},
        {"limits": {"per_day": 100, "per_minute": 5}},
        {"hours": [{"days": "working", "from": "09:00", "to": "17:00"}]},
        {"binding": "matter", "extract": {"rows": 1000}},
        {"extract": {"rows": 10}},
    ],
)
def test_each_member_can_be_granted_narrower_with_a_reason(city, change):
    row = reviewed(city, policy=ASKED)
    with pytest.raises(BadInputError, match=r"理由|reason"):
        services.grant_application(row.pk, actor=HELI, policy=ASKED | change)
    row = services.grant_application(row.pk, actor=HELI, policy=ASKED | change, reason="够用")
    assert row.state == State.PARTLY


def test_the_same_in_another_order_is_all_of_it(city):
    row = reviewed(city, policy=ASKED)
    same = ASKED | {"fields": ASKED["fields"][::-1]}
    assert services.grant_application(row.pk, actor=HELI, policy=same).state == State.GRANTED


def test_a_refusal_needs_a_ground_that_binds(city):
    row = reviewed(city)
    for ground in ("", "nothing"):
        with pytest.raises(refused.GroundError):
            services.refuse_application(row.pk, actor=HELI, reason="不必要", ground=ground)
    services.repeal_provision("pipl-28", actor=HELI, repealed_on=clock.today())
    with pytest.raises(refused.GroundError, match="第二十八条"):
        services.refuse_application(row.pk, actor=HELI, reason="不必要", ground="pipl-28")
    with pytest.raises(BadInputError):
        services.refuse_application(row.pk, actor=HELI, reason=" ", ground="pipl-6")
    row = services.refuse_application(row.pk, actor=HELI, reason="不必要", ground="pipl-6")
    assert (row.state, row.grant, row.ground_id) == (State.REFUSED, None, "pipl-6")
    assert not Grant.objects.filter(consumer="jyj").exists()


def test_nothing_is_decided_before_the_review_or_twice(city):
    row = apply(city)
    with pytest.raises(refused.ApplicationStateError):
        services.grant_application(row.pk, actor=HELI)
    services.review_application(row.pk, actor=HELI, opinion="相符")
    services.grant_application(row.pk, actor=HELI)
    for act in (
        lambda: services.grant_application(row.pk, actor=HELI),
        lambda: services.refuse_application(row.pk, actor=HELI, reason="x", ground="pipl-6"),
        lambda: services.withdraw_application(row.pk, actor=HELI),
        lambda: services.return_application(row.pk, actor=HELI, reason="x"),
    ):
        with pytest.raises(refused.ApplicationStateError):
            act()


def test_clocks_stand_still_while_an_application_is_corrected(city, time):
    row = apply(city)
    services.return_application(row.pk, actor=STEWARD["gaj"], reason="请说明用途")
    assert {state for state, *_ in clocks(row).values()} == {"suspended"}
    time.instant += dt.timedelta(days=40)
    assert polling.poll() == 0
    row = services.correct_application(
        row.pk, wish(need="入学核验，逐件查询"), actor=STEWARD["jyj"]
    )
    assert (row.state, row.need) == (State.SUBMITTED, "入学核验，逐件查询")
    assert {state for state, *_ in clocks(row).values()} == {"running"}
    time.instant += dt.timedelta(days=30)
    polling.poll()
    row.refresh_from_db()
    assert row.overdue_at is not None


def test_an_open_application_is_taken_back_and_made_again(city):
    row = apply(city)
    with pytest.raises(refused.ApplicationExistsError):
        apply(city)
    services.withdraw_application(row.pk, actor=STEWARD["jyj"])
    assert {state for state, *_ in clocks(row).values()} == {"stopped"}
    assert apply(city).state == State.SUBMITTED


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"resource": "pupils", "consumer": "scjg"}, refused.NothingToApplyError),
        ({"consumer": "gaj"}, refused.NothingToApplyError),
        ({"basis": "nothing"}, refused.GroundError),
        ({"until": dt.date(2026, 3, 2)}, errors.ExpiryError),
        ({"until": dt.date(2099, 1, 1)}, errors.ExpiryError),
        ({"need": " "}, BadInputError),
        ({"policy": {"fields": [{"field": "nothing"}]}}, BadInputError),
        ({"consumer": "scjg", "purpose": "restaurant"}, errors.GrantExistsError),
    ],
)
def test_what_cannot_be_applied_for(city, change, error):
    with pytest.raises(error):
        apply(city, **change)
    assert not Application.objects.exists()


def test_silence_is_said_and_passed_on_but_grants_nothing(city, time):
    row = apply(city)
    time.instant += dt.timedelta(days=30)
    polling.poll()
    row.refresh_from_db()
    assert (row.state, row.grant) == (State.SUBMITTED, None)
    assert row.overdue_at is not None
    assert selectors.application_rows([row])[0].state == ("late", "已提交，已逾期")
    fact = Fact.objects.get(verb="exchange.application.silent")
    assert (fact.data["source"], fact.data["follows"]) == ("gaj", "escalate")
    assert polling.poll() == 0
    row = services.grant_application(row.pk, actor=Actor("person", "7", "swj"))
    assert row.state == State.GRANTED
    (shown,) = selectors.application_rows([row])
    assert shown.state == ("done", "已授权，逾期后决定")
    assert clock_words(shown.clock) == "用时 30 天，已超期"


@pytest.fixture
def local_terms():
    path = home() / "terms" / "exchange.toml"
    path.parent.mkdir(exist_ok=True)
    yield path
    path.unlink(missing_ok=True)


def test_silence_grants_where_the_configuration_says_so(city, time, local_terms):
    local_terms.write_text(
        'silence = "grant"\n[decision]\namount = 5\nunit = "natural_days"\n'
        'source_zh = "本市规定"\nsource_en = "Local rule"\n',
        encoding="utf-8",
    )
    row = apply(city)
    assert clocks(row)["exchange.decision"] == ("running", "gaj", 5)
    time.instant += dt.timedelta(days=9)
    polling.poll()
    row.refresh_from_db()
    assert (row.state, row.decided_by) == (State.GRANTED, "heli")
    assert row.grant is not None


@pytest.mark.parametrize(
    "text",
    [
        'silence = "perhaps"', "[lunch]\namount = 1", "not toml at all",
        '[decision]\namount = 0\nunit = "working_days"\nsource_zh = "x"\nsource_en = ""',
        '[decision]\namount = 5\nunit = "moons"\nsource_zh = "x"\nsource_en = ""',
        '[decision]\namount = 5\nunit = "working_days"\nsource_zh = " "\nsource_en = ""',
        '[decision]\namount = 5\nunit = "working_days"',
    ],
)  # fmt: skip
def test_a_wrong_configuration_is_refused_by_name(local_terms, text):
    local_terms.write_text(text, encoding="utf-8")
    with pytest.raises(BadTermError, match=r"decision|silence|lunch|exchange\.toml"):
        TERMS.term("review")


def test_every_shipped_term_names_its_source():
    assert TERMS.switch("silence") == "escalate"
    found = [TERMS.term(step) for step in STEPS]
    assert all(term.source_zh and term.source_en for term in found)


def refused_application(city):
    row = reviewed(city)
    return services.refuse_application(row.pk, actor=STEWARD["gaj"], reason="不必要",
                                       ground="pipl-6")  # fmt: skip


def test_an_appeal_goes_to_the_authority_then_to_the_leading_office(city):
    row = refused_application(city)
    first = services.file_appeal(row.pk, actor=STEWARD["jyj"], argument="确需")
    assert (first.tier, clocks(first)) == (1, {"exchange.appeal": ("running", "swj", 10)})
    with pytest.raises(refused.AppealTierError):
        services.file_appeal(row.pk, actor=STEWARD["jyj"], argument="再次")
    services.decide_appeal(first.pk, actor=HELI, upheld=False, reason="维持")
    second = services.file_appeal(row.pk, actor=STEWARD["jyj"], argument="仍需")
    assert (second.tier, clocks(second)) == (2, {"exchange.appeal": ("running", "szf", 20)})
    services.decide_appeal(second.pk, actor=HELI, upheld=True, reason="应当共享")
    row.refresh_from_db()
    assert (row.state, row.reason) == (State.GRANTED, "应当共享")
    assert row.grant.policy == wish().policy
    with pytest.raises(refused.ApplicationStateError):
        services.decide_appeal(second.pk, actor=HELI, upheld=False, reason="反悔")


def test_an_appeal_that_is_left_lying_opens_the_next_tier(city, time):
    row = refused_application(city)
    first = services.file_appeal(row.pk, actor=STEWARD["jyj"], argument="确需")
    assert services.next_tier(row) is None
    time.instant += dt.timedelta(days=30)
    polling.poll()
    row = selectors.application_by_id(row.pk)
    assert services.next_tier(row) == Appeal.Tier.LEADING_OFFICE
    assert Fact.objects.filter(verb="exchange.appeal.late").count() == 1
    first.refresh_from_db()
    assert (first.upheld, first.overdue_at is not None) == (None, True)


def test_an_appeal_against_a_cut_widens_the_grant(city):
    row = reviewed(city)
    row = services.grant_application(
        row.pk, actor=HELI, policy={"fields": [{"field": "name"}]}, reason="住址不必要"
    )
    salt = bytes(row.grant.salt)
    appeal = services.file_appeal(row.pk, actor=STEWARD["jyj"], argument="需要住址")
    services.decide_appeal(appeal.pk, actor=HELI, upheld=True, reason="需要")
    grant = Grant.objects.get(consumer="jyj", purpose="enrolment")
    assert grant.policy == wish().policy
    assert bytes(grant.salt) == salt


def test_nobody_appeals_against_a_grant_or_before_a_decision(city):
    row = apply(city)
    with pytest.raises(refused.AppealTierError):
        services.file_appeal(row.pk, actor=HELI, argument="x")
    services.review_application(row.pk, actor=HELI, opinion="相符")
    services.grant_application(row.pk, actor=HELI)
    with pytest.raises(refused.AppealTierError):
        services.file_appeal(row.pk, actor=HELI, argument="x")


def test_a_grant_is_renewed_with_its_salt(city, time):
    row = services.grant_application(reviewed(city).pk, actor=HELI)
    salt, grant = bytes(row.grant.salt), row.grant
    time.instant += dt.timedelta(days=90)
    later = clock.today() + dt.timedelta(days=300)
    again = apply(city, renews=grant, until=later, policy={"fields": [{"field": "name"}]})
    services.review_application(again.pk, actor=HELI, opinion="续期")
    services.grant_application(again.pk, actor=HELI)
    grant.refresh_from_db()
    assert grant.expires_at == statutory.end_of_day(later)
    assert grant.policy == {"fields": [{"field": "name"}]}
    assert bytes(grant.salt) == salt
    services.revoke(grant.pk, actor=HELI, reason="停用")
    with pytest.raises(refused.NothingToApplyError):
        apply(city, renews=grant)


def test_a_suspended_grant_opens_nothing_until_it_is_lifted(city, time, matters, persona):
    number = persona[0].resident_id
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", number)])
    ask = {"actor": Actor("person", "7", "scjg"), "resource": "gaj/residents",
           "subject": ("person", number), "purpose": "restaurant", "matter": "LJ-1"}  # fmt: skip
    grant = Grant.objects.get(resource__name="residents", consumer="scjg", purpose="restaurant")
    assert services.lookup(**ask).data
    services.suspend(grant.pk, actor=HELI, reason="自查")
    with pytest.raises(refused.GrantSuspendedError, match="自查"):
        services.lookup(**ask)
    with pytest.raises(refused.GrantStateError):
        services.suspend(grant.pk, actor=HELI, reason="自查")
    services.resume(grant.pk, actor=HELI, reason="自查结束")
    assert services.lookup(**ask).data
    with pytest.raises(refused.GrantStateError):
        services.resume(grant.pk, actor=HELI, reason="x")
    use = selectors.grant_use(grant)
    assert (use.calls, use.subjects, use.denials, use.unused) == (2, 1, 1, False)
    assert use.records == 2
    services.revoke(grant.pk, actor=HELI, reason="停用")
    with pytest.raises(NotFoundError):
        services.suspend(grant.pk, actor=HELI, reason="x")


def test_a_grant_that_nobody_uses_is_pointed_out(city, time, matters, persona):
    number = persona[0].resident_id
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", number)])
    grant = Grant.objects.get(resource__name="residents", consumer="scjg", purpose="restaurant")
    assert grant not in selectors.unused_grants()
    time.instant += dt.timedelta(days=91)
    assert selectors.grant_use(grant).unused
    assert grant in selectors.unused_grants()
    services.lookup(actor=Actor("person", "7", "scjg"), resource="gaj/residents",
                    subject=("person", number), purpose="restaurant", matter="LJ-1")  # fmt: skip
    assert Access.objects.filter(grant=grant).count() == 1
    assert not selectors.grant_use(grant).unused
    assert grant not in selectors.unused_grants()
