"""Every page of the organisation room, for those it is for, in both languages."""

import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.urls import reverse

from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.ledger.models import Fact
from heli.organisation import services
from heli.organisation.models import Department, Person, System
from heli.organisation.ranks import Rank


def pem() -> str:
    key = Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def system(city) -> System:
    octets = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return services.register_system("scjg", "审批系统", octets, actor=HELI)[0]


@pytest.fixture
def addresses(city, owner, system):
    return [
        reverse("organisation:departments"),
        reverse("organisation:department", args=["xfjy"]),
        reverse("organisation:people"),
        reverse("organisation:person", args=[owner.pk]),
        reverse("organisation:absences"),
        reverse("organisation:roles"),
        reverse("organisation:systems"),
        reverse("organisation:system", args=[system.pk]),
    ]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("persona", ["owner", "outsider", "head", "security_admin", "auditor"])
def test_officials_read_the_directory(client, request, addresses, persona, language):
    client.force_login(request.getfixturevalue(persona))
    for address in addresses:
        answer = client.get(address, headers={"accept-language": language})
        assert answer.status_code == 200, address


def test_applicants_and_visitors_do_not(client, applicant, addresses):
    for address in addresses:
        assert client.get(address).headers["Location"].startswith("/sign-in/?next=")
    client.force_login(applicant)
    for address in addresses:
        assert client.get(address).status_code == 403


def test_an_applicant_is_not_in_the_directory(client, owner, applicant):
    client.force_login(owner)
    assert client.get(reverse("organisation:person", args=[applicant.pk])).status_code == 404
    assert applicant.name not in client.get(reverse("organisation:people")).content.decode()


WRITES = [
    ("department_new", "system_admin"),
    ("department_edit", "system_admin"),
    ("post_new", "system_admin"),
    ("person_new", "system_admin"),
    ("appoint", "system_admin"),
    ("person_password", "system_admin"),
    ("person_active", "system_admin"),
    ("person_second_step", "system_admin"),
    ("person_role", "security_admin"),
    ("system_new", "security_admin"),
    ("system_rotate", "security_admin"),
    ("system_close", "security_admin"),
]


@pytest.mark.parametrize(("page", "administrator"), WRITES)
def test_each_write_belongs_to_one_administrator(
    client, request, owner, system, page, administrator
):
    arguments = {
        "department_edit": ["xfjy"],
        "post_new": ["xfjy"],
        "appoint": [owner.pk],
        "person_password": [owner.pk],
        "person_active": [owner.pk],
        "person_second_step": [owner.pk],
        "person_role": [owner.pk],
        "system_rotate": [system.pk],
        "system_close": [system.pk],
    }.get(page, [])
    address = reverse(f"organisation:{page}", args=arguments)
    everybody = ["owner", "head", "leader", "auditor", "system_admin", "security_admin"]
    for persona in everybody:
        if persona != administrator:
            client.force_login(request.getfixturevalue(persona))
            before = Fact.objects.count()
            answer = client.post(address, {"active": "1", "role": "leader"})
            assert answer.status_code == 403, persona
            assert Fact.objects.count() == before
    client.force_login(request.getfixturevalue(administrator))
    assert client.post(address, {"active": "1", "role": "leader"}).status_code in {200, 302}


def test_a_department_is_set_up_and_what_was_typed_is_kept_when_refused(client, system_admin):
    client.force_login(system_admin)
    address = reverse("organisation:department_new")
    values = {"code": "xfjy", "name_zh": "审计局", "badge": "审", "parent": "szf"}
    answer = client.post(address, values)
    assert answer.status_code == 409
    assert "审计局" in answer.content.decode()
    answer = client.post(address, {**values, "code": "shj"})
    assert answer.headers["Location"] == reverse("organisation:department", args=["shj"])
    assert Department.objects.get(code="shj").parent_id == "szf"


def test_a_new_person_gets_a_password_that_is_shown_once(client, system_admin):
    client.force_login(system_admin)
    answer = client.post(
        reverse("organisation:person_new"),
        {"username": "fresh", "name_zh": "演示 新", "department": "xfjy"},
    )
    person = Person.objects.get(username="fresh")
    assert person.must_change_password
    assert person.check_password(answer.context["password"])
    assert "no-store" in answer.headers["Cache-Control"]


def test_an_appointment_and_its_end(client, system_admin, owner):
    post = services.create_post("xfjy", "大队长", Rank.SECTION, actor=HELI)
    client.force_login(system_admin)
    client.post(reverse("organisation:appoint", args=[owner.pk]), {"post": post.pk})
    appointment = owner.appointments.get()
    client.post(reverse("organisation:relieve", args=[appointment.pk]))
    appointment.refresh_from_db()
    assert appointment.until == clock.today()


