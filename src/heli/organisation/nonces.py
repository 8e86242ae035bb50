"""Each signature is accepted once."""

import datetime as dt
import hashlib

from django.db import IntegrityError, transaction

from heli.kernel import clock
from heli.organisation.models import SpentNonce


def first_use(key_id: str, nonce: str, seconds: int) -> bool:
    """Whether a key uses a nonce for the first time; it is remembered for so many seconds."""
    digest = hashlib.sha256(f"{key_id}\n{nonce}".encode()).hexdigest()
    expires = clock.now() + dt.timedelta(seconds=seconds)
    try:
        with transaction.atomic():
            # The primary key decides between two at once; force_insert lets none overwrite.
            SpentNonce(digest=digest, expires_at=expires).save(force_insert=True)
    except IntegrityError:
        return False
    return True


def forget() -> int:
    """Delete what is too old to be accepted anyway; returns how many."""
    return SpentNonce.objects.filter(expires_at__lt=clock.now()).delete()[0]
