"""Departments, posts, appointments, competences and identity numbers."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.engines.contracts import SemanticError
from heli.engines.contracts.semantics.identity import make_identity_number
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.ledger.models import Fact
from heli.organisation import policy, selectors, services, vault
from heli.organisation.errors import (
    AlreadyAppointedError,
    CompetenceNameError,
    DepartmentExistsError,
    DepartmentLoopError,
    IdentityTakenError,
    NotAppointedError,
    PostTakenError,
    UnknownDepartmentError,
    UsernameTakenError,
)
from heli.organisation.models import Identity, Person
from heli.organisation.ranks import LABELS, Rank
from heli.organisation.services import NewDepartment, NewPerson

NUMBER = "990101198603149013"


def test_ranks_are_ordered_from_staff_to_bureau():
    assert Rank.STAFF_MEMBER_1 < Rank.PRINCIPAL_STAFF_4 < Rank.DEPUTY_DIVISION < Rank.DIVISION
    assert Rank.DIVISION < Rank.DEPUTY_BUREAU < Rank.BUREAU
    assert [rank for rank in Rank if rank.leading and rank.level >= 5] == [
        Rank.DIVISION,
        Rank.DEPUTY_BUREAU,
        Rank.BUREAU,
    ]
    assert set(LABELS) == set(Rank)


def test_departments_form_a_tree(city):
    services.create_department(
        NewDepartment("xfjy-east", "东城消防大队", badge="东", parent="xfjy"), actor=HELI
    )
    branches = [(item.department.code, item.depth) for item in selectors.tree()]
    assert branches[0] == ("szf", 0)
    assert branches[branches.index(("xfjy", 1)) + 1] == ("xfjy-east", 2)
    assert selectors.within("xfjy") == {"xfjy", "xfjy-east"}


def test_a_department_cannot_stand_below_itself(city):
    services.create_department(NewDepartment("low", "下", parent="xfjy"), actor=HELI)
    with pytest.raises(DepartmentLoopError):
        services.change_department("xfjy", actor=HELI, parent="low")
    with pytest.raises(DepartmentLoopError):
        services.change_department("xfjy", actor=HELI, parent="xfjy")
    assert selectors.department("xfjy").parent == "szf"


def test_a_department_code_is_used_once_and_a_parent_exists(city):
    with pytest.raises(DepartmentExistsError):
        services.create_department(NewDepartment("xfjy", "另一个"), actor=HELI)
    with pytest.raises(UnknownDepartmentError):
        services.create_department(NewDepartment("new", "新", parent="nowhere"), actor=HELI)
    with pytest.raises(UnknownDepartmentError):
        selectors.department("new")


def test_a_change_is_a_fact_that_names_the_fields_only(city):
    services.change_department("jyj", actor=HELI, name_en="Schools", badge="教")
    fact = Fact.objects.get(verb="organisation.department.changed")
    assert fact.data == {"code": "jyj", "fields": ["name_en"]}
    assert selectors.departments()["jyj"].name_en == "Schools"


def test_an_appointment_fills_a_seat_and_moves_the_person(city, outsider, owner):
    post = services.create_post("xfjy", "大队长", Rank.SECTION, actor=HELI)
    appointment = services.appoint(outsider, post, actor=HELI)
    outsider.refresh_from_db()
    assert outsider.department_id == "xfjy"
    assert selectors.present_post(outsider) == "大队长"
    with pytest.raises(AlreadyAppointedError):
        services.appoint(outsider, post, actor=HELI)
    with pytest.raises(PostTakenError, match="1 seats"):
        services.appoint(owner, post, actor=HELI)
    services.relieve(appointment, actor=HELI)
    with pytest.raises(NotAppointedError):
        services.relieve(appointment, actor=HELI)
    services.appoint(owner, post, actor=HELI)
    verbs = list(Fact.objects.order_by("id").values_list("verb", flat=True))[-3:]
    assert verbs == [
        "organisation.person.appointed",
        "organisation.person.relieved",
        "organisation.person.appointed",
    ]


def test_the_head_of_a_department(city, head, make_person):
    assert selectors.head_of("xfjy") == head
    post = services.create_post("xfjy", "支队长", Rank.DIVISION, actor=HELI, is_head=True)
    new = make_person("commander", Role.HEAD, department="xfjy")
    services.appoint(new, post, actor=HELI)
    assert selectors.head_of("xfjy") == new
    assert selectors.head_of("jyj") is None


def test_people_are_taken_on_together_or_not_at_all(city, owner):
    before = Person.objects.count(), Fact.objects.count()
    with pytest.raises(UsernameTakenError):
        services.create_people([NewPerson("fresh", "新"), NewPerson("owner", "重名")], actor=HELI)
    assert (Person.objects.count(), Fact.objects.count()) == before


@pytest.mark.parametrize("name", ["", "Fire", "fire inspection", "消防", "fire..x", "a" * 61])
def test_a_competence_has_a_proper_name(owner, name):
    with pytest.raises(CompetenceNameError):
        services.set_competences(owner, [name], actor=HELI)
    assert [item.name for item in owner.competences.all()] == ["fire.inspection"]


def test_competences_are_replaced_as_a_whole(owner):
    services.set_competences(owner, ["fire.design", "collaboration"], actor=HELI)
    assert [item.name for item in owner.competences.all()] == ["collaboration", "fire.design"]


def test_who_may_set_competences(owner, head, partner, system_admin, security_admin):
    codes = [
        policy.may_set_competences(person, owner).allowed
        for person in (owner, head, partner, system_admin, security_admin)
    ]
    assert codes == [False, True, False, True, False]


def test_an_identity_number_is_sealed_and_found_again(applicant, other_applicant):
    services.set_identity(applicant, NUMBER)
    row = Identity.objects.get(person=applicant)
    assert NUMBER.encode() not in bytes(row.sealed)
    assert selectors.identity_of(applicant.pk) == NUMBER
    assert selectors.identity_of(other_applicant.pk) is None
    assert selectors.person_by_identity(NUMBER) == applicant
    with pytest.raises(IdentityTakenError):
        services.set_identity(other_applicant, NUMBER)
    assert not any(NUMBER in str(fact.data) for fact in Fact.objects.all())


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "contracts.wrong_length"),
        ("not a number", "contracts.wrong_length"),
        (NUMBER[:17], "contracts.wrong_length"),
        (f"{NUMBER[:16]}A{NUMBER[17]}", "contracts.wrong_character"),
        (f"{NUMBER[:17]}4", "contracts.check_character"),
        ("990101198613149013", "contracts.birth_date"),
        (make_identity_number("990101", dt.date(2200, 1, 1), 1), "contracts.future_birth"),
    ],
)
def test_what_is_no_identity_number_is_refused_with_the_remedy(applicant, number, code):
    with pytest.raises(SemanticError) as refused:
        services.set_identity(applicant, number)
    assert refused.value.code == code
    assert refused.value.field == "identity_number"
    assert refused.value.advice()
    assert not Identity.objects.filter(person=applicant).exists()


def test_an_identity_number_is_kept_in_its_normal_form(applicant):
    number = make_identity_number("990101", dt.date(1986, 3, 14), 1)
    while not number.endswith("X"):
        number = make_identity_number("990101", dt.date(1986, 3, 14), int(number[14:17]) + 1)
    services.set_identity(applicant, f" {number.lower()}\n")
    assert selectors.identity_of(applicant.pk) == number
    assert selectors.person_by_identity(number.lower()) == applicant


def test_a_sealed_number_moved_to_another_row_does_not_open(applicant, other_applicant):
    services.set_identity(applicant, NUMBER)
    row = Identity.objects.get(person=applicant)
    Identity.objects.filter(pk=row.pk).update(person=other_applicant)
    with pytest.raises(vault.VaultError):
        selectors.identity_of(other_applicant.pk)


@given(number=st.text(max_size=30), person=st.integers(0, 2**40))
def test_sealing_is_undone_by_unsealing_and_never_repeats(number, person):
    sealed = vault.seal(number, person)
    assert vault.unseal(sealed, person) == number
    assert vault.seal(number, person) != sealed
