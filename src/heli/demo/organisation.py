"""Filling Linjiang's departments, posts, people and systems."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.contrib.auth.hashers import make_password
from django.db import transaction

from heli.demo.city import (
    APPLICANTS,
    CITY_HALL,
    GRADES,
    HALL,
    POOLED,
    SPECIALS,
    STEWARD_NUMBER,
    UNITS,
    Unit,
)
from heli.demo.registers import Persona
from heli.kernel.actor import HELI
from heli.kernel.home import folder, write_private
from heli.kernel.permissions import Role
from heli.organisation import services
from heli.organisation.ranks import Rank
from heli.organisation.selectors import Person, Post, person_by_identity
from heli.organisation.services import NewDepartment, NewPerson

PASSWORD = "linjiang-heli-2026"  # noqa: S105 - the demo city's, printed at start
"""Password of everybody in the demo city."""

SYSTEMS = ("scjg", "zrzy", "sthj", "xfjy", "rsj", "swj", "jyj", "wjw", "gaj", "zwzx")
"""Departments whose own system is registered; the key lies in ``keys/systems/CODE.pem``."""

HEAD_TITLES = {
    "xfjy": ("支队长", "Brigade commander"),
    "zwzx": ("主任", "Director"),
    "wjw": ("主任", "Director"),
    "fgw": ("主任", "Director"),
}


def seed() -> None:
    """Set up 18 departments below the city hall and about 90 people, each change a fact."""
    with transaction.atomic():
        services.create_departments(
            [
                NewDepartment(
                    unit.code,
                    unit.name_zh,
                    unit.name_en,
                    unit.badge,
                    parent="" if unit.code == CITY_HALL else CITY_HALL,
                    position=position,
                )
                for position, unit in enumerate((HALL, *UNITS))
            ],
            actor=HELI,
        )
        posts = _Posts()
        # One slow hash for all: the demo password is no secret.
        encoded = make_password(PASSWORD)
        people = [*_officials(posts, encoded), *_specials(posts, encoded), *_applicants(encoded)]
        created = {person.username: person for person in services.create_people(people, actor=HELI)}
        for resident in APPLICANTS:
            services.set_identity(created[resident.username], resident.identity)
        _systems()


def meet_registers(residents: Sequence[Persona]) -> None:
    """Let the applicants be residents of the registers, so that the city knows them.

    Each takes name and number of a resident who owns a home and represents an enterprise.
    """
    for applicant, resident in zip(APPLICANTS, residents, strict=False):
        person = Person.objects.filter(username=applicant.username).first()
        if person is None or person_by_identity(resident.resident_id) is not None:
            continue
        services.set_identity(person, resident.resident_id, name=resident.name)


class _Posts:
    """Posts of the demo city, set up when first needed with as many seats as it has people."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str, Rank], Post] = {}

    def __call__(
        self,
        department: str,
        name: tuple[str, str],
        rank: Rank,
        *,
        is_head: bool = False,
        seats: int = 1,
    ) -> Post:
        key = (department, name[0], rank)
        if key not in self.known:
            self.known[key] = services.create_post(
                department,
                name[0],
                rank,
                actor=HELI,
                name_en=name[1],
                is_head=is_head,
                seats=seats,
            )
        return self.known[key]


def _officials(posts: _Posts, encoded: str) -> Iterator[NewPerson]:
    for unit in UNITS:
        title = HEAD_TITLES.get(unit.code, ("局长", "Director"))
        yield NewPerson(
            f"{unit.code}01",
            f"负责人 {unit.badge}01",
            f"Head {unit.short_en}-01",
            department=unit.code,
            password=encoded,
            roles=frozenset({Role.HEAD}),
            post=posts(unit.code, title, Rank.DIVISION, is_head=True),
        )
        for index, competences in enumerate(unit.officers):
            yield _officer(unit, index + 2, competences, posts, encoded)


