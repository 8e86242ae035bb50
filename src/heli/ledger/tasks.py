"""The ledger's background work: integrate what is pending, and watch over the quorum."""

from heli.kernel.worker import periodic
from heli.ledger import services

LOST_AFTER = 10.0
"""Seconds that a checkpoint may lack its quorum before that is told as a fact."""


@periodic("ledger.integrate", every=0.3)
def integrate() -> int:
    """Repair once what a crash left behind, then integrate what is pending."""
    return services.repair() + services.integrate_pending()


@periodic("ledger.quorum", every=5.0)
def watch_quorum() -> int:
    """Tell, once, that too few witnesses sign, and once that enough do again."""
    return services.tell_quorum(after=LOST_AFTER)
