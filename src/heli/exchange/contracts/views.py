"""Pages of contract versions: compare, publish, take back, documents made from them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.engines.contracts import (
    Contract,
    Mode,
    dump_contract,
    parse_contract,
    read_text,
    write_yaml,
)
from heli.errors import HeliError, NotFoundError
from heli.exchange import policy
from heli.exchange.contracts import selectors, services, words
from heli.exchange.contracts.files import csv_template
from heli.exchange.contracts.forms import VersionForm, WithdrawForm
from heli.exchange.models import ContractVersion, Resource
from heli.exchange.rest.shapes import person_of
from heli.exchange.selectors.catalogue import resource_by_address, resource_title
from heli.kernel.localise import explain
from heli.kernel.permissions import STAFF, Role, audience, require

_MODES = (Mode.BACKWARD, Mode.FORWARD, Mode.FULL)


@audience(*STAFF)
def version(request: HttpRequest, department: str, name: str, version: str) -> HttpResponse:
    """What is new in this version, and whom does it break?"""
    resource = resource_by_address(f"{department}/{name}")
    row = selectors.version(resource, version)
    against = request.GET.get("against", "")
    older = selectors.version(resource, against) if against else selectors.before(row)
    asked = request.GET.get("mode", "")
    mode = Mode(asked) if asked in set(Mode) else Mode.BACKWARD
    old = (older or row).contract
    context = _frame(resource) | {
        "row": row,
        "older": older,
        "others": selectors.versions(resource).exclude(pk=row.pk),
        "mode": mode,
        "modes": [(each, words.mode(each), words.mode_meaning(each)) for each in _MODES],
        "found": selectors.comparison(resource, old, row.contract, mode),
        "contract": row.contract,
        "levels": [words.level(each) for each in row.contract.service_levels],
        "rules": [words.rule(each, row.contract) for each in row.contract.quality_rules],
        "may_publish": policy.may_grant(request.user, resource),
        "ending": selectors.ending(resource) if row.announced or row.in_force else None,
    }
    return render(request, "exchange/contracts/version.html", context)


def _frame(resource: Resource) -> dict[str, Any]:
    return {"nav": "exchange", "resource": resource, "title": resource_title(resource)}


@audience(Role.STEWARD)
def version_new(request: HttpRequest, department: str, name: str) -> HttpResponse:
    """Which contract shall hold from now on?"""
    resource = resource_by_address(f"{department}/{name}")
    require(policy.may_grant(request.user, resource))
    if request.method != "POST":
        text = write_yaml(resource.contract)
        return _form(request, resource, VersionForm(initial={"contract": text}))
    form = VersionForm(request.POST, request.FILES)
    if not form.is_valid() or "edit" in request.POST:
        return _form(request, resource, form)
    typed = form.cleaned_data
    # What came as a file is shown and kept as text from here on.
    kept = VersionForm({"contract": typed["contract"], "sunset": request.POST.get("sunset", "")})
    kept.is_valid()
    try:
        contract = parse_contract(read_text(typed["contract"]))
        if "confirm" not in request.POST:
            return _check(request, resource, kept, contract)
        row = services.publish_version(
            resource, contract, actor=person_of(request).actor, sunset=typed["sunset"]
        )
    except HeliError as error:
        return _form(request, resource, kept, error)
    messages.success(request, _published(row))
    where = reverse("exchange:version", args=[department, name, row.version])
    return HttpResponseRedirect(where)


def _published(row: ContractVersion) -> str:
    if row.announced:
        return _("Version {version} is announced; departments that use the data are told.").format(
            version=row.version
        )
    return _("Version {version} is in force.").format(version=row.version)


def _form(
    request: HttpRequest, resource: Resource, form: VersionForm, error: HeliError | None = None
) -> HttpResponse:
    status = 200
    if error is not None:
        told = explain(error)
        field = told.field if told.field in form.fields else "contract"
        place = f" ({told.field})" if told.field and told.field not in form.fields else ""
        said = f"{told.detail}{place} {told.remedy}" if place else told.in_form
        form.add_error(field, said)
        status = told.status
    return render(
        request,
        "exchange/contracts/version_form.html",
        _frame(resource) | {"form": form},
        status=status,
    )


def _check(
    request: HttpRequest, resource: Resource, form: VersionForm, contract: Contract
) -> HttpResponse:
    context = _frame(resource) | {
        "form": form,
        "new": contract,
        "found": selectors.comparison(resource, resource.parsed_contract, contract),
    }
    return render(request, "exchange/contracts/version_check.html", context)


@audience(Role.STEWARD)
def version_withdraw(
    request: HttpRequest, department: str, name: str, version: str
) -> HttpResponse:
    """Take an announcement back, with its reason."""
    resource = resource_by_address(f"{department}/{name}")
    require(policy.may_grant(request.user, resource))
    row = selectors.version(resource, version)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.withdraw_announcement(
            resource, version, actor=person_of(request).actor, reason=form.cleaned_data["reason"]
        )
        messages.success(request, _("The announcement was taken back."))
        return HttpResponseRedirect(reverse("exchange:resource", args=[department, name]))
    context = _frame(resource) | {"form": form, "row": row}
    return render(request, "exchange/contracts/withdraw.html", context)


@audience(*STAFF)
def version_file(
    request: HttpRequest, department: str, name: str, version: str, kind: str
) -> HttpResponse:
    """The contract as YAML, or a CSV to fill in."""
    row = selectors.version(resource_by_address(f"{department}/{name}"), version)
    makers: dict[str, tuple[str, Callable[[], str]]] = {
        "contract.yaml": ("application/yaml", lambda: write_yaml(dump_contract(row.contract))),
        "template.csv": ("text/csv", lambda: csv_template(row.contract)),
    }
    if kind not in makers:
        raise NotFoundError(what=kind)
    media, make = makers[kind]
    answer = HttpResponse(make(), content_type=f"{media}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{version}-{kind}"'
    return answer
