"""People: the list, one person, and what can be changed about them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from heli.errors import HeliError
from heli.kernel import clock
from heli.kernel.permissions import ROLE_LABELS, STAFF, Role, audience, require
from heli.organisation import competences, policy, selectors, services
from heli.organisation.changes import CHANGE_LABELS
from heli.organisation.forms import AppointForm, CompetencesForm, PersonForm
from heli.organisation.models import Appointment, Person
from heli.organisation.services import NewPerson
from heli.organisation.views.account import me
from heli.organisation.views.signin import refuse
from heli.organisation.views.tables import PeopleTable, RoleTable


@audience(*STAFF)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Officials, searchable."""
    rows = selectors.with_posts(
        Person.objects.exclude(department=None).select_related("department")
    )
    context = {
        "heading": _("Who works where?"),
        "nav": "organisation",
        "may_manage": policy.may_manage_structure(me(request)),
    }
    return PeopleTable(request, rows).response("organisation/people.html", context)


@audience(*STAFF)
@require_GET
def roles(request: HttpRequest) -> HttpResponse:
    """Who holds which role; the three administrators are separate people."""
    rows = Person.objects.exclude(department=None).filter(is_active=True)
    context = {
        "heading": _("Who may do what?"),
        "nav": "organisation",
        "may_change": policy.may_change_roles(me(request)),
    }
    return RoleTable(request, rows.select_related("department")).response(
        "organisation/roles.html", context
    )


def official(person_id: int) -> Person:
    """A person of the directory; applicants are not in it."""
    return get_object_or_404(
        Person.objects.exclude(department=None).select_related("department"), pk=person_id
    )


@audience(*STAFF)
@require_GET
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """One official: posts, competences, roles, absences."""
    found = official(person_id)
    viewer = me(request)
    held = [Role(name) for name in sorted(found.roles)]
    context = {
        "person": found,
        "viewer": viewer,
        "department": selectors.department(found.department_id or ""),
        "appointments": found.appointments.select_related("post__department"),
        "competences": [competences.label(item.name) for item in found.competences.all()],
        "roles": [
            (role, ROLE_LABELS[role], policy.may_revoke_role(viewer, found, role)) for role in held
        ],
        "grantable": [
            (role, ROLE_LABELS[role], policy.may_grant_role(viewer, found, role))
            for role in Role
            if role not in held and role != Role.APPLICANT
        ],
        "absences": found.absences.select_related("substitute")[:20],
        "today": clock.today(),
        "may_edit": policy.may_edit_person(viewer, found),
        "may_account": policy.may_change_account(viewer, found),
        "has_second_step": selectors.has_second_step(found),
        "may_absence": policy.may_record_absence(viewer, found),
        "may_competences": policy.may_set_competences(viewer, found),
        "may_roles": policy.may_change_roles(viewer),
        "closing": {"active": "0"},
        "history": _history(viewer, found),
        "together": _together(viewer, found),
    }
    return render(request, "organisation/person.html", context)


def _together(viewer: Person, found: Person) -> dict[str, Any] | None:
    """What administrators do together with this account; None where that is not asked."""
    rows = selectors.account_changes().filter(person=found, settled_at=None)
    asked = [(row, CHANGE_LABELS[row.kind], policy.may_confirm_change(viewer, row)) for row in rows]
    may_ask = policy.may_ask_change(viewer, found)
    # Only for administrators; the one concerned sees what was asked, and can decline it.
    if not policy.may_decline_change(viewer) or not (asked or may_ask):
        return None
    waiting = {row.kind for row in rows}
    kinds = services.changes_open_to(found) if may_ask else []
    return {
        "asked": asked,
        "kinds": [(kind, CHANGE_LABELS[kind]) for kind in kinds if kind not in waiting],
    }


def _history(viewer: Person, found: Person) -> list[selectors.Told]:
    if viewer.pk != found.pk and not policy.may_read_trail(viewer):
        return []
    return selectors.told(selectors.trail(f"organisation.person:{found.pk}")[:50])


@audience(Role.SYSTEM_ADMIN)
@never_cache
@require_http_methods(["GET", "POST"])
def person_new(request: HttpRequest) -> HttpResponse:
    """Take somebody on; the password is drawn by lot and shown once."""
    require(policy.may_manage_structure(me(request)))
    form = PersonForm(request.POST or None, initial={"department": request.GET.get("department")})
    status = 200
    if form.is_valid():
        try:
            made = services.create_person(
                NewPerson(**form.values(), password=make_password(None)), actor=me(request).actor
            )
        except HeliError as error:
            status = refuse(form, error)
        else:
            password = services.reset_password(made.pk, by=me(request))
            return show_password(request, made, password)
    context = {
        "form": form,
        "heading": _("Who is new?"),
        "back_url": "organisation:people",
    }
    return render(request, "organisation/form.html", context, status=status)


