"""The guided tour of the thread: eight steps, kept in a cookie, shown as a bar on every page.

A cookie and not the session holds the step, because stepping into another person rightly ends the
session of the one before.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from heli.demo.personas import persona

COOKIE = "heli_tour"
DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Step:
    """One step: as whom, what to do, where.

    Attributes:
        pages: Names of pages with their arguments; the first that exists is taken.
    """

    username: str
    title: Promise
    task: Promise
    pages: tuple[tuple[str, tuple[str, ...]], ...]

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


STEPS = (
    Step(
        "applicant1",
        _("Raise it once"),
        _('Apply for "open a restaurant". What the city knows is filled in; note the code.'),
        (("cases:apply", ("open-restaurant",)), ("cases:procedures", ())),
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
    ),
    Step(
        "xfjy02",
        _("The clock stops with a reason"),
        _("Open the fire safety check and ask the applicant for a supplement."),
        (("cases:queue", ()),),
    ),
    Step(
        "sthj02",
        _("48 hours to answer"),
        _("Open the environment review and ask another department for help."),
        (("cases:queue", ()),),
    ),
    Step(
        "applicant1",
        _("One code shows everybody"),
        _("Answer the supplement, and see every department's part flow together."),
        (("cases:mine", ()),),
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


def step_of(request: HttpRequest) -> int | None:
    """The present step from 0, or None when no tour is on."""
    text = request.COOKIES.get(COOKIE, "")
    if text.isdecimal() and len(text) < 3 and int(text) < len(STEPS):
        return int(text)
    return None


def remember(answer: HttpResponseBase, step: int | None) -> None:
    """Keep the step, or end the tour."""
    if step is None:
        answer.delete_cookie(COOKIE, samesite="Lax")
    else:
        answer.set_cookie(COOKIE, str(step), max_age=DAY, samesite="Lax", httponly=True)


def banner(request: HttpRequest) -> str:
    """The bar of the tour, empty when none is on or on the start page itself."""
    number = step_of(request)
    if number is None:
        return ""
    step = STEPS[number]
    context = {
        "step": step,
        "index": number,
        "number": number + 1,
        "total": len(STEPS),
        "previous": number - 1 if number else None,
        "following": number + 1 if number + 1 < len(STEPS) else None,
        "there": getattr(request.user, "username", "") == step.username,
    }
    return render_to_string("demo/tour_bar.html", context, request=request)


def city_name() -> str:
    """What stands beside the mark."""
    return gettext("Linjiang")
