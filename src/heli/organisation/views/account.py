"""One's own account: password, second step, and where one's work begins."""

from base64 import b32encode
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods
from django_otp import login as otp_login
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from heli.kernel.permissions import ROLE_LABELS, Role, audience
from heli.organisation import selectors, services
from heli.organisation.forms import ChangePasswordForm, CodeForm, ConfirmPasswordForm
from heli.organisation.homes import home_url
from heli.organisation.models import Person


def me(request: HttpRequest) -> Person:
    """The signed-in person."""
    return cast(Person, request.user)


@audience()
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """On to the first page of one's role."""
    return redirect(home_url(request))


@audience()
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """Who one is here, and what protects the account."""
    person = me(request)
    context = {
        "person": person,
        "roles": [ROLE_LABELS[Role(name)] for name in sorted(person.roles)],
        "post": selectors.present_post(person),
        "device": TOTPDevice.objects.filter(user=person, confirmed=True).first(),
        "codes_left": StaticToken.objects.filter(device__user=person).count(),
    }
    return render(request, "organisation/account.html", context)


@audience()
@never_cache
@sensitive_post_parameters("present", "password", "repeated")
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Choose a new password; other sessions end."""
    person = me(request)
    form = ChangePasswordForm(request.POST or None, person=person)
    if form.is_valid():
        services.change_password(person, form.cleaned_data["password"])
        update_session_auth_hash(request, person)
        messages.success(request, _("The password is changed; other sessions have ended."))
        return redirect("organisation:account")
    return render(request, "organisation/password.html", {"form": form})


@audience()
@never_cache
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Set up a one-time code: scan, confirm, keep the recovery codes."""
    person = me(request)
    if TOTPDevice.objects.filter(user=person, confirmed=True).exists():
        return redirect("organisation:account")
    device = TOTPDevice.objects.filter(user=person, confirmed=False).first()
    if device is None:
        device = services.begin_second_step(person)
    form = CodeForm(request.POST or None)
    form.fields["code"].help_text = ""  # there are no recovery codes yet
    if form.is_valid():
        if device.verify_token(form.cleaned_data["code"].strip()):
            codes = services.confirm_second_step(person, device)
            otp_login(request, device)
            return render(request, "organisation/recovery_codes.html", {"codes": codes})
        form.add_error("code", _("This code is not the one the device should show now."))
    context: dict[str, Any] = {"form": form, "url": device.config_url, "secret": _secret(device)}
    return render(request, "organisation/second_step.html", context)


def _secret(device: TOTPDevice) -> str:
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[index : index + 4] for index in range(0, len(text), 4))


@audience()
@never_cache
@sensitive_post_parameters("present")
@require_http_methods(["GET", "POST"])
def remove_second_step(request: HttpRequest) -> HttpResponse:
    """Give the second step up, after the password."""
    person = me(request)
    form = ConfirmPasswordForm(request.POST or None, person=person)
    if form.is_valid():
        services.remove_second_step(person)
        messages.success(request, _("Signing in needs the password alone again."))
        return redirect("organisation:account")
    return render(request, "organisation/second_step_remove.html", {"form": form})
