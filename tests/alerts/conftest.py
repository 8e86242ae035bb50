"""A city whose officers take turns, and a kind of alert that it issues."""

import datetime as dt

import pytest

from heli.alerts import services
from heli.alerts.models import Kind
from heli.cases.models import Notice as InboxNotice
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.permissions import Role

NUMBER = "99010119900101001X"
NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)  # 10 in the morning in Shanghai


def identity(sequence=1):
    from heli.engines.contracts.semantics.identity import make_identity_number

    return make_identity_number("990101", dt.date(1990, 1, 1), sequence)


@pytest.fixture
def now():
    with clock.frozen(NOW) as standing:
        yield standing


@pytest.fixture
def kinds(city, now):
    services.ensure_shipped_kinds()
    services.define_kind(
        {
            "code": "missing", "title_zh": "走失人员协查", "title_en": "Missing person",
            "ground": "《中华人民共和国人民警察法》第二十一条", "issuers": ["xfjy"],
            "subject_type": "person", "answer_minutes": 10, "hours": 48, "most_hours": 720,
        },
        actor=HELI,
    )  # fmt: skip
    return {row.code: row for row in Kind.objects.all()}


@pytest.fixture
def issuer(kinds):
    return Actor("person", "1", "xfjy")


@pytest.fixture
def rostered(kinds, owner, partner, outsider):
    """One officer of three departments has the shift of the day, and took over."""
    for person in (owner, partner, outsider):
        (shift, *_) = services.plan_shifts(
            person.department_id, [person], first=clock.today(), days=1, hours=24, actor=HELI
        )
        services.accept_shift(shift, person=person)
    return owner, partner, outsider


@pytest.fixture
def alert(kinds, issuer, rostered):
    return services.issue(
        kinds["missing"],
        headline="寻找走失儿童",
        details="男，六岁，穿红色外套",
        subjects=[services.NewSubject("person", identity())],
        actor=issuer,
    )


def inbox(key):
    return list(InboxNotice.objects.filter(key=key))


__all__ = ["NOW", "NUMBER", "Role", "identity", "inbox"]
