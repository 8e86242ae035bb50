"""Background work of openness."""

from heli.kernel.worker import periodic
from heli.openness import services


@periodic("openness.editions", every=3)
def make_editions() -> int:
    """Make the files of datasets that are due."""
    return services.issue_due()


@periodic("openness.corrections", every=5)
def watch_corrections() -> int:
    """See whether corrected records are still used in their wrong version."""
    return services.watch()
