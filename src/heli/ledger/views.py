"""Pages of the ledger: its state, a fact, a fact's receipt, and the files to check it with."""

import uuid
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.errors import NotFoundError
from heli.kernel import clock
from heli.kernel.permissions import Role, audience, require, roles_of
from heli.ledger import policy, selectors, shown, shown_witnesses
from heli.ledger.lists import EvidenceTable, FactTable
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
    log, keys = selectors.log_state(), selectors.trusted_keys()
    witnesses = [shown_witnesses.witness_row(each, keys) for each in log.answers]
    inside = sum(each.inside for each in witnesses)
    context = {
        "nav": "ledger",
        "log": log,
        "now": clock.now(),
        "alarm": shown_witnesses.alarm(log),
        "witnesses": witnesses,
        "inside": inside,
        # Whoever runs this installation can then fill the quorum alone.
        "own_hand": inside >= log.quorum,
        "policy": str(keys),
        "checkpoints": [
            shown_witnesses.checkpoint_row(row) for row in selectors.checkpoints()[:CHECKPOINTS]
        ],
        "evidence": selectors.evidence().count(),
        "table": table,
        "all_facts": bool(roles_of(request.user) & policy.WATCHERS),
    }
    return render(request, "ledger/state.html", context)


@audience(*policy.READERS)
def evidence_list(request: HttpRequest) -> HttpResponse:
    """What do witnesses hold against the log?"""
    table = EvidenceTable(request, selectors.evidence(), "evidence")
    if request.headers.get("HX-Target") == "evidence-table":
        return render(request, "web/components/queue_table.html", {"table": table})
    return render(request, "ledger/evidence_list.html", {"nav": "ledger", "table": table})


@audience(*policy.READERS)
def evidence(request: HttpRequest, evidence_id: uuid.UUID) -> HttpResponse:
    """What exactly contradicts what?"""
    row = selectors.evidence().filter(pk=evidence_id).first()
    if row is None:
        raise NotFoundError(what=str(evidence_id))
    context = {"nav": "ledger", "row": shown_witnesses.evidence_row(row), "evidence": row}
    return render(request, "ledger/evidence.html", context)


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
    if proof.lacking and shown_witnesses.alarm() is None:
        # The witnesses are about to sign; only where they stay silent is it worth a word.
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
