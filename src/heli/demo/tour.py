"""The guided tour of the thread: eight steps, kept in a cookie, shown as a bar on every page.

A cookie and not the session holds the step, because stepping into another person rightly ends the
session of the one before. From the step after raising it, the cookie also holds the code of the
visitor's own matter: the steps that play in a department lead to that matter's task there, as the
officer it was really given to.
"""

import re
from dataclasses import dataclass

from django.db.models import F
from django.http import HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from heli.cases.selectors import Matter, Task
from heli.demo.personas import persona
from heli.kernel.permissions import Role
from heli.organisation.selectors import Person, officers_of

COOKIE = "heli_tour"
DAY = 24 * 3600
PROCEDURE = "open-restaurant"
_COOKIE = re.compile(r"([0-9]{1,2})(?:\.([0-9A-Z-]{1,40}))?")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: as whom, what to do, where.

    Attributes:
        pages: Names of pages with their arguments; the first that exists is taken.
        node: Activity of the visitor's matter that this step plays in, empty for none.
        own: Whether it plays on the page of the visitor's matter.
    """

    username: str
    title: Promise
    task: Promise
    pages: tuple[tuple[str, tuple[str, ...]], ...]
    node: str = ""
    own: bool = False

    @property
    def who(self) -> Promise | str:
        """The kind of user."""
        found = persona(self.username)
        return found.title if found else self.username

    @property
    def url(self) -> str:
        """The page this step plays on; the person's first page where it is not there."""
        for name, arguments in self.pages:
            try:
                return reverse(name, args=arguments)
            except NoReverseMatch:
                continue
        return reverse("organisation:home")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step plays for this visitor: as whom, on which page, with which matter.

    Attributes:
        matter: Code of the visitor's matter; empty while there is none.
    """

    username: str
    url: str
    matter: str = ""


STEPS = (
    Step(
        "applicant1",
        _("Raise it once"),
        _('Apply for "open a restaurant". What the city knows is filled in; note the code.'),
        (("cases:apply", (PROCEDURE,)), ("cases:procedures", ())),
    ),
    Step(
        "zwzx02",
        _("Any window will do"),
        _("Take in a second matter for somebody at the desk, without asking for a department."),
        (("cases:intake", ()),),
    ),
    Step(
        "scjg02",
        _("The data is there already"),
        _("Open the food permit, look at the data with its seals, and approve."),
        (("cases:queue", ()),),
        node="Task_Food",
    ),
    Step(
        "xfjy02",
        _("The clock stops with a reason"),
        _("Open the fire safety check and ask the applicant for a supplement."),
        (("cases:queue", ()),),
        node="Task_Fire",
    ),
    Step(
        "sthj02",
        _("48 hours to answer"),
        _("Open the environment review and ask another department for help."),
        (("cases:queue", ()),),
        node="Task_Environment",
    ),
    Step(
        "applicant1",
        _("One code shows everybody"),
        _("Answer the supplement, and see every department's part flow together."),
        (("cases:mine", ()),),
        own=True,
    ),
    Step(
        "leader1",
        _("Where is it stuck?"),
        _("Watch the cockpit move, and open a figure down to the facts behind it."),
        (("cockpit:home", ()),),
    ),
    Step(
        "steward1",
        _("Nothing without a receipt"),
        _("See who asked for what and why; open a receipt and verify it without the network."),
        (("exchange:accesses", ()),),
    ),
)
RAISED_BY = STEPS[0].username


def kept(request: HttpRequest) -> tuple[int | None, str]:
    """The present step from 0, None when no tour is on; and the code of the visitor's matter."""
    found = _COOKIE.fullmatch(request.COOKIES.get(COOKIE, ""))
    if found is None or int(found[1]) >= len(STEPS):
        return None, ""
    return int(found[1]), found[2] or ""


def remember(answer: HttpResponseBase, step: int | None, matter: str = "") -> None:
    """Keep the step and the visitor's matter, or end the tour."""
    if step is None:
        answer.delete_cookie(COOKIE, samesite="Lax")
    else:
        value = f"{step}.{matter}" if matter else str(step)
        answer.set_cookie(COOKIE, value, max_age=DAY, samesite="Lax", httponly=True)


def place(number: int, code: str = "") -> Place:
    """Where a step plays: in the visitor's own matter, wherever that is with it.

    Args:
        number: The step, from 0.
        code: The visitor's matter as remembered. Without one, the newest that the tour's applicant
            has filed; the first step begins afresh.
    """
    step = STEPS[number]
    matter = _own_matter(code) if number else None
    if matter is None:
        return Place(step.username, step.url)
    if step.own:
        return Place(step.username, reverse("cases:matter", args=[matter.code]), matter.code)
    task = _task(matter, step.node) if step.node else None
    if task is None:
        return Place(step.username, step.url, matter.code)
    url = reverse("cases:task", args=[task.pk])
    return Place(_officer(task) or step.username, url, matter.code)


def _own_matter(code: str) -> Matter | None:
    filed = Matter.objects.filter(
        applicant__username=RAISED_BY, procedure__key=PROCEDURE, opened_at__isnull=False
    )
    remembered = filed.filter(code=code).first() if code else None
    return remembered or filed.filter(state=Matter.State.RUNNING).order_by("-opened_at").first()


def _task(matter: Matter, node: str) -> Task | None:
    """The latest task of an activity, also one that is done: its page then says so."""
    rows = matter.tasks.filter(node=node).select_related("assignee")
    return rows.order_by(F("closed_at").desc(nulls_first=True)).first()


def _officer(task: Task) -> str:
    """Whose task it is; where nobody's, the first present who could claim it."""
    if task.assignee is not None and task.assignee.is_active:
        return task.assignee.username
    able = [officer.id for officer in officers_of(task.department_id, task.competence)]
    staff = Person.objects.filter(department=task.department_id, is_active=True)
    found = staff.filter(pk__in=able).order_by("pk").first()
    found = found or next((one for one in staff.order_by("pk") if Role.HEAD in one.roles), None)
    return found.username if found else ""


def banner(request: HttpRequest) -> str:
    """The bar of the tour, empty when none is on or on the start page itself."""
    number, code = kept(request)
    if number is None:
        return ""
    step, here = STEPS[number], place(number, code)
    context = {
        "step": step,
        "index": number,
        "number": number + 1,
        "total": len(STEPS),
        "matter": here.matter,
        "url": here.url,
        "previous": number - 1 if number else None,
        "following": number + 1 if number + 1 < len(STEPS) else None,
        "there": getattr(request.user, "username", "") == here.username,
    }
    return render_to_string("demo/tour_bar.html", context, request=request)


def city_name() -> str:
    """What stands beside the mark."""
    return gettext("Linjiang")
