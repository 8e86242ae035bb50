"""Background work of this room."""

from heli.kernel.worker import periodic
from heli.projects import runs, services


@periodic("projects.runs", every=1)
def carry_out_runs() -> int:
    """Begin tests that were asked for."""
    return runs.start_due()


@periodic("projects.exemptions", every=60)
def tell_expired_exemptions() -> int:
    """Enter exceptions that ran out."""
    return services.tell_expired_exemptions()