def _officer(
    unit: Unit, number: int, competences: tuple[str, ...], posts: _Posts, encoded: str
) -> NewPerson:
    roles = {Role.OFFICER}
    if unit.code == "zwzx" or (unit.code, number) in POOLED:
        roles.add(Role.AMBASSADOR)
    if number == STEWARD_NUMBER:
        roles.add(Role.STEWARD)
    front = unit.code == "zwzx"
    post = ("综合窗口", "Front desk") if front else ("业务经办", "Case work")
    rank = GRADES[(number - 2) % len(GRADES)]
    seats = sum(GRADES[index % len(GRADES)] == rank for index in range(len(unit.officers)))
    return NewPerson(
        f"{unit.code}{number:02}",
        f"{'服务大使' if front else '经办员'} {unit.badge}{number:02}",
        f"{'Ambassador' if front else 'Officer'} {unit.short_en}-{number:02}",
        department=unit.code,
        password=encoded,
        roles=frozenset(roles),
        competences=("collaboration", *competences),
        post=posts(unit.code, post, rank, seats=seats),
    )


def _specials(posts: _Posts, encoded: str) -> Iterator[NewPerson]:
    for item in SPECIALS:
        yield NewPerson(
            item.username,
            item.name_zh,
            item.name_en,
            department=item.department,
            password=encoded,
            roles=frozenset({item.role}),
            competences=item.competences,
            post=posts(
                item.department,
                item.post,
                item.rank,
                is_head=item.rank == Rank.BUREAU,
                seats=sum(
                    (other.department, other.post) == (item.department, item.post)
                    for other in SPECIALS
                ),
            ),
        )


def _applicants(encoded: str) -> Iterator[NewPerson]:
    for resident in APPLICANTS:
        yield NewPerson(
            resident.username,
            resident.name_zh,
            resident.name_en,
            password=encoded,
            roles=frozenset({Role.APPLICANT}),
        )


ABSENCES = (
    ("xfjy05", "xfjy04", -1, 3, "training"),
    ("sthj05", "sthj04", 0, 3, "leave"),
    ("scjg04", "scjg03", 5, 12, "leave"),
)
"""Who is away, who stands in, first and last day from the day the city opens, and why."""


def record_absence(
    username: str, substitute: str, days: tuple[dt.date, dt.date], kind: str
) -> None:
    """Let somebody say that they will be away; what is recorded already stays."""
    people = {
        row.username: row for row in Person.objects.filter(username__in=(username, substitute))
    }
    person = people[username]
    if not person.absences.exists():
        services.record_absence(
            person, *days, actor=person.actor, substitute=people[substitute], kind=kind
        )


def _systems() -> None:
    names = {unit.code: unit for unit in UNITS}
    for code in SYSTEMS:
        path = system_key_path(code)
        private = Ed25519PrivateKey.generate()
        write_private(
            path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        unit = names[code]
        services.register_system(
            code,
            f"{unit.name_zh}业务系统",
            private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
            actor=HELI,
            name_en=f"Case system of the {unit.name_en}",
        )


def system_key_path(department: str) -> Path:
    """Where the private key of a department's demo system lies."""
    return folder("keys", "systems", private=True) / f"{department}.pem"


def logins() -> list[tuple[str, str]]:
    """One login for each kind of user: role label id and login name."""
    return [
        (Role.APPLICANT, "applicant1"),
        (Role.AMBASSADOR, "zwzx02"),
        (Role.OFFICER, "xfjy02"),
        (Role.HEAD, "xfjy01"),
        (Role.LEADER, "leader1"),
        (Role.STEWARD, "steward1"),
        (Role.SUPERVISOR, "supervisor1"),
        (Role.ARBITRATOR, "arbitrator1"),
        (Role.SYSTEM_ADMIN, "sysadmin"),
        (Role.SECURITY_ADMIN, "secadmin"),
        (Role.AUDIT_ADMIN, "auditadmin"),
    ]
