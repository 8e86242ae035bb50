"""Carrying out runs in the background: claimed by lease, shown as they go, kept when through.

A test may take minutes, so it runs beside the worker's other jobs in a thread of its own. A process
that dies leaves a lease that ends by itself; the run then begins anew, which harms nobody.
"""

import datetime as dt
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from django.conf import settings
from django.db import close_old_connections
from django.db.models import Q

from heli.errors import HeliError, gettext_noop
from heli.exchange.conformance import CHECK_TITLES, Check, Detail, Outcome, Report, State, Wanted
from heli.exchange.conformance import conform as test
from heli.kernel import clock
from heli.projects.models import Interface, Run
from heli.projects.services.projects import KEYS
from heli.projects.services.testing import finish_run

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=60)
MOST_SECONDS = 10.0
"""Longest time for one answer of an endpoint."""

_pool = ThreadPoolExecutor(2, thread_name_prefix="projects-runs")


def claim(limit: int = 2) -> list[Run]:
    """Lease runs that wait, or whose process has died; nobody else carries them out meanwhile."""
    now = clock.now()
    open_runs = Run.objects.exclude(state=Run.State.DONE).filter(
        Q(leased_until=None) | Q(leased_until__lt=now)
    )
    claimed = []
    for row in open_runs.order_by("asked_at")[:limit]:
        free = Run.objects.filter(pk=row.pk, leased_until=row.leased_until)
        taken = free.exclude(state=Run.State.DONE).update(
            state=Run.State.RUNNING, leased_until=now + LEASE, done=0
        )
        if taken:
            claimed.append(row)
    return claimed


def start_due() -> int:
    """Begin what waits, beside the worker's other jobs; returns how many."""
    claimed = claim()
    for row in claimed:
        _pool.submit(_carry_out, row)
    return len(claimed)


def _carry_out(run: Run) -> None:
    close_old_connections()
    try:
        execute(run)
    except Exception:
        # The lease ends by itself, and the run is begun anew.
        logger.exception("the run %s of the project broke off", run.pk)
    finally:
        close_old_connections()


def execute(run: Run, transport: httpx.BaseTransport | None = None) -> bool:
    """Test every interface of a run and keep what was found.

    Args:
        run: The run.
        transport: Carries the calls; the network if ``None``.

    Returns:
        Whether this ended the run.
    """
    interfaces = list(Interface.objects.filter(project=run.project_id, removed_at=None))
    reports: dict[Interface, dict[str, Any]] = {}
    for number, interface in enumerate(interfaces):
        progress = _progress(run, interface, number, len(interfaces))
        reports[interface] = _tested(interface, progress, transport)
    return finish_run(run, reports)


def _tested(
    interface: Interface,
    progress: Callable[[Check, int], None],
    transport: httpx.BaseTransport | None,
) -> dict[str, Any]:
    sealed = bytes(interface.sealed_key)
    wanted = Wanted(
        contract=interface.contract,
        url=interface.url,
        key=KEYS.unseal_bytes(str(interface.pk), sealed).decode() if sealed else "",
        allowed=settings.HELI_PRIVATE_NETWORKS,
        most_seconds=MOST_SECONDS,
        transport=transport,
    )
    try:
        return test(wanted, progress).as_dict()
    except HeliError as error:
        return _refused(interface, error).as_dict()


def _refused(interface: Interface, error: HeliError) -> Report:
    """The report of an address that may not be called."""
    said = Detail(error.message, error.figures)
    skipped = Detail(gettext_noop("the address may not be called"))
    first, *rest = Check
    return Report(
        contract=interface.contract.id,
        version=interface.version,
        contract_hash=interface.digest,
        url=interface.url,
        began_at=clock.now(),
        outcomes=(
            Outcome(first, State.FAILED, said),
            *(Outcome(check, State.SKIPPED, skipped) for check in rest),
        ),
        requests=0,
        records=0,
        slowest=0.0,
    )


def _progress(
    run: Run, interface: Interface, number: int, total: int
) -> Callable[[Check, int], None]:
    """Shows what is being done, at most once for each check, and keeps the lease."""
    last: list[Check] = []

    def told(check: Check, _count: int) -> None:
        if last and last[0] is check:
            return
        last[:] = [check]
        Run.objects.filter(pk=run.pk).exclude(state=Run.State.DONE).update(
            state=Run.State.RUNNING,
            step=f"{interface.name}|{CHECK_TITLES[check]}",
            done=number,
            total=total,
            leased_until=clock.now() + LEASE,
        )

    return told
