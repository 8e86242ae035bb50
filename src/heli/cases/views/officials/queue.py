"""The queue: what to do next."""

from collections.abc import Callable, Sequence
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from heli.cases import services
from heli.cases.errors import TaskTakenError
from heli.cases.selectors import next_to_claim, queue
from heli.cases.selectors.queue import Scope
from heli.cases.views.officials import task as detail
from heli.cases.views.officials.common import OFFICIALS, embedded, person_of
from heli.cases.views.officials.tables import DepartmentTaskTable, TaskTable
from heli.errors import NotFoundError
from heli.kernel.permissions import audience

ATTEMPTS = 5


def scopes(current: str) -> Sequence[dict[str, Any]]:
    """The three queues of an officer, as tabs."""
    found = [
        ("mine", _("Mine"), reverse("cases:queue")),
        ("department", _("My department"), reverse("cases:queue_scope", args=["department"])),
        ("unclaimed", _("Unclaimed"), reverse("cases:queue_scope", args=["unclaimed"])),
    ]
    return [{"label": label, "url": url, "current": key == current} for key, label, url in found]


HEADINGS = {
    "mine": lambda: _("My tasks"),
    "department": lambda: _("Tasks of my department"),
    "unclaimed": lambda: _("What has nobody claimed yet?"),
}
EMPTY: dict[str, Callable[[], tuple[str, str]]] = {
    "mine": lambda: (_("Nothing is waiting for you"), _("Take the next task of your department.")),
    "department": lambda: (_("Your department has no open task"), ""),
    "unclaimed": lambda: (_("Everything has been claimed"), ""),
}


@audience(*OFFICIALS)
def queue_page(request: HttpRequest, scope: str = "mine") -> HttpResponse:
    """What is due first? With ``?task=`` its detail stands beside the list already."""
    by = person_of(request)
    if scope not in HEADINGS:
        raise Http404
    kind = TaskTable if scope == "mine" else DepartmentTaskTable
    table = kind(request, queue(by, cast(Scope, scope)))
    table.empty_title, table.empty_text = EMPTY[scope]()
    context = {
        "nav": "tasks",
        "heading": HEADINGS[scope](),
        "tabs": scopes(scope),
        "scope": scope,
        "detail": _detail(request),
    }
    return table.response("cases/officer/queue.html", context)


def _detail(request: HttpRequest) -> str:
    try:
        task_id = UUID(request.GET.get("task", ""))
        context = detail.context_of(person_of(request), task_id)
    except (ValueError, NotFoundError):
        return ""
    return embedded(request, detail.TEMPLATE, context)


@audience(*OFFICIALS)
@require_POST
def claim_next(request: HttpRequest) -> HttpResponse:
    """Take the most urgent task that is free, whoever else reaches for it at the same time."""
    by = person_of(request)
    for _attempt in range(ATTEMPTS):
        found = next_to_claim(by)
        if found is None:
            break
        try:
            services.claim(found.pk, by=by)
        except TaskTakenError:
            continue
        return HttpResponseRedirect(f"{reverse('cases:queue')}?task={found.pk}")
    messages.info(request, _("Nothing is free: every task of your department has its officer."))
    return HttpResponseRedirect(reverse("cases:queue"))
