"""Matters of Linjiang: four weeks of work of all departments, made through the real services.

A simulated clock runs from four weeks ago until now; people file, claim, ask, answer, approve,
refuse and hand over as scripted, each at an instant of office hours, and the legal clocks fire as
they would have. What the script would do after now is not done: so there are matters in every
state, on time, at risk, late, suspended and finished.
"""

import datetime as dt
import heapq
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import transaction

from heli.cases import assignment, service_tasks, services
from heli.cases.selectors import Matter, Task
from heli.cases.tasks import prepare_tasks
from heli.clocks.polling import poll
from heli.demo.hours import office, working_days
from heli.demo.organisation import ABSENCES, record_absence
from heli.demo.registers import Persona, personas
from heli.demo.script import (
    DENIALS,
    PLOTS,
    REFUSALS,
    REQUEST_GROUND,
    REQUEST_TEXT,
    RESOURCES,
    SPEED,
    SUPPLEMENT_GROUND,
    SUPPLEMENTS,
    USUAL,
    Denial,
    answers,
)
from heli.errors import ConflictError, ForbiddenError
from heli.exchange import services as exchange
from heli.kernel import clock
from heli.kernel.clock import SHANGHAI, FrozenClock
from heli.kernel.home import home
from heli.ledger import services as ledger
from heli.organisation.selectors import Person

Progress = Callable[[str], None]

WEEKS = 4
# The city is set up, piece by piece, before its first matter.
BEFORE_NOW = dt.timedelta(weeks=WEEKS, days=7)
NUMBER_OF_MATTERS = 44
POLL = dt.timedelta(hours=8)
# The matters from this one on come in during the last days; a department that needs at least so
# many working days for a task has not ended theirs.
FRESH = 36
SLOW = 0.5
STILL_OPEN = 4.5
DESKS = ("scjg02", "xfjy02", "sthj02", "cgj02")
"""Officers whom a visitor steps into from the start page."""


@dataclass(slots=True)
class _Story:
    """One matter as it is told."""

    plot: str
    procedure: str
    number: int
    matter: Matter | None = None
    begun: set[Any] = field(default_factory=set)


