"""The ledger's background work: integrate what is pending, three times a second."""

from heli.kernel.worker import periodic
from heli.ledger import services


@periodic("ledger.integrate", every=0.3)
def integrate() -> int:
    """Repair once what a crash left behind, then integrate what is pending."""
    return services.repair() + services.integrate_pending()
