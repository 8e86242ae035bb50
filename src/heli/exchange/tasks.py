"""Background work of the exchange."""

from heli.exchange.contracts import services as versions
from heli.exchange.services import (
    clean_extracts,
    clean_files,
    forget_nonces,
    make_next_extract,
    measure_due,
)
from heli.exchange.sessions import forget_sessions
from heli.kernel.worker import periodic


@periodic("exchange.nonces", every=60)
def clean_nonces() -> int:
    """Forget nonces that have lost their meaning."""
    return forget_nonces()


@periodic("exchange.contracts", every=30)
def let_contract_versions_in() -> int:
    """Put announced contract versions into force whose predecessors have ended."""
    return versions.let_due_versions_in()


@periodic("exchange.sessions", every=3600)
def clean_sessions() -> int:
    """Forget sessions that ended long ago."""
    return forget_sessions()


@periodic("exchange.quality", every=10)
def measure_quality() -> int:
    """Read through a resource that was not for a day."""
    return measure_due()


@periodic("exchange.extracts", every=1)
def make_extracts() -> int:
    """Make the next file that somebody asked for."""
    return make_next_extract()


@periodic("exchange.extracts_end", every=60)
def end_extracts() -> int:
    """Delete files that nobody fetched, and take up work that a crash left."""
    return clean_extracts()


@periodic("exchange.files", every=600)
def drop_files() -> int:
    """Drop files that nobody published in time, and snapshots that nothing refers to."""
    return clean_files()