class _Director:
    """Runs the script on the simulated clock."""

    def __init__(self, number: int, end: dt.datetime, cast: list[Persona]) -> None:
        self.random = random.Random(number)  # noqa: S311 - a script, not a secret
        self.end = end
        self.clock = FrozenClock(end - dt.timedelta(weeks=WEEKS))
        self.cast = cast
        self.people = {
            person.username: person for person in Person.objects.select_related("department")
        }
        self.by_id = {person.pk: person for person in self.people.values()}
        self.agenda: list[tuple[dt.datetime, int, Callable[[], object]]] = []
        self.count = 0

    # -- time -----------------------------------------------------------------------------------

    def plan(self, at: dt.datetime, act: Callable[[], object]) -> None:
        """Do something at an instant, moved into office hours."""
        self.count += 1
        heapq.heappush(self.agenda, (office(at), self.count, act))

    def share_out(self) -> None:
        """Let heads give a task to each officer of the start page who has none."""
        for name in DESKS:
            officer = self.people[name]
            waiting = Task.objects.filter(
                department=officer.department_id, state__in=(Task.State.OPEN, Task.State.CLAIMED)
            ).exclude(kind=Task.Kind.SERVICE)
            task = waiting.order_by("-opened_at", "id").first()
            if task is not None and not waiting.filter(assignee=officer).exists():
                head = self.people[f"{officer.department_id}01"]
                services.assign(task.pk, officer, by=head)

    def later(self, days: float, act: Callable[[], object]) -> None:
        """Do something after so many working days."""
        self.plan(working_days(self.clock(), days), act)

    def run(self) -> None:
        """Play everything that lies before the end, in order, with the clocks firing."""
        polled = self.clock()
        while self.agenda and self.agenda[0][0] < self.end:
            at, _, act = heapq.heappop(self.agenda)
            while polled + POLL < at:
                polled += POLL
                self.clock.instant = polled
                poll()
                service_tasks.run_due()
            self.clock.instant = max(at, self.clock.instant)
            try:
                act()
            except ConflictError:
                # It ended, expired, or somebody was faster: that is what officers meet, too.
                continue
        self.clock.instant = self.end
        while poll():
            pass

    # -- people ---------------------------------------------------------------------------------

    def staff(self, department: str) -> Person:
        """Somebody of a department who handles matters."""
        found = [p for p in self.people.values() if p.department_id == department]
        return next(p for p in found if "officer" in p.roles)

    # -- beside the matters ---------------------------------------------------------------------

    def plan_absences(self) -> None:
        """People say some days ahead that they will be away."""
        today = self.end.astimezone(SHANGHAI).date()
        for username, substitute, first, last, kind in ABSENCES:
            days = today + dt.timedelta(days=first), today + dt.timedelta(days=last)
            morning = dt.datetime.combine(min(days[0], today), dt.time(9, 40), SHANGHAI)
            at = morning - dt.timedelta(days=3)
            self.plan(at, partial(record_absence, username, substitute, days, kind))

    def plan_denials(self) -> None:
        """Now and then somebody asks for what they have no ground for, and is told no."""
        for days, denial in DENIALS:
            self.plan(
                self.end - dt.timedelta(days=days, hours=3), partial(self.ask_in_vain, denial)
            )

    def ask_in_vain(self, denial: "Denial") -> None:
        """A real lookup that the exchange denies; there is always a matter to ask for by then."""
        matters = Matter.objects.filter(procedure__key="open-restaurant")
        if denial.closed:
            matters = matters.exclude(closed_at=None)
        else:
            matters = matters.filter(state=Matter.State.RUNNING)
        matter = matters.order_by("-opened_at").first()
        if matter is None:
            return
        persona = self.cast[denial.person]
        kind = RESOURCES[denial.resource]
        subject = persona.resident_id if kind == "person" else persona.credit_code
        with suppress(ForbiddenError):
            exchange.lookup(
                actor=self.staff(denial.department).actor,
                resource=denial.resource,
                subject=(kind, subject),
                matter=matter.code,
                purpose=denial.purpose,
            )

    # -- acts -----------------------------------------------------------------------------------

    def file(self, story: _Story) -> None:
        """Somebody files a matter, by themselves or at the desk."""
        persona = self.cast[story.number % len(self.cast)]
        form = answers(story.procedure, story.number, persona, self.random)
        alone = story.number % 3 == 0 and story.procedure != "urban-renewal"
        if alone:
            form.pop("person_id", None)
            applicant = self.people[f"applicant{1 + story.number // 3 % 4}"]
            started = services.start_matter(story.procedure, form, by=applicant)
        else:
            desk = self.people["zwzx02" if story.number % 2 else "zwzx03"]
            who = {"name": persona.name, "contact": "窗口登记"}
            started = services.start_matter(story.procedure, form, by=desk, on_behalf=who)
        story.matter = started.matter
        service_tasks.run_due()
        prepare_tasks(limit=100)
        self.follow(story)
        self.turn(story)

    def follow(self, story: _Story) -> None:
        """Plan who takes and ends every task that is new."""
        assert story.matter is not None
        for task in story.matter.tasks.filter(closed_at__isnull=True).exclude(kind="service"):
            if task.pk not in story.begun:
                story.begun.add(task.pk)
                self.take(story, task)

    def take(self, story: _Story, task: Task) -> None:
        """The officer a task was proposed to claims it, works, and ends it."""
        officer = self.by_id[task.assignee_id] if task.assignee_id else None
        if officer is None:
            return
        least, most = SPEED.get(task.department_id, USUAL)
        days = self.random.uniform(least, most)
        if story.number % 4 == 2:
            # Somebody's desk on which things lie too long.
            days *= 4
        if story.number >= FRESH and least >= SLOW:
            # What came in last is still on the desks: every officer has something to do.
            days = max(days, STILL_OPEN)
        self.later(min(days * 0.3, 1.5), lambda: self.claim(task, officer))
        self.later(days, lambda: self.finish(story, task, officer))

    def claim(self, task: Task, officer: Person) -> None:
        """Claim, unless it was done meanwhile."""
        services.claim(task.pk, by=officer)

    def finish(self, story: _Story, task: Task, officer: Person) -> None:
        """End a task as the plot says."""
        if story.plot == "refused" and task.node in REFUSALS:
            ground, opinion = REFUSALS[task.node]
            services.refuse(task.pk, by=officer, ground=ground, opinion=opinion)
        elif story.plot == "returned" and task.node == "Task_Food":
            story.plot = "plain"
            services.return_task(task.pk, by=officer, opinion="申请表与营业执照的地址不一致。")
        else:
            services.approve(task.pk, by=officer, opinion="经审查，符合法定条件，同意。")
        self.follow(story)

    def turn(self, story: _Story) -> None:
        """What happens beside the usual."""
        act = getattr(self, f"plot_{story.plot}", None)
        if act is not None:
            self.later(self.random.uniform(0.6, 1.4), lambda: act(story))

    def open_task(self, story: _Story) -> tuple[Task, Person] | None:
        """A task somebody works on, the last opened, claimed for the occasion if need be."""
        assert story.matter is not None
        rows = story.matter.tasks.filter(closed_at__isnull=True, assignee__isnull=False)
        task = rows.exclude(kind="service").order_by("-opened_at", "-token").first()
        if task is None or task.assignee_id is None:
            return None
        officer = self.by_id[task.assignee_id]
        services.claim(task.pk, by=officer)
        return task, officer

    def plot_supplement(self, story: _Story) -> None:
        """A supplement is asked for, and comes two days later."""
        self.supplement(story, answered=True)

    def plot_supplement_open(self, story: _Story) -> None:
        """A supplement is asked for and not answered yet."""
        self.supplement(story, answered=False)

    def supplement(self, story: _Story, *, answered: bool) -> None:
        """Ask for a supplement."""
        found = self.open_task(story)
        if found is None or story.matter is None:
            return
        task, officer = found
        wanted = SUPPLEMENTS[story.procedure]
        asked = services.ask_supplement(
            task.pk,
            by=officer,
            text=wanted.text,
            ground=SUPPLEMENT_GROUND,
            items=[{"field": wanted.field}],
        )
        if not answered:
            return
        person = story.matter.applicant or self.people["zwzx02"]

        def answer() -> None:
            services.answer_supplement(
                asked.pk,
                by=person,
                answer=wanted.answer,
                form={wanted.field: wanted.corrected},
            )
            self.later(1, lambda: self.finish(story, task, officer))

        self.later(2, answer)

    def request(self, story: _Story) -> tuple[Any, Person] | None:
        """One department asks another for help."""
        found = self.open_task(story)
        if found is None or story.matter is None:
            return None
        task, officer = found
        asked = "zjj" if task.department_id != "zjj" else "zrzy"
        row = services.request_collaboration(
            story.matter, asked, by=officer, text=REQUEST_TEXT, task=task
        )
        return row, self.staff(asked)

    def plot_request(self, story: _Story) -> None:
        """A request that is answered in time."""
        if found := self.request(story):
            row, helper = found
            self.later(
                self.random.uniform(0.3, 1.6),
                lambda: (
                    services.answer_request(row.pk, by=helper, answer="经核对，一致。") and None
                ),
            )

    def plot_request_refused(self, story: _Story) -> None:
        """A request that is refused on a ground."""
        if found := self.request(story):
            row, helper = found
            self.later(
                1,
                lambda: services.refuse_request(row.pk, by=helper, ground=REQUEST_GROUND),
            )

    def plot_request_open(self, story: _Story) -> None:
        """A request that nobody answers."""
        self.request(story)

    def plot_handover(self, story: _Story) -> None:
        """The accountability is handed over and accepted."""
        self.hand_over(story, accept=True)

    def plot_bounced(self, story: _Story) -> None:
        """It is offered and declined."""
        self.hand_over(story, accept=False)

    def hand_over(self, story: _Story, *, accept: bool) -> None:
        """Offer a matter to the market bureau."""
        assert story.matter is not None
        story.matter.refresh_from_db()
        giver = self.staff(story.matter.accountable_id or "zwzx")
        taker = "scjg" if giver.department_id != "scjg" else "zwzx"
        offer = services.offer_handover(
            story.matter, taker, by=giver, reason="主要审批在贵局，请牵头跟到底。"
        )

        def answer() -> None:
            if accept:
                services.accept_handover(offer.pk, by=self.staff(taker))
            else:
                reason = "本局仅负责其中一项，宜由首接部门继续牵头。"
                services.decline_handover(offer.pk, by=self.staff(taker), reason=reason)

        self.later(0.8, answer)

    def plot_withdrawn(self, story: _Story) -> None:
        """The applicant changes their mind."""
        if story.matter is None:
            return
        person = story.matter.applicant or self.people["zwzx02"]
        services.withdraw_matter(story.matter, by=person, reason="选址变更，不再办理。")


