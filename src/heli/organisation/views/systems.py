"""Machine clients and their keys."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from heli.errors import HeliError
from heli.kernel import clock
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.organisation import policy, selectors, services
from heli.organisation.forms import KeyForm, SystemForm
from heli.organisation.keys import read_public_key
from heli.organisation.models import SystemKey
from heli.organisation.views.account import me
from heli.organisation.views.signin import refuse
from heli.organisation.views.tables import SystemTable

KEY_STATES = {
    "valid": ("on_time", pgettext_lazy("key", "Valid")),
    "revoked": ("done", pgettext_lazy("key", "Withdrawn")),
    "ended": ("done", pgettext_lazy("key", "Ended")),
    "not_yet": ("suspended", pgettext_lazy("key", "Not yet valid")),
}


@audience(*STAFF)
@require_GET
def systems(request: HttpRequest) -> HttpResponse:
    """All registered systems."""
    context = {
        "heading": _("Which systems may call?"),
        "nav": "organisation",
        "may_manage": policy.may_manage_keys(me(request)),
    }
    return SystemTable(request, selectors.systems()).response("organisation/systems.html", context)


@audience(*STAFF)
@require_GET
def system(request: HttpRequest, system_id: UUID) -> HttpResponse:
    """One system and its keys."""
    found = get_object_or_404(selectors.systems(), pk=system_id)
    now = clock.now()
    context = {
        "system": found,
        "department": selectors.department(found.department_id),
        "keys": [(key, *KEY_STATES[selectors.key_state(key, now)]) for key in found.keys.all()],
        "may_manage": policy.may_manage_keys(me(request)),
        "history": selectors.told(selectors.trail(f"organisation.system:{found.pk}")[:50]),
    }
    return render(request, "organisation/system.html", context)


@audience(Role.SECURITY_ADMIN)
@require_http_methods(["GET", "POST"])
def system_new(request: HttpRequest) -> HttpResponse:
    """Register a system."""
    require(policy.may_manage_keys(me(request)))
    form = SystemForm(request.POST or None)
    status = 200
    if form.is_valid():
        values = form.cleaned_data
        try:
            made, _key = services.register_system(
                values["department"].code,
                values["name_zh"],
                read_public_key(values["public_key"]),
                actor=me(request).actor,
                name_en=values["name_en"],
            )
        except HeliError as error:
            status = refuse(form, error)
        else:
            messages.success(request, _("{name} may call now.").format(name=made.name))
            return redirect("organisation:system", made.pk)
    context = {
        "form": form,
        "heading": _("Which system may call?"),
        "back_url": "organisation:systems",
    }
    return render(request, "organisation/form.html", context, status=status)


@audience(Role.SECURITY_ADMIN)
@require_http_methods(["GET", "POST"])
def system_rotate(request: HttpRequest, system_id: UUID) -> HttpResponse:
    """Give a system a new key."""
    require(policy.may_manage_keys(me(request)))
    found = get_object_or_404(selectors.systems(), pk=system_id)
    form = KeyForm(request.POST or None)
    status = 200
    if form.is_valid():
        try:
            octets = read_public_key(form.cleaned_data["public_key"])
            services.rotate_key(found, octets, actor=me(request).actor)
        except HeliError as error:
            status = refuse(form, error)
        else:
            messages.success(request, _("The new key is valid; older ones end in seven days."))
            return redirect("organisation:system", found.pk)
    context = {
        "form": form,
        "heading": _("The new key of {name}").format(name=found.name),
        "back_url": "organisation:systems",
    }
    return render(request, "organisation/form.html", context, status=status)


@audience(Role.SECURITY_ADMIN)
@require_POST
def key_revoke(request: HttpRequest, key_id: str) -> HttpResponse:
    """Withdraw a key at once."""
    require(policy.may_manage_keys(me(request)))
    key = get_object_or_404(SystemKey.objects.select_related("system"), pk=key_id)
    services.revoke_key(key, actor=me(request).actor)
    messages.success(request, _("The key is withdrawn."))
    return redirect("organisation:system", key.system_id)


@audience(Role.SECURITY_ADMIN)
@require_POST
def system_close(request: HttpRequest, system_id: UUID) -> HttpResponse:
    """Shut a system out."""
    require(policy.may_manage_keys(me(request)))
    found = get_object_or_404(selectors.systems(), pk=system_id)
    services.close_system(found, actor=me(request).actor)
    messages.success(request, _("The system is shut out."))
    return redirect("organisation:system", found.pk)
