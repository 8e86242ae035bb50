"""Codes of objections and corrections, and what is sealed in this room."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from heli.kernel.codes import Codes
from heli.kernel.sealing import Sealing
from heli.openness.errors import MalformedCodeError, WrongCheckDigitError
from heli.openness.models import Correction, Objection

objections = Codes("YY", "objection-secrets", MalformedCodeError, WrongCheckDigitError)
corrections = Codes("GZ", "correction-secrets", MalformedCodeError, WrongCheckDigitError)
subjects = Sealing("objections")


_DRAWS = 20


def save_new(row: Objection | Correction, kind: Codes) -> None:
    """Insert a row under a code that is not taken yet; inside the caller's transaction."""
    for left in reversed(range(_DRAWS)):
        row.code = kind.new()
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            if not left:
                raise
        else:
            return


def seal_values(kind: str, values: Mapping[str, Any]) -> bytes:
    """Values by field, sealed; dates as ISO 8601 text."""
    text = json.dumps(dict(values), ensure_ascii=False, default=str, sort_keys=True)
    return subjects.seal_bytes(kind, text.encode())


def unseal_values(kind: str, sealed: bytes | memoryview) -> dict[str, Any]:
    """Values by field again; none where nothing was sealed."""
    if not sealed:
        return {}
    found: dict[str, Any] = json.loads(subjects.unseal_bytes(kind, bytes(sealed)))
    return found
