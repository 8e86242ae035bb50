"""A small city whose figures can be counted by hand."""

import datetime as dt

import pytest

from heli.cases.models import CollaborationRequest, Matter, Task
from heli.cockpit import shown
from heli.kernel import clock
from heli.kernel.permissions import Role
from heli.organisation.models import Department, Person

NOW = dt.datetime(2026, 11, 23, 4, 0, tzinfo=dt.UTC)  # noon in Shanghai, a Monday


def ago(**delta):
    return NOW - dt.timedelta(**delta)


@pytest.fixture(autouse=True)
def noon():
    shown.forget()
    with clock.frozen(NOW) as frozen:
        yield frozen
    shown.forget()


@pytest.fixture
def departments(db):
    return [
        Department.objects.create(code=code, name_zh=zh, name_en=en, badge=zh[0])
        for code, zh, en in (
            ("fire", "消防支队", "Fire Brigade"),
            ("env", "生态环境局", "Environment Bureau"),
            ("hall", "政务中心", "Service Hall"),
        )
    ]


@pytest.fixture
def person(db):
    """Somebody who holds the roles given."""

    def person(*roles, name="x"):
        return Person.objects.create(
            username=f"{name}-{'-'.join(roles)}", name_zh="测试", role_names=[str(r) for r in roles]
        )

    return person


@pytest.fixture
def leader(client, person):
    client.force_login(person(Role.LEADER), backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def matter(departments):
    count = iter(range(1000))

    def matter(**values):
        number = next(count)
        values = {"accountable_id": "hall", "state": "running", "opened_at": ago(days=20)} | values
        return Matter.objects.create(code=f"LJ-T{number:05d}-00", title="t", **values)

    return matter


@pytest.fixture
def task(matter):
    def task(department="fire", name="核查", of=None, **values):
        of = of or matter()
        values = {"opened_at": ago(days=10), "state": "open"} | values
        if values.get("due_at"):
            values.setdefault("order_at", values["due_at"])
        return Task.objects.create(
            matter=of,
            token=of.tasks.count(),
            node="n",
            name_zh=name,
            name_en=f"{name} en",
            department_id=department,
            **values,
        )

    return task


@pytest.fixture
def request_(matter):
    def request_(asker="hall", asked="fire", **values):
        values = {"asked_at": ago(days=3), "asked_by": "x", "text": "t"} | values
        return CollaborationRequest.objects.create(
            matter=matter(), asker_id=asker, asked_id=asked, **values
        )

    return request_


@pytest.fixture
def known(task, request_, matter):
    """What the figures below are counted from."""
    # Five decided by fire in the last week: 1, 2, 3, 4, 10 h; one of the four clocked is late.
    for hours, due in ((1, 2), (2, 2), (3, 4), (4, None), (10, 9)):
        task(
            opened_at=ago(hours=20),
            closed_at=ago(hours=20 - hours),
            due_at=ago(hours=20 - due) if due else None,
            state="done",
            closed_by="person:1",
        )
    # Two by the environment bureau, 6 h and 8 h, one yesterday and one ten days ago.
    task("env", opened_at=ago(days=1, hours=6), closed_at=ago(days=1), state="refused")
    task(
        "env", opened_at=ago(days=10, hours=8), closed_at=ago(days=10), due_at=ago(days=11),
        state="returned",
    )  # fmt: skip
    # Not counted: withdrawn, and done by the system.
    task(opened_at=ago(hours=9), closed_at=ago(hours=1), state="withdrawn")
    task(opened_at=ago(hours=9), closed_at=ago(hours=1), state="done", kind="service")
    # Open: 2 and 4 days overdue; at risk for a day; suspended for three; in time; without clock.
    task(due_at=ago(days=2), at_risk_at=ago(days=3))
    task(due_at=ago(days=4), at_risk_at=ago(days=5), of=matter(accountable_id="env"))
    task(due_at=ago(days=-1), at_risk_at=ago(days=1))
    task(suspended_at=ago(days=3))
    task("env", name="受理", due_at=ago(days=-5), at_risk_at=ago(days=-4))
    task("env", name="受理")
    # Requests: answered after 5 h and 50 h (late), one refused after 20 h, one open and overdue.
    request_(
        asked_at=ago(hours=60), closed_at=ago(hours=55), due_at=ago(hours=12), state="answered"
    )
    request_(
        asked_at=ago(hours=60), closed_at=ago(hours=10), due_at=ago(hours=12), state="answered"
    )
    request_(
        "fire", "env", asked_at=ago(hours=60), closed_at=ago(hours=40), due_at=ago(hours=12),
        state="refused",
    )  # fmt: skip
    request_("env", "fire", due_at=ago(hours=1))
    # Ended matters: 10 days instead of 25, 4 instead of 6; a refused one does not count.
    for taken, serial in ((10, 25), (4, 6)):
        matter(
            state="completed", opened_at=ago(days=taken + 1), closed_at=ago(days=1),
            serial_seconds=serial * 86_400,
        )  # fmt: skip
    matter(state="refused", closed_at=ago(days=1), serial_seconds=99)
