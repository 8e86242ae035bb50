"""Background work of the exchange."""

from heli.exchange.services import forget_nonces
from heli.kernel.worker import periodic


@periodic("exchange.nonces", every=60)
def clean_nonces() -> int:
    """Forget nonces that have lost their meaning."""
    return forget_nonces()
