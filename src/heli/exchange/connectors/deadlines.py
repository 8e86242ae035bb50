"""How long readers of sources wait; :mod:`heli.kernel.deadlines` makes it true."""

LOOKUP_SECONDS = 5.0
"""How long one subject may take."""
BATCH_SECONDS = 30.0
"""How long one batch may take; the reader's own time between batches does not count."""