def test_a_head_sets_competences_of_their_own_people_only(client, head, owner, partner):
    client.force_login(head)
    address = reverse("organisation:person_competences", args=[owner.pk])
    client.post(address, {"known": ["fire.inspection"], "further": "hazard.review"})
    assert {item.name for item in owner.competences.all()} == {"fire.inspection", "hazard.review"}
    other = reverse("organisation:person_competences", args=[partner.pk])
    assert client.post(other, {"known": ["fire.inspection"]}).status_code == 403


def test_roles_are_granted_on_the_persons_page_but_not_across_the_separation(
    client, security_admin, system_admin, owner
):
    client.force_login(security_admin)
    client.post(reverse("organisation:person_role", args=[owner.pk]), {"role": "arbitrator"})
    owner.refresh_from_db()
    assert Role.ARBITRATOR in owner.roles
    answer = client.post(
        reverse("organisation:person_role", args=[system_admin.pk]), {"role": "audit_admin"}
    )
    assert answer.status_code == 403
    system_admin.refresh_from_db()
    assert system_admin.roles == {Role.SYSTEM_ADMIN}


def test_one_records_and_calls_off_ones_own_absence(client, owner, partner):
    client.force_login(owner)
    day = clock.today() + dt.timedelta(days=3)
    values = {"starts_on": day.isoformat(), "ends_on": day.isoformat(), "kind": "leave"}
    client.post(reverse("organisation:absence_new", args=[owner.pk]), values)
    absence = owner.absences.get()
    client.force_login(partner)
    cancel = reverse("organisation:absence_cancel", args=[absence.pk])
    assert client.post(cancel).status_code == 403
    client.force_login(owner)
    assert client.post(cancel).status_code == 302
    absence.refresh_from_db()
    assert absence.cancelled_at is not None


def test_a_system_is_registered_rotated_and_shut_out(client, security_admin, city):
    client.force_login(security_admin)
    answer = client.post(
        reverse("organisation:system_new"),
        {"name_zh": "学籍系统", "department": "jyj", "public_key": "broken"},
    )
    assert answer.status_code == 422
    answer = client.post(
        reverse("organisation:system_new"),
        {"name_zh": "学籍系统", "department": "jyj", "public_key": pem()},
    )
    assert answer.status_code == 302
    system = System.objects.get()
    client.post(reverse("organisation:system_rotate", args=[system.pk]), {"public_key": pem()})
    page = client.get(reverse("organisation:system", args=[system.pk])).text
    assert page.count("从未使用") == page.count('data-dialog="revoke-') == 2
    assert system.keys.count() == 2
    key = system.keys.first()
    client.post(reverse("organisation:key_revoke", args=[key.key_id]))
    key.refresh_from_db()
    assert key.revoked_at is not None
    client.post(reverse("organisation:system_close", args=[system.pk]))
    system.refresh_from_db()
    assert not system.is_active
    page = client.get(reverse("organisation:system", args=[system.pk]))
    assert page.status_code == 200


@pytest.mark.parametrize("persona", ["auditor", "supervisor"])
def test_the_trail_is_read_by_the_auditor(client, request, security_admin, owner, persona):
    services.grant_role(owner.pk, Role.ARBITRATOR, by=security_admin)
    client.force_login(request.getfixturevalue(persona))
    page = client.get(reverse("organisation:trail"), headers={"accept-language": "en"})
    text = page.content.decode()
    assert "Demo owner was granted the role Arbitrator" in text
    assert "Demo security_admin" in text


def test_the_trail_is_searched_sorted_and_says_kinds_in_words(
    client, security_admin, auditor, owner, partner
):
    services.grant_role(owner.pk, Role.ARBITRATOR, by=security_admin)
    client.force_login(auditor)
    url = reverse("organisation:trail")
    english = {"accept-language": "en"}
    rows = client.get(url, {"q": "Demo owner"}, headers=english).text.split("<tbody>")[1]
    assert "Demo owner was granted the role Arbitrator" in rows
    assert "Demo partner" not in rows
    assert "Roles" in rows
    assert "organisation." not in rows
    by = client.get(url, {"q": "Fire and Rescue"}, headers=english).text.split("<tbody>")[1]
    assert "Fire and Rescue Brigade was set up" in by
    oldest = client.get(url, {"sort": "at"}, headers=english).text.split("<tbody>")[1]
    assert oldest.index("City Hall was set up") < oldest.index("was granted")


@pytest.mark.parametrize("persona", ["owner", "system_admin", "security_admin", "leader"])
def test_the_trail_is_closed_to_those_it_watches(client, request, persona):
    client.force_login(request.getfixturevalue(persona))
    assert client.get(reverse("organisation:trail")).status_code == 403


def test_lists_take_a_constant_number_of_queries(
    client, owner, make_person, django_assert_max_num_queries
):
    client.force_login(owner)
    for number in range(12):
        make_person(f"many{number}", Role.OFFICER, department="xfjy")
    with django_assert_max_num_queries(12):
        client.get(reverse("organisation:people"))
    with django_assert_max_num_queries(12):
        client.get(reverse("organisation:department", args=["xfjy"]))
    with django_assert_max_num_queries(12):
        client.get(reverse("organisation:roles"))
