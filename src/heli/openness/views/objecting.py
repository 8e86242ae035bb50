"""Objecting, and seeing what comes of it: for everybody, without a login or with one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.errors import HeliError
from heli.exchange.selectors import Resource, SharingClass, resource_by_address, resource_title
from heli.kernel import clock
from heli.kernel.downloads import Download
from heli.kernel.home import home
from heli.kernel.localise import explain
from heli.kernel.permissions import audience
from heli.openness import codes, policy, refusals, selectors, services
from heli.openness.errors import UnknownObjectionError
from heli.openness.forms.objections import (
    CLAIM,
    AccessForm,
    AppealForm,
    ObjectionForm,
    OpeningForm,
    RecordForm,
)
from heli.openness.models import Objection
from heli.openness.portal import limits
from heli.openness.services import Target
from heli.openness.terms import TERMS
from heli.openness.views.common import address_of, filer_of
from heli.organisation.selectors import Person, identity_of

OPENED = "openness_opened"
OPENED_SECONDS = 15 * 60


@audience(public=True)
def start(request: HttpRequest) -> HttpResponse:
    """What do I want to object to?"""
    person = request.user if isinstance(request.user, Person) else None
    context = {
        "nav": "object",
        "registers": selectors.registers_for_residents(),
        "mine": selectors.objections_of(person)[:20] if person else [],
        "terms": {name: TERMS.term(name) for name in ("record", "dataset", "opening")},
    }
    return render(request, "openness/objecting/start.html", context)


@audience(public=True)
def record(request: HttpRequest, department: str, name: str) -> HttpResponse:
    """What does the register say wrongly about me?"""
    resource = _register(f"{department}/{name}")
    own = _own_number(request, resource)
    form = RecordForm(
        resource, request.POST or None, request.FILES or None, own=own, **_signed_in(request)
    )
    title = resource_title(resource)
    context = {
        "form": form,
        "heading": _("What does “{title}” say wrongly?").format(title=title),
        "own": bool(own),
        "limit": TERMS.term("record"),
    }
    if request.method == "POST" and form.is_valid():
        target = Target(
            "record",
            resource=resource,
            subject_id=own or form.cleaned_data["subject"],
            claims=form.claims,
        )
        return _file(request, form, target, "openness/objecting/record.html", context)
    return _form(request, "openness/objecting/record.html", context)


def _contact(request: HttpRequest) -> dict[str, str]:
    return {key: request.POST.get(key, "") for key in ("name", "reach")}


def _register(address: str) -> Resource:
    resource = resource_by_address(address)
    if resource.sharing == SharingClass.NOT_SHARED:
        raise UnknownObjectionError(code=address)
    return resource


def _own_number(request: HttpRequest, resource: Resource) -> str:
    """The identity number of who is signed in, where the register is about people."""
    if not isinstance(request.user, Person) or filer_of(request).department:
        return ""
    if resource.subject_type != "person":
        return ""
    return identity_of(request.user.pk) or ""


def _signed_in(request: HttpRequest) -> dict[str, bool]:
    return {"signed_in": request.user.is_authenticated}


@audience(public=True)
def dataset(request: HttpRequest, slug: str) -> HttpResponse:
    """What is wrong with this open dataset?"""
    publication = selectors.dataset_by_slug(slug)
    title = selectors.title_of(publication)
    context = {
        "heading": _("What is wrong with “{title}”?").format(title=title),
        "limit": TERMS.term("dataset"),
    }
    return _simple(request, Target("dataset", publication=publication), context, ObjectionForm)


@audience(public=True)
def opening(request: HttpRequest) -> HttpResponse:
    """Which data should be open?"""
    context = {"heading": _("Which data should be open?"), "limit": TERMS.term("opening")}
    target = Target("opening", department=request.POST.get("department", ""))
    return _simple(request, target, context, OpeningForm)


@audience()
def refusal(request: HttpRequest, key: str) -> HttpResponse:
    """Why should this not have been refused?"""
    filer = filer_of(request, **_contact(request))
    refusals.find(key, filer.person, filer.department)
    context = {
        "heading": _("Why should this not have been refused?"),
        "limit": TERMS.term("refusal"),
    }
    return _simple(request, Target("refusal", refusal=key), context, ObjectionForm)


def _simple(
    request: HttpRequest, target: Target, context: dict[str, Any], kind: type[ObjectionForm]
) -> HttpResponse:
    form = kind(request.POST or None, request.FILES or None, **_signed_in(request))
    context = context | {"form": form}
    if request.method == "POST" and form.is_valid():
        return _file(request, form, target, "openness/objecting/form.html", context)
    return _form(request, "openness/objecting/form.html", context)


def _form(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    status = 422 if context["form"].errors else 200
    return render(request, template, {"nav": "object", **context}, status=status)


def _file(
    request: HttpRequest, form: Any, target: Target, template: str, context: dict[str, Any]
) -> HttpResponse:
    filer = filer_of(request, **_contact(request))
    try:
        if filer.person is None:
            limits.filings.check(address_of(request))
        filed = services.file_objection(filer, target, form.cleaned_data["ground"])
        for each in form.cleaned_data.get("evidence") or ():
            services.add_evidence(filed.objection, each.name, each.read(), actor=filer.actor)
    except HeliError as error:
        _told(form, error)
        return _form(request, template, context)
    remember(request, filed.objection)
    return HttpResponseRedirect(reverse("openness:progress_of", args=[filed.objection.code]))


def _told(form: Any, error: HeliError) -> None:
    told = explain(error)
    name = told.field or ""
    field = next((each for each in (name, CLAIM + name) if each in form.fields), None)
    form.add_error(field, told.in_form)


# What comes of it


def remember(request: HttpRequest, row: Objection) -> None:
    """Let this session see an objection for a quarter of an hour."""
    since = clock.now().timestamp() - OPENED_SECONDS
    kept = {code: at for code, at in request.session.get(OPENED, {}).items() if at > since}
    request.session[OPENED] = kept | {row.code: clock.now().timestamp()}


def _opened(request: HttpRequest, row: Objection) -> bool:
    at = request.session.get(OPENED, {}).get(row.code, 0)
    return bool(at > clock.now().timestamp() - OPENED_SECONDS)


@audience(public=True)
def progress(request: HttpRequest) -> HttpResponse:
    """How far is my objection? Code and secret open it."""
    form = AccessForm(request.POST or None, initial={"code": request.GET.get("code", "")[:60]})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            row = selectors.opened_by_secret(values["code"], values["secret"], address_of(request))
        except HeliError as error:
            _told(form, error)
        else:
            remember(request, row)
            return HttpResponseRedirect(reverse("openness:progress_of", args=[row.code]))
    return _form(request, "openness/objecting/access.html", {"form": form})


def theirs(request: HttpRequest, code: str) -> Objection:
    """An objection that this visitor filed, or has opened with its secret.

    Raises:
        UnknownObjectionError: It is none of theirs.
    """
    row = selectors.objection_by_code(code)
    if not (policy.owns(request.user, row) or _opened(request, row)):
        raise UnknownObjectionError(code=row.code)
    return row


@audience(public=True)
def progress_of(request: HttpRequest, code: str) -> HttpResponse:
    """How far is it, who decides until when, what was decided, and who was told?"""
    row = theirs(request, code)
    form = AppealForm()
    if request.method == "POST":
        form = AppealForm(request.POST if request.POST.get("do") == "appeal" else None)
        try:
            said = _act(request, row, form)
        except HeliError as error:
            messages.error(request, f"{explain(error).detail} {explain(error).remedy}")
            said = ""
        if said:
            messages.success(request, said)
        if said or not form.errors:
            return HttpResponseRedirect(reverse("openness:progress_of", args=[row.code]))
    answer = render(
        request,
        "openness/objecting/progress.html",
        _progress(row) | {"form": form},
        status=422 if form.errors else 200,
    )
    answer["Cache-Control"] = "no-store"
    return answer


def _progress(row: Objection) -> dict[str, Any]:
    correction = getattr(row, "correction", None)
    opened = row.publication or (
        selectors.datasets().filter(resource=row.resource_id).first()
        if row.about == Objection.About.OPENING and row.resource_id
        else None
    )
    return {
        "nav": "object",
        "objection": selectors.objection_view(row, content=True),
        "secret": codes.objections.secret_of(row.pk, row.secret_version),
        "appeal": selectors.appeal_standing(row),
        "correction": selectors.correction_view(correction) if correction else None,
        "opened": opened,
    }


def _act(request: HttpRequest, row: Objection, form: AppealForm) -> str:
    filer, do = filer_of(request, **_contact(request)), request.POST.get("do", "")
    if do == "withdraw":
        services.withdraw_objection(row, by=filer)
        return _("Withdrawn: nobody decides it any more.")
    if do == "evidence":
        given = request.FILES.getlist("evidence")
        for each in given:
            services.add_evidence(row, each.name or "", each.read(), actor=filer.actor)
        return _("Handed in.") if given else ""
    if do == "appeal" and form.is_valid():
        services.appeal(row, form.cleaned_data["reason"], by=filer)
        return _("Taken further: the next office decides.")
    return ""


@audience(public=True)
def evidence(request: HttpRequest, code: str, evidence_id: Any) -> Download:
    """A file handed in, for who filed it and who decides."""
    row = selectors.objection_by_code(code)
    if not (policy.may_see_content(request.user, row) or _opened(request, row)):
        raise UnknownObjectionError(code=row.code)
    found = row.evidence.filter(pk=evidence_id).first()
    if found is None:
        raise UnknownObjectionError(code=row.code)
    return Download(
        (home() / found.path).open("rb"),
        as_attachment=True,
        filename=found.name,
        content_type=found.media_type,
    )
