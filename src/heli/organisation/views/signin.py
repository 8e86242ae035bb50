"""Signing in and out."""

from django.contrib.auth import logout
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from heli.errors import HeliError
from heli.kernel.localise import explain
from heli.kernel.permissions import audience
from heli.organisation import services, signin
from heli.organisation.forms import CodeForm, NewPasswordForm, SignInForm
from heli.organisation.models import Person


def refuse(form: Form, error: HeliError) -> int:
    """Put an error into the form it is about; returns the status to answer with."""
    told = explain(error)
    field = error.field if error.field in form.fields else None
    form.add_error(field, told.in_form)
    return told.status


@audience(public=True)
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Login name and password; on to the next step where one is due."""
    target = signin.safe_target(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.method == "GET" and request.user.is_authenticated:
        return redirect(target or "organisation:home")
    form = SignInForm(request.POST or None)
    status = 200
    if form.is_valid():
        try:
            person = signin.check_password(
                request, form.cleaned_data["username"], form.cleaned_data["password"]
            )
        except HeliError as error:
            status = refuse(form, error)
        else:
            signin.keep_pending(request, person, target)
            return _onwards(request, person, target)
    return render(
        request, "organisation/sign_in.html", {"form": form, "next": target}, status=status
    )


def _onwards(request: HttpRequest, person: Person, target: str) -> HttpResponse:
    if signin.code_is_due(request, person):
        return redirect("organisation:sign_in_code")
    if signin.password_is_due(request, person):
        return redirect("organisation:sign_in_password")
    signin.finish(request, person)
    return redirect(target or "organisation:home")


@audience(public=True)
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The one-time code, after the password."""
    waiting = signin.pending(request)
    if waiting is None:
        return redirect("organisation:sign_in")
    form = CodeForm(request.POST or None)
    status = 200
    if form.is_valid():
        try:
            device = signin.check_code(waiting.person, form.cleaned_data["code"])
        except HeliError as error:
            status = refuse(form, error)
        else:
            signin.mark_verified(request, device)
            return _onwards(request, waiting.person, waiting.next)
    return render(request, "organisation/sign_in_code.html", {"form": form}, status=status)


@audience(public=True)
@never_cache
@sensitive_post_parameters("password", "repeated")
@require_http_methods(["GET", "POST"])
def sign_in_password(request: HttpRequest) -> HttpResponse:
    """A password of one's own in place of the one that somebody else had drawn."""
    waiting = signin.pending(request)
    if waiting is None or not signin.password_is_due(request, waiting.person):
        return redirect("organisation:sign_in")
    form = NewPasswordForm(request.POST or None, person=waiting.person)
    if form.is_valid():
        services.change_password(waiting.person, form.cleaned_data["password"])
        signin.finish(request, waiting.person)
        return redirect(waiting.next or "organisation:home")
    return render(request, "organisation/sign_in_password.html", {"form": form})


@audience(public=True)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("/")
