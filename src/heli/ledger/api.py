"""REST interface of the ledger: what a verifier needs, and receipts.

``/checkpoint`` and ``/tile/…`` are what C2SP tlog-tiles prescribes, so the address of this router
is the read path of the log. Both are public: the log holds nothing about anybody.
"""

import re
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from heli.engines.translog import TILE_WIDTH, TileId
from heli.engines.translog.encoding import encode64
from heli.errors import NotFoundError
from heli.kernel.permissions import audience, require
from heli.kernel.rest import Limit, Page, page_of
from heli.ledger import policy, selectors
from heli.ledger.schemas import ConsistencyOut, EvidenceOut, PolicyOut, StateOut, WitnessOut

router = Router(tags=["ledger"])

_TILE = re.compile(
    r"([0-9]|[1-5][0-9]|6[0-3]|entries)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]{1,3}))?"
)


@router.get("/checkpoint")
@audience(public=True)
def get_checkpoint(request: HttpRequest) -> HttpResponse:
    """The latest checkpoint that enough witnesses cosigned, as a signed note."""
    note = selectors.checkpoint_note(selectors.latest_checkpoint())
    return _text(str(note), seconds=1)


@router.get("/keys")
@audience(public=True)
def get_keys(request: HttpRequest) -> HttpResponse:
    """The public keys of the log and its witnesses, and how many must agree (keys.txt)."""
    return _text(str(selectors.trusted_keys()), seconds=60)


@router.get("/policy", response=PolicyOut)
@audience(public=True)
def get_policy(request: HttpRequest) -> dict[str, Any]:
    """The trust policy: which witnesses count, where they are, how many must sign."""
    return selectors.policy_document(selectors.trusted_keys())


@router.get("/state", response=StateOut)
@audience(*policy.READERS)
def get_state(request: HttpRequest) -> StateOut:
    """Is the ledger whole, and who vouches for it?"""
    state = selectors.log_state()
    return StateOut(
        size=state.size,
        cosigned_size=state.cosigned_size,
        at=state.at,
        needed=state.quorum,
        enough=state.enough,
        disputed=state.disputed,
        pending=state.pending,
        witnesses=[
            WitnessOut(
                name=each.department,
                signed=each.signed,
                refusal=each.refusal,
                silent=each.silent,
                at=each.at,
            )
            for each in state.answers
        ],
    )


@router.get("/evidence", response=Page[EvidenceOut])
@audience(*policy.READERS)
def get_evidence(
    request: HttpRequest, limit: Limit = 50, cursor: str | None = None
) -> Page[EvidenceOut]:
    """What witnesses hold against this log, newest first."""
    return page_of(
        selectors.evidence(),
        "at",
        cursor,
        limit,
        lambda rows: [EvidenceOut(**selectors.evidence_document(row)) for row in rows],
        newest_first=True,
    )


@router.get("/tile/{path:where}")
@audience(public=True)
def get_tile(request: HttpRequest, where: str) -> HttpResponse:
    """A tile of the log: ``tile/<level>/<number>[.p/<width>]``, 32 bytes a hash.

    With ``entries`` for the level: the entries themselves, each behind its length in two bytes.
    They are commitments and say nothing about anybody.
    """
    match = _TILE.fullmatch(where)
    if match is None:
        raise NotFoundError(what=f"tile/{where}")
    level, number, width = match.groups()
    index = int(number.replace("x", "").replace("/", ""))
    wide = int(width) if width else TILE_WIDTH
    canonical = TileId(0, index).path(wide).replace("tile/0", f"tile/{level}", 1)
    if canonical != f"tile/{where}":
        raise NotFoundError(what=f"tile/{where}")
    if level == "entries":
        data = selectors.entries(index, wide)
    else:
        data = selectors.tile(int(level), index, wide)
    answer = HttpResponse(data, content_type="application/octet-stream")
    # What a tile of this width holds never changes.
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


@router.get("/consistency", response=ConsistencyOut)
@audience(public=True)
def get_consistency(request: HttpRequest, first: int, second: int) -> ConsistencyOut:
    """Proof that nothing was changed between two sizes of the log."""
    proof = selectors.consistency(first, second)
    return ConsistencyOut(first=first, second=second, proof=[encode64(node) for node in proof])


@router.get("/facts/{uuid:fact_id}/receipt")
@audience(systems=True)
def get_receipt(request: HttpRequest, fact_id: uuid.UUID) -> HttpResponse:
    """The receipt of a fact, as ``heli ledger verify`` reads it."""
    row = selectors.fact(fact_id)
    system = getattr(request, "system", None)
    if system is not None:
        require(policy.may_system_see_fact(system.department, row))
    else:
        require(policy.may_see_fact(request.user, row))
    receipt = selectors.receipt(row.pk)
    return HttpResponse(receipt.to_json(), content_type="application/json")


def _text(content: str, *, seconds: int) -> HttpResponse:
    answer = HttpResponse(content, content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = f"public, max-age={seconds}"
    return answer