def seed_matters(
    end: dt.datetime, number: int = 20261123, progress: Progress = lambda text: None
) -> int:
    """Let four weeks of work happen; what is there already stays.

    Args:
        end: The present instant, at which the story ends.
        number: Same number, same story.
        progress: Told what happens now.

    Returns:
        How many matters there are.
    """
    if Matter.objects.exists():
        return Matter.objects.count()
    director = _Director(number, end, personas(home(), 12))
    span = dt.timedelta(weeks=WEEKS) - dt.timedelta(hours=20)
    for n in range(NUMBER_OF_MATTERS):
        procedure = ("open-restaurant", "open-restaurant", "start-enterprise", "urban-renewal")[
            n % 4
        ]
        story = _Story(PLOTS[n % len(PLOTS)], procedure, n)
        # More towards the end, as a running office has: what is finished is a tail.
        at = director.clock() + span * ((n / NUMBER_OF_MATTERS) ** 0.8)
        director.plan(at, lambda story=story: director.file(story))  # type: ignore[misc]
    director.plan_denials()
    director.plan_absences()
    progress("Four weeks of work 四周办件")
    assignment.forget_rosters()
    with clock.running_on(director.clock), transaction.atomic():
        director.run()
        director.share_out()
    assignment.forget_rosters()
    ledger.integrate()
    return Matter.objects.count()
