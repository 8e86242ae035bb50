# ruff: noqa: A005 - named after what it measures
"""An officer's queue with 62,000 open matters in the database: time and number of queries.

    python -m bench.queue [--matters 62000] [--pages 200]

Measures what the page shows first: the selector with its clocks, the same over REST, and the
rendered page where the room has one. ``HELI_DATABASE_URL`` chooses the database.
"""

import argparse
import datetime as dt
import os
import random
import statistics
import tempfile
import time
import warnings

SIZE = 25
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
        department: list(
            Person.objects.filter(department=department, role_names__contains="officer")
            if os.environ.get("HELI_DATABASE_URL")
            else [p for p in Person.objects.filter(department=department) if "officer" in p.roles]
        )
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


def measure(act, pages: int) -> tuple[float, float, int, int]:
    """Median and p95 in milliseconds, and the least and greatest number of queries."""
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
        with CaptureQueriesContext(connection, ) as captured:  # fmt: skip
            act(place)
        counts.append(len(captured))
    spent.sort()
    return statistics.median(spent), spent[int(len(spent) * 0.95)], min(counts), max(counts)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--matters", type=int, default=62_000)
    options.add_argument("--pages", type=int, default=200)
    given = options.parse_args()
    home = tempfile.TemporaryDirectory(prefix="heli-bench-")
    os.environ.setdefault("HELI_HOME", home.name)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heli.site.settings")
    warnings.simplefilter("ignore")
    from heli.site.startup import setup

    setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    from django.db import connection
    from django.test import Client

    from heli.cases import selectors, services
    from heli.cases.models import Task
    from heli.cases.selectors.clocks import with_clocks
    from heli.demo import organisation
    from heli.organisation.models import Person

    organisation.seed()
    services.ensure_shipped_procedures()
    began = time.perf_counter()
    fill(given.matters)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    officer = Person.objects.get(username="xfjy02")
    mine = Task.objects.filter(assignee=officer, closed_at=None).count()
    print(
        f"{connection.vendor}: {given.matters:,} open matters, {Task.objects.count():,} open tasks,"
        f" {mine:,} of them this officer's (filled in {time.perf_counter() - began:.0f} s)"
    )

    def first_page(scope: str):
        def act(place: int) -> None:
            rows = with_clocks(selectors.queue(officer, scope)[place * SIZE : (place + 1) * SIZE])
            assert rows[0].clock is not None
            assert rows[0].matter.title

        return act

    client = Client(SERVER_NAME="localhost")
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")

    def fetch(path: str):
        def act(place: int) -> None:
            answer = client.get(path)
            assert answer.status_code == 200, answer.status_code

        return act

    acts = [
        ("selector, my tasks", first_page("mine")),
        ("selector, the department's", first_page("department")),
        ("REST, my tasks", fetch("/api/v1/cases/tasks?limit=25")),
    ]
    acts += [
        ("page, my tasks", fetch("/cases/")),
        ("page, the department's", fetch("/cases/queue/department/")),
        ("page, second of overdue", fetch("/cases/?clock=late&page=2")),
        ("page, matters of the department", fetch("/cases/matters/")),
        ("detail of a task", fetch(f"/cases/t/{selectors.queue(officer)[0].pk}/")),
    ]
    for name, act in acts:
        median, p95, least, most = measure(act, given.pages)
        queries = f"{least}" if least == most else f"{least}–{most}"
        print(f"  {name:32s} median {median:6.1f} ms   p95 {p95:6.1f} ms   {queries} queries")


if __name__ == "__main__":
    main()
