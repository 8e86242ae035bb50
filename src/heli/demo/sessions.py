"""Sessions at the gateway: systems of two departments call often while the city is looked at."""

import datetime as dt
import json

from heli.engines.httpsig import Signature
from heli.exchange import sessions
from heli.exchange.calls.model import Nonce
from heli.exchange.selectors import open_sessions
from heli.kernel import clock
from heli.organisation import selectors

OPENED = (("scjg", 60), ("rsj", 30))
"""Department whose system opened one, and for how many minutes."""


def seed_sessions() -> None:
    """Open the sessions, unless some are open."""
    if open_sessions().exists():
        return
    for department, minutes in OPENED:
        key_ids = [key.key_id for row in selectors.systems(department) for key in row.keys.all()]
        for system in selectors.systems_by_key_ids(key_ids[:1]).values():
            sessions.handle(
                sessions.OPEN,
                json.dumps({"minutes": minutes}).encode(),
                system=system,
                nonce=Nonce(system.key_id, "linjiang", clock.now() + dt.timedelta(minutes=5)),
                signature=Signature("sig1", (), (("alg", "ed25519"),), b""),
            )
