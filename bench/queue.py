# ruff: noqa: A005 - named after what it measures
"""An officer's queue with 62,000 open matters in the database: time and number of queries.

Measures what the page shows first: the selector with its clocks, the same over REST, and the
rendered pages. The selector stands beside what Django offers for lists, a ``Paginator`` over the
same rows with its exact count; pages stand beside their limit of 100 ms at p95. The number of
queries of a page must not depend on which page it is.
"""

import datetime as dt
import random
import statistics
import time
from collections.abc import Callable
from functools import partial

MATTERS, PAGES, SIZE, LIMIT = 62_000, 200, 25, 100
NODES = {
    "scjg": "Task_Food",
    "xfjy": "Task_Fire",
    "sthj": "Task_Environment",
    "cgj": "Task_Signboard",
}


def fill(number: int) -> None:
    """Open matters with four tasks each, a clock for each task, spread over departments."""
    from heli.cases.models import Matter, Procedure, Task
    from heli.cases.services.matters import free_codes
    from heli.clocks.models import Clock
    from heli.kernel import clock
    from heli.kernel.ids import uuid7
    from heli.organisation.models import Person

    rng = random.Random(1)
    procedure = Procedure.objects.get(key="open-restaurant", active=True)
    officers = {
        department: [
            p for p in Person.objects.filter(department=department) if "officer" in p.roles
        ]
        for department in NODES
    }
    now = clock.now()
    names = iter(free_codes(number))
    done = 0
    while done < number:
        matters, tasks, clocks = [], [], []
        for _ in range(min(2000, number - done)):
            opened = now - dt.timedelta(hours=rng.randrange(1, 400))
            matter = Matter(
                code=next(names), procedure=procedure, title=f"演示小馆 {done + len(matters)}",
                received_by_id="zwzx", accountable_id="zwzx", state="running", opened_at=opened,
            )  # fmt: skip
            matters.append(matter)
            for token, (department, people) in enumerate(officers.items()):
                due = opened + dt.timedelta(hours=rng.randrange(100, 800))
                row = Clock(
                    id=uuid7(), kind="cases.task", owner_type="cases.task", owner_id="",
                    department=department, started_at=opened, unit="natural_hours",
                    amount=48, due_at=due, at_risk_at=due, total=due - opened, matter=matter.code,
                )  # fmt: skip
                task = Task(
                    matter=matter, token=token + 3, node=NODES[department], name_zh="审查",
                    department_id=department, assignee=rng.choice(people), clock_id=row.pk,
                    due_at=due, order_at=due, opened_at=opened, allowance="H48",
                )  # fmt: skip
                row.owner_id = str(task.pk)
                clocks.append(row)
                tasks.append(task)
        Matter.objects.bulk_create(matters, batch_size=500)
        Task.objects.bulk_create(tasks, batch_size=500)
        Clock.objects.bulk_create(clocks, batch_size=500)
        done += len(matters)


def measure(act: Callable[[int], object], pages: int) -> tuple[float, float, int, int]:
    """Median and p95 in milliseconds, and the least and greatest number of queries.

    Args:
        act: Opens the page of a number from 0.
        pages: How many different pages are opened.
    """
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    act(0)
    spent = []
    for place in range(pages):
        began = time.perf_counter()
        act(place)
        spent.append((time.perf_counter() - began) * 1000)
    counts = []
    for place in (0, 1, pages - 1):
        with CaptureQueriesContext(connection) as captured:
            act(place)
        counts.append(len(captured))
    spent.sort()
    return statistics.median(spent), spent[int(len(spent) * 0.95)], min(counts), max(counts)


def run(matters: int = MATTERS, pages: int = PAGES) -> list[dict[str, object]]:
    """Measure on the database that is set up."""
    from heli.site.startup import migrate

    migrate()
    from django.db import connection

    from heli.cases import services
    from heli.demo import organisation
    from heli.organisation.models import Person

    organisation.seed()
    services.ensure_shipped_procedures()
    fill(matters)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    officer = Person.objects.get(username="xfjy02")
    return [*selected(officer, pages), *fetched(officer, pages)]


def selected(officer, pages: int) -> list[dict[str, object]]:
    """The rows of a page with their clocks, against Django's own pages of the same rows."""
    from django.core.paginator import Paginator

    from heli.cases import selectors
    from heli.cases.models import Task
    from heli.cases.selectors.clocks import with_clocks

    def heli(scope: str, place: int) -> None:
        rows = with_clocks(selectors.queue(officer, scope)[place * SIZE : (place + 1) * SIZE])
        assert rows[0].clock is not None
        assert rows[0].matter.title

    def django(filters: dict[str, object], place: int) -> None:
        rows = Task.objects.filter(closed_at=None, **filters).select_related(
            "matter__procedure", "department", "assignee"
        )
        page = Paginator(rows.order_by("order_at", "id"), SIZE).page(place + 1)
        assert with_clocks(list(page.object_list))[0].clock is not None

    found = []
    for name, scope, filters in (
        ("mine", "mine", {"assignee": officer}),
        ("the department's", "department", {"department": officer.department_id}),
    ):
        _, p95, least, most = measure(partial(heli, scope), pages)
        _, peer, _, _ = measure(partial(django, filters), pages)
        found.append(
            {
                "what": f"rows of a page, {name}: p95 ({counted(least, most)})",
                "heli": f"{p95:.1f} ms",
                "peer": f"Django's Paginator {peer:.1f} ms",
                "ratio": peer / p95,
            }
        )
    return found


def fetched(officer, pages: int) -> list[dict[str, object]]:
    """Whole answers over HTTP, against the limit."""
    from django.test import Client

    from heli.cases import selectors

    client = Client(SERVER_NAME="localhost")
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")

    def fetch(path: str, place: int) -> None:
        answer = client.get(path.format(page=place % 10 + 1))
        assert answer.status_code == 200, answer.status_code

    found = []
    for name, path in (
        ("REST, my tasks", "/api/v1/cases/tasks?limit=25"),
        ("page, my tasks", "/cases/?page={page}"),
        ("page, the department's", "/cases/queue/department/?page={page}"),
        ("page, overdue", "/cases/?clock=late&page={page}"),
        ("page, matters of the department", "/cases/matters/?page={page}"),
        ("detail of a task", f"/cases/t/{selectors.queue(officer)[0].pk}/"),
    ):
        median, p95, least, most = measure(partial(fetch, path), pages)
        found.append(
            {
                "what": f"{name}: p95 ({counted(least, most)})",
                "heli": f"{p95:.1f} ms",
                "peer": f"limit {LIMIT} ms; median {median:.1f} ms",
                "ratio": LIMIT / p95,
            }
        )
    return found


def counted(least: int, most: int) -> str:
    """The number of queries in words."""
    return f"{least} queries" if least == most else f"{least} to {most} queries"
