"""Changes to administrators' accounts, which two administrators make together."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from heli.kernel.permissions import ADMINISTRATORS, audience
from heli.organisation import selectors, services
from heli.organisation.errors import UnknownChangeError
from heli.organisation.models import AccountChange
from heli.organisation.views.account import me
from heli.organisation.views.people import official, show_password
from heli.organisation.views.tables import AccountChangeTable


@audience(*ADMINISTRATORS)
@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """What waits for a second administrator, and what was settled."""
    context = {"heading": _("What needs two administrators?"), "nav": "organisation"}
    table = AccountChangeTable(request, selectors.account_changes())
    return table.response("organisation/account_changes.html", context)


@audience(*ADMINISTRATORS)
@require_POST
def ask(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask for a change of an administrator's account."""
    found = official(person_id)
    kind = services.kind_of(request.POST.get("change", ""))
    services.ask_change(found.pk, kind, by=me(request))
    messages.success(
        request, _("It is asked for; an administrator of another kind has to confirm it.")
    )
    return redirect("organisation:person", person_id)


@audience(*ADMINISTRATORS)
@never_cache
@require_POST
def confirm(request: HttpRequest, change_id: int) -> HttpResponse:
    """Confirm it; a password drawn is shown to who confirms, this once."""
    change = AccountChange.objects.select_related("person").filter(pk=change_id).first()
    if change is None:
        raise UnknownChangeError(change=change_id)
    password = services.confirm_change(change_id, by=me(request))
    if password:
        return show_password(request, change.person, password)
    messages.success(request, _("The account is changed."))
    return redirect("organisation:person", change.person_id)


@audience(*ADMINISTRATORS)
@require_POST
def decline(request: HttpRequest, change_id: int) -> HttpResponse:
    """Decline it, or withdraw what one asked for."""
    change = services.decline_change(change_id, by=me(request))
    messages.success(request, _("The request is closed; nothing was changed."))
    return redirect("organisation:person", change.person_id)
