"""Who is away, and the trail of changes."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from heli.errors import HeliError
from heli.kernel import clock
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.organisation import policy, selectors, services
from heli.organisation.forms import AbsenceForm
from heli.organisation.models import Absence
from heli.organisation.views.account import me
from heli.organisation.views.people import official
from heli.organisation.views.signin import refuse
from heli.organisation.views.tables import AbsenceTable, TrailTable


@audience(*STAFF)
@require_GET
def absences(request: HttpRequest) -> HttpResponse:
    """Absences past, present and ahead."""
    rows = Absence.objects.select_related("person__department", "substitute")
    context = {
        "heading": _("Who is away?"),
        "nav": "organisation",
        "own_url": reverse("organisation:absence_new", args=[me(request).pk])
        if me(request).department_id
        else "",
    }
    return AbsenceTable(request, rows).response("organisation/absences.html", context)


@audience(*STAFF)
@require_http_methods(["GET", "POST"])
def absence_new(request: HttpRequest, person_id: int) -> HttpResponse:
    """Record an absence."""
    found = official(person_id)
    require(policy.may_record_absence(me(request), found))
    today = clock.today()
    form = AbsenceForm(
        request.POST or None, person=found, initial={"starts_on": today, "ends_on": today}
    )
    status = 200
    if form.is_valid():
        try:
            services.record_absence(found, actor=me(request).actor, **form.cleaned_data)
        except HeliError as error:
            status = refuse(form, error)
        else:
            messages.success(request, _("The absence is recorded."))
            return redirect("organisation:person", person_id)
    context = {
        "form": form,
        "heading": _("When is {name} away?").format(name=found.name),
        "back_to": reverse("organisation:person", args=[person_id]),
    }
    return render(request, "organisation/form.html", context, status=status)


@audience(*STAFF)
@require_POST
def absence_cancel(request: HttpRequest, absence_id: int) -> HttpResponse:
    """Call an absence off."""
    absence = get_object_or_404(Absence.objects.select_related("person"), pk=absence_id)
    require(policy.may_record_absence(me(request), absence.person))
    services.cancel_absence(absence, actor=me(request).actor)
    messages.success(request, _("The absence is called off."))
    return redirect("organisation:person", absence.person_id)


@audience(Role.AUDIT_ADMIN, Role.SUPERVISOR)
@require_GET
def trail(request: HttpRequest) -> HttpResponse:
    """Every change to departments, people, roles and keys."""
    require(policy.may_read_trail(me(request)))
    context = {"heading": _("Who changed what?"), "nav": "organisation"}
    return TrailTable(request, selectors.trail()).response("organisation/trail.html", context)
