"""Is everything that must work working?"""

import datetime as dt

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from heli import __version__
from heli.cases import selectors as cases
from heli.kernel import clock
from heli.kernel.models import Heartbeat
from heli.kernel.permissions import audience
from heli.ledger import selectors as ledger
from heli.ledger.custody import KeyFileError

WORKER_SILENCE = dt.timedelta(seconds=30)
LEDGER_DELAY = dt.timedelta(seconds=30)


@audience(public=True)
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when database, worker and ledger work; 503 naming what does not.

    ``stalled_timers`` counts matters that a procedure's own fault keeps from going on. It is no
    reason for 503: the server works, and to take it away would stop all other matters.
    """
    faults: dict[str, str] = {}
    size = stalled = 0
    database = worker = log = "ok"
    try:
        state = ledger.log_state()
        heartbeat = Heartbeat.objects.filter(name="worker").first()
        stalled = cases.stalled_timers()
    except KeyFileError as error:
        worker = "unknown"
        log, faults["ledger"] = "failing", error.detail()
    except DatabaseError as error:
        database, worker, log = "failed", "unknown", "unknown"
        faults["database"] = f"{connection.vendor}: {type(error).__name__}"
    else:
        size = state.size
        if fault := _ledger_fault(state):
            log, faults["ledger"] = "failing", fault
        if heartbeat is None or clock.now() - heartbeat.at > WORKER_SILENCE:
            worker = "silent"
            faults["worker"] = f"no sign of life within {WORKER_SILENCE.seconds} s"
    body: dict[str, object] = {
        "status": "failing" if faults else "ok",
        "version": __version__,
        "database": database,
        "worker": worker,
        "ledger": log,
        "ledger_size": size,
        "stalled_timers": stalled,
    }
    if faults:
        body["faults"] = faults
    return JsonResponse(body, status=503 if faults else 200)


def _ledger_fault(state: ledger.LogState) -> str:
    """What is wrong with the ledger; empty when nothing is."""
    waited = state.oldest_pending and clock.now() - state.oldest_pending
    if waited and waited > LEDGER_DELAY:
        seconds = int(waited.total_seconds())
        return f"{state.pending} facts wait for their place, the first for {seconds} s"
    if not state.enough:
        return f"{len(state.cosigned)} witnesses cosigned, {state.quorum} are needed"
    return ""
