"""Who is on duty, rosters, handing over, and questions to the lists."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from heli.alerts import policy, selectors, services
from heli.alerts.forms import AskForm, ChannelForm, HandoverForm, PlanForm, SubstituteForm
from heli.alerts.lists import ShiftTable
from heli.alerts.models import Channel, Shift
from heli.alerts.views.board import ASKERS, person_of, tabs
from heli.errors import HeliError, NotFoundError
from heli.kernel.localise import explain
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.organisation import selectors as organisation


@audience(*STAFF)
def duty(request: HttpRequest) -> HttpResponse:
    """Whom do I reach, in every department, at this hour?"""
    person = person_of(request)
    found = selectors.duties()
    context = {
        "nav": "alerts",
        "tabs": tabs(request, "duty"),
        "duties": list(found.values()),
        "own": found.get(person.department_id or ""),
        "handing": selectors.handing_of(person),
        "form": HandoverForm(),
    }
    return render(request, "alerts/duty.html", context)


@audience(*STAFF)
def roster(request: HttpRequest, department: str) -> HttpResponse:
    """Who is on duty when?"""
    person, card = person_of(request), organisation.department(department)
    may_plan = policy.may_plan(person, department)
    staff = list(organisation.people(department))
    planning = "plan" in request.POST
    form = PlanForm(staff, request.POST if planning else None)
    if request.method == "POST" and planning:
        require(may_plan)
        if form.is_valid():
            chosen = {str(row.pk): row for row in staff}
            values = form.cleaned_data
            try:
                services.plan_shifts(
                    department,
                    [chosen[key] for key in values["people"]],
                    first=values["first"],
                    days=values["days"],
                    hours=values["hours"],
                    actor=person.actor,
                )
            except HeliError as error:
                told = explain(error)
                form.add_error(told.field if told.field in form.fields else None, told.fault)
            else:
                return HttpResponseRedirect(reverse("alerts:roster", args=[department]))
    channel = Channel.objects.filter(pk=department).first()
    known = {"telephone": channel.telephone, "address": channel.address} if channel else {}
    context = {
        "nav": "alerts",
        "card": card,
        "may_plan": may_plan,
        "form": form,
        "channel": ChannelForm(initial=known),
        "table": ShiftTable(request, selectors.shifts(department), "shifts"),
    }
    if request.headers.get("HX-Target") == "shifts-table":
        return render(request, "web/components/queue_table.html", context)
    return render(request, "alerts/roster.html", context)


@audience(Role.HEAD)
@require_POST
def channel(request: HttpRequest, department: str) -> HttpResponse:
    """Set how else the department is reached."""
    person = person_of(request)
    require(policy.may_plan(person, department))
    form = ChannelForm(request.POST)
    if form.is_valid():
        try:
            services.set_channel(department, actor=person.actor, **form.cleaned_data)
        except HeliError as error:
            messages.error(request, explain(error).detail)
        else:
            messages.success(request, _("Saved."))
    else:
        messages.error(request, _("The address is not one."))
    return HttpResponseRedirect(reverse("alerts:roster", args=[department]))


@audience(Role.HEAD)
def shift(request: HttpRequest, key: int) -> HttpResponse:
    """Let somebody else take a shift."""
    person = person_of(request)
    row = Shift.objects.select_related("officer").filter(pk=key).first()
    if row is None:
        raise NotFoundError(what=str(key))
    require(policy.may_plan(person, row.department_id))
    staff = {str(each.pk): each for each in organisation.people(row.department_id)}
    form = SubstituteForm(staff.values(), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.substitute(
                row,
                staff[form.cleaned_data["officer"]],
                actor=person.actor,
                reason=form.cleaned_data["reason"],
            )
        except HeliError as error:
            told = explain(error)
            form.add_error(told.field if told.field in form.fields else None, told.fault)
        else:
            return HttpResponseRedirect(reverse("alerts:roster", args=[row.department_id]))
    return render(request, "alerts/shift.html", {"nav": "alerts", "row": row, "form": form})


@audience(*STAFF)
@require_POST
def hand_over(request: HttpRequest, key: int) -> HttpResponse:
    """Leave one's shift, or take it over."""
    person = person_of(request)
    row = Shift.objects.filter(pk=key).first()
    if row is None:
        raise NotFoundError(what=str(key))
    if "take" in request.POST:
        services.accept_shift(row, person=person)
    else:
        form = HandoverForm(request.POST)
        note = form.cleaned_data["note"] if form.is_valid() else ""
        services.hand_over(row, person=person, note=note)
    return HttpResponseRedirect(reverse("alerts:duty"))


@audience(*ASKERS)
def ask(request: HttpRequest) -> HttpResponse:
    """Is a live alert about this person or thing?"""
    person = person_of(request)
    form = AskForm(request.POST or None)
    answer = None
    if request.method == "POST" and form.is_valid():
        try:
            answer = services.ask(
                form.cleaned_data["type"], form.cleaned_data["id"], actor=person.actor
            )
        except HeliError as error:
            # An identifier with a mistake in it is told by its own fault, not as a wrong kind.
            fault = error.__cause__ if isinstance(error.__cause__, HeliError) else error
            form.add_error("id", explain(fault).detail)
    card = organisation.department(answer.department) if answer and answer.match else None
    return render(
        request,
        "alerts/ask.html",
        {
            "nav": "alerts",
            "tabs": tabs(request, "ask"),
            "form": form,
            "answer": answer,
            "card": card,
        },
    )