@audience(Role.SYSTEM_ADMIN)
@require_http_methods(["GET", "POST"])
def person_edit(request: HttpRequest, person_id: int) -> HttpResponse:
    """Change names, telephone or department of an official."""
    found = official(person_id)
    require(policy.may_edit_person(me(request), found))
    initial = {name: getattr(found, name) for name in ("name_zh", "name_en", "phone", "department")}
    form = PersonForm(request.POST or None, initial=initial, existing=True)
    status = 200
    if form.is_valid():
        try:
            services.change_person(found.pk, by=me(request), **form.values())
        except HeliError as error:
            status = refuse(form, error)
        else:
            messages.success(request, _("The change is saved."))
            return redirect(_page(found))
    context = {
        "form": form,
        "heading": _("Change {name}").format(name=found.name),
        "back_to": _page(found),
    }
    return render(request, "organisation/form.html", context, status=status)


@audience(Role.SYSTEM_ADMIN)
@never_cache
@require_POST
def person_password(request: HttpRequest, person_id: int) -> HttpResponse:
    """Draw a new password for somebody who forgot theirs."""
    found = official(person_id)
    password = services.reset_password(found.pk, by=me(request))
    return show_password(request, found, password)


def show_password(request: HttpRequest, of: Person, password: str) -> HttpResponse:
    """The password drawn by lot, this once."""
    context = {"person": of, "password": password}
    return render(request, "organisation/new_password.html", context)


@audience(Role.SYSTEM_ADMIN)
@require_POST
def person_second_step(request: HttpRequest, person_id: int) -> HttpResponse:
    """Remove the second step of somebody who lost device and recovery codes."""
    found = official(person_id)
    services.remove_second_step_of(found.pk, by=me(request))
    messages.success(request, _("Signing in needs the password alone again."))
    return redirect(_page(found))


@audience(Role.SYSTEM_ADMIN)
@require_POST
def person_active(request: HttpRequest, person_id: int) -> HttpResponse:
    """Close or reopen an account."""
    active = request.POST.get("active") == "1"
    services.set_active(official(person_id).pk, active, by=me(request))
    return redirect("organisation:person", person_id)


@audience(Role.SYSTEM_ADMIN)
@require_http_methods(["GET", "POST"])
def appoint(request: HttpRequest, person_id: int) -> HttpResponse:
    """Appoint somebody to a post."""
    found = official(person_id)
    require(policy.may_edit_person(me(request), found))
    form = AppointForm(request.POST or None)
    status = 200
    if form.is_valid():
        try:
            services.appoint(found, form.cleaned_data["post"], actor=me(request).actor)
        except HeliError as error:
            status = refuse(form, error)
        else:
            messages.success(request, _("The appointment is recorded."))
            return redirect("organisation:person", person_id)
    context = {
        "form": form,
        "heading": _("Which post does {name} take?").format(name=found.name),
        "back_to": _page(found),
    }
    return render(request, "organisation/form.html", context, status=status)


@audience(Role.SYSTEM_ADMIN)
@require_POST
def relieve(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """End an appointment."""
    rows = Appointment.objects.select_related("post", "person")
    appointment = get_object_or_404(rows, pk=appointment_id)
    require(policy.may_edit_person(me(request), appointment.person))
    services.relieve(appointment, actor=me(request).actor)
    messages.success(request, _("The appointment has ended."))
    return redirect("organisation:person", appointment.person_id)


@audience(Role.SYSTEM_ADMIN, Role.HEAD)
@require_http_methods(["GET", "POST"])
def person_competences(request: HttpRequest, person_id: int) -> HttpResponse:
    """Say what somebody is qualified for."""
    found = official(person_id)
    require(policy.may_set_competences(me(request), found))
    held = set(found.competences.values_list("name", flat=True))
    form = CompetencesForm(request.POST or None, held=held)
    status = 200
    if form.is_valid():
        try:
            services.set_competences(found, form.names(), actor=me(request).actor)
        except HeliError as error:
            status = refuse(form, error)
        else:
            messages.success(request, _("The competences are saved; new tasks go by them."))
            return redirect("organisation:person", person_id)
    context = {
        "form": form,
        "heading": _("What is {name} qualified for?").format(name=found.name),
        "back_to": _page(found),
    }
    return render(request, "organisation/form.html", context, status=status)


@audience(Role.SECURITY_ADMIN)
@require_POST
def person_role(request: HttpRequest, person_id: int) -> HttpResponse:
    """Grant or take a role; the services ask the policy."""
    found = official(person_id)
    role = services.role_of(request.POST.get("role", ""))
    change = services.revoke_role if request.POST.get("act") == "revoke" else services.grant_role
    change(found.pk, role, by=me(request))
    messages.success(request, _("The roles of {name} are changed.").format(name=found.name))
    return redirect(_page(found) + "#roles")


def _page(found: Person) -> str:
    return reverse("organisation:person", args=[found.pk])
