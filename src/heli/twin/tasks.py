"""Background work of this room."""

from heli.kernel.worker import periodic
from heli.twin import runs


@periodic("twin.runs", every=0.3)
def carry_out_runs() -> int:
    """Begin runs that were asked for."""
    return runs.start_due()


@periodic("twin.rest", every=60)
def rest() -> int:
    """Give back the memory of processes that have nothing to do."""
    return runs.rest()


@periodic("twin.builds", every=1)
def carry_out_builds() -> int:
    """Begin versions of city models that were asked for."""
    from heli.twin.building import jobs

    return jobs.start_due()
