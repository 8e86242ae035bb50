"""Background work of the kernel."""

from heli.kernel import handed_in, rest
from heli.kernel.worker import periodic


@periodic("kernel.forget_keys", every=60)
def forget_keys() -> int:
    """Forget idempotency keys that were kept long enough."""
    return rest.forget_keys()


@periodic("kernel.sweep_files", every=3600)
def sweep_files() -> int:
    """Remove files whose transaction never was committed."""
    return handed_in.sweep()
