"""Pages of the ledger: its state, a fact, a fact's receipt, and the files to check it with."""

import uuid
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.kernel import clock
from heli.kernel.permissions import Role, audience, require, roles_of
from heli.ledger import policy, selectors, shown
from heli.ledger.lists import FactTable
from heli.ledger.models import Fact
from heli.ledger.services import NotDurableError

CHECKPOINTS = 12


@audience(*policy.READERS)
def state(request: HttpRequest) -> HttpResponse:
    """Is the ledger whole, and who vouches for it?"""
    rows = selectors.latest_facts().filter(policy.seen_by(request.user))
    table = FactTable(request, rows, "facts")
    if request.headers.get("HX-Target") == "facts-table":
        return render(request, "web/components/queue_table.html", {"table": table})
    log = selectors.log_state()
    context = {
        "nav": "ledger",
        "log": log,
        "now": clock.now(),
        "witnesses": [shown.witness_row(each) for each in log.answers],
        "checkpoints": [shown.checkpoint_row(row) for row in selectors.checkpoints()[:CHECKPOINTS]],
        "table": table,
        "all_facts": bool(roles_of(request.user) & policy.WATCHERS),
    }
    return render(request, "ledger/state.html", context)


@audience()
def fact(request: HttpRequest, fact_id: uuid.UUID) -> HttpResponse:
    """What happened?"""
    row = _visible(request, fact_id)
    context = _about(request, row) | {
        "particulars": shown.particulars(row),
        "entry": shown.entry(row),
    }
    return render(request, "ledger/fact.html", context)


@audience()
def receipt(request: HttpRequest, fact_id: uuid.UUID) -> HttpResponse:
    """What does this receipt prove?"""
    row = _visible(request, fact_id)
    context = _about(request, row)
    try:
        proof = shown.proof(row)
    except NotDurableError:
        return render(request, "ledger/receipt_pending.html", context)
    name = _file_name(row)
    context |= {
        "proof": proof,
        "command": f"heli ledger verify {name} --keys keys.txt",
    }
    return render(request, "ledger/receipt.html", context)


@audience()
def receipt_file(request: HttpRequest, fact_id: uuid.UUID) -> HttpResponse:
    """The receipt as a file."""
    row = _visible(request, fact_id)
    answer = HttpResponse(selectors.receipt(row.pk).to_json(), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{_file_name(row)}"'
    return answer


@audience(public=True)
def keys_file(request: HttpRequest) -> HttpResponse:
    """The public keys as a file."""
    answer = HttpResponse(str(selectors.trusted_keys()), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="keys.txt"'
    return answer


def _visible(request: HttpRequest, fact_id: uuid.UUID) -> Fact:
    row = selectors.fact(fact_id)
    require(policy.may_see_fact(request.user, row))
    return row


def _about(request: HttpRequest, row: Fact) -> dict[str, Any]:
    """What every page about one fact shows."""
    applicant = roles_of(request.user) <= {Role.APPLICANT}
    back, label = _way_back(request, row)
    return {
        "base": "web/base_applicant.html" if applicant else "web/base.html",
        "nav": "ledger",
        "fact": row,
        "sentence": shown.sentence(row),
        "receipt_url": reverse("ledger:receipt", args=[row.pk]),
        "file_name": _file_name(row),
        "heading": _("What does this receipt prove?"),
        "back_url": back,
        "back_label": label,
    }


def _way_back(request: HttpRequest, row: Fact) -> tuple[str, str]:
    """Where the reader came from on this site; else the ledger, or the first page.

    A fact and its receipt lead to each other, so neither is the way back from the other.
    """
    came = urlsplit(request.headers.get("Referer", ""))
    if came.netloc == request.get_host() and came.path and str(row.pk) not in came.path:
        return urlunsplit(("", "", came.path, came.query, "")), _("Back")
    if roles_of(request.user) & set(policy.READERS):
        return reverse("ledger:state"), _("Ledger")
    return "/", _("First page")


def _file_name(row: Fact) -> str:
    return f"heli-receipt-{row.pk}.json"
