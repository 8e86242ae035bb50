"""The fixed people of permission tests, as real rows; a pytest plugin.

``owner`` is an officer of the department that has the matter (fire), ``partner`` one of a
department that takes part (market), ``outsider`` one of a department that does not (education).
``head`` and ``steward`` belong to the owner's department. Sign in by ``client.force_login``.
"""

from collections.abc import Callable, Iterator

import pytest

from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.organisation.models import Department, Person
from heli.organisation.selectors import forget_departments
from heli.organisation.services import NewDepartment, NewPerson, create_departments, create_person

DEPARTMENTS = (
    NewDepartment("szf", "市政府", "City Hall", "府"),
    NewDepartment("xfjy", "消防救援支队", "Fire and Rescue Brigade", "消", parent="szf"),
    NewDepartment("scjg", "市场监督管理局", "Market Regulation Bureau", "场", parent="szf"),
    NewDepartment("jyj", "教育局", "Education Bureau", "教", parent="szf"),
    NewDepartment("sjj", "数据局", "Data Bureau", "数", parent="szf"),
    NewDepartment("zwzx", "政务服务中心", "Government Service Centre", "政", parent="szf"),
)

MakePerson = Callable[..., Person]


@pytest.fixture(autouse=True)
def _fresh_departments() -> Iterator[None]:
    """A rolled-back test's departments must not be remembered by the next."""
    forget_departments()
    yield
    forget_departments()


@pytest.fixture
def city(db: None) -> dict[str, Department]:
    """Departments by code."""
    return {row.code: row for row in create_departments(DEPARTMENTS, actor=HELI)}


@pytest.fixture
def make_person(city: dict[str, Department]) -> MakePerson:
    """Makes further people: ``make_person("name", Role.OFFICER, department="jyj")``."""

    def make(
        username: str, *roles: Role, department: str = "", competences: tuple[str, ...] = ()
    ) -> Person:
        new = NewPerson(
            username,
            f"演示 {username}",
            f"Demo {username}",
            department=department,
            roles=frozenset(roles),
            competences=competences,
        )
        return create_person(new, actor=HELI)

    return make


@pytest.fixture
def owner(make_person: MakePerson) -> Person:
    """Officer of the department that has the matter."""
    return make_person("owner", Role.OFFICER, department="xfjy", competences=("fire.inspection",))


@pytest.fixture
def partner(make_person: MakePerson) -> Person:
    """Officer of a department that takes part."""
    return make_person("partner", Role.OFFICER, department="scjg", competences=("food.permit",))


@pytest.fixture
def outsider(make_person: MakePerson) -> Person:
    """Officer of a department that has nothing to do with it."""
    return make_person("outsider", Role.OFFICER, department="jyj")


@pytest.fixture
def ambassador(make_person: MakePerson) -> Person:
    """Service ambassador at the pooled front desk."""
    return make_person(
        "ambassador", Role.AMBASSADOR, Role.OFFICER, department="zwzx", competences=("intake",)
    )


@pytest.fixture
def head(make_person: MakePerson) -> Person:
    """Head of the owner's department."""
    return make_person("head", Role.HEAD, department="xfjy")


@pytest.fixture
def leader(make_person: MakePerson) -> Person:
    """Leader of the city."""
    return make_person("leader", Role.LEADER, department="szf")


@pytest.fixture
def steward(make_person: MakePerson) -> Person:
    """Data steward of the owner's department."""
    return make_person("steward", Role.STEWARD, department="xfjy")


@pytest.fixture
def supervisor(make_person: MakePerson) -> Person:
    """Supervision office."""
    return make_person("supervisor", Role.SUPERVISOR, department="szf")


@pytest.fixture
def auditor(make_person: MakePerson) -> Person:
    """Audit administrator: reads the trail, changes nothing."""
    return make_person("auditor", Role.AUDIT_ADMIN, department="szf")


@pytest.fixture
def system_admin(make_person: MakePerson) -> Person:
    """System administrator: departments and people."""
    return make_person("system_admin", Role.SYSTEM_ADMIN, department="sjj")


@pytest.fixture
def security_admin(make_person: MakePerson) -> Person:
    """Security administrator: roles and keys."""
    return make_person("security_admin", Role.SECURITY_ADMIN, department="sjj")


@pytest.fixture
def applicant(make_person: MakePerson) -> Person:
    """Somebody with a matter of their own."""
    return make_person("applicant", Role.APPLICANT)


@pytest.fixture
def other_applicant(make_person: MakePerson) -> Person:
    """Somebody else's applicant."""
    return make_person("other_applicant", Role.APPLICANT)
