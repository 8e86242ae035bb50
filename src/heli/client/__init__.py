"""The client library of Heli: for another department's system.

Stands alone: it needs httpx, cryptography and two pure engines, no database and no settings.

    keys = TrustedKeys.parse(Path("keys.txt").read_text())
    with HeliClient("https://heli.example", "scjg-1", private_key) as heli:
        found = heli.lookup("gaj/residents", ("person", number), matter="LJ-7K3D9Q-42")
        found.verify(keys)
"""

from heli.client.answers import LookupResult, verify_receipt_file
from heli.client.client import HeliClient
from heli.client.errors import (
    AnswerMismatchError,
    DeniedError,
    InvalidRequestError,
    MissingError,
    ProblemError,
    RefusedSignatureError,
    ServerError,
    UnreachableError,
)
from heli.client.feeds import FeedBatch, StreamEndedError, follow, read_webhook, subscribe
from heli.engines.translog import TrustedKeys

__all__ = [
    "AnswerMismatchError",
    "DeniedError",
    "FeedBatch",
    "HeliClient",
    "InvalidRequestError",
    "LookupResult",
    "MissingError",
    "ProblemError",
    "RefusedSignatureError",
    "ServerError",
    "StreamEndedError",
    "TrustedKeys",
    "UnreachableError",
    "follow",
    "read_webhook",
    "subscribe",
    "verify_receipt_file",
]
