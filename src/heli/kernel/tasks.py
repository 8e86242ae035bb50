"""Background work of the kernel."""

from heli.kernel import rest
from heli.kernel.worker import periodic


@periodic("kernel.forget_keys", every=60)
def forget_keys() -> int:
    """Forget idempotency keys that were kept long enough."""
    return rest.forget_keys()
