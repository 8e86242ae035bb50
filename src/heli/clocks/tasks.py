"""Background jobs of this room."""

from heli.clocks import polling
from heli.kernel.worker import periodic


@periodic("clocks.poll", every=0.5)
def poll() -> int:
    """Fire the rungs that are due."""
    return polling.poll()


@periodic("clocks.learn_years", every=60)
def learn_years() -> int:
    """Give due instants to clocks that waited for a calendar year."""
    return polling.learn_years()
