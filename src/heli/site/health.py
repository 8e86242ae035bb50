"""Is everything that must work working?"""

import datetime as dt

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from heli import __version__
from heli.kernel import clock
from heli.kernel.models import Heartbeat
from heli.kernel.permissions import audience
from heli.ledger.models import Fact

WORKER_SILENCE = dt.timedelta(seconds=30)


@audience(public=True)
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when database, worker and ledger work; 503 naming what does not."""
    faults: dict[str, str] = {}
    size = 0
    database = worker = "ok"
    try:
        size = Fact.objects.filter(leaf_index__isnull=False).count()
        heartbeat = Heartbeat.objects.filter(name="worker").first()
    except DatabaseError as error:
        database, worker = "failed", "unknown"
        faults["database"] = f"{connection.vendor}: {type(error).__name__}"
    else:
        if heartbeat is None or clock.now() - heartbeat.at > WORKER_SILENCE:
            worker = "silent"
            faults["worker"] = f"no sign of life within {WORKER_SILENCE.seconds} s"
    body: dict[str, object] = {
        "status": "failing" if faults else "ok",
        "version": __version__,
        "database": database,
        "worker": worker,
        "ledger_size": size,
    }
    if faults:
        body["faults"] = faults
    return JsonResponse(body, status=503 if faults else 200)
