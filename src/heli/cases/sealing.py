"""Subjects of matters at rest, under the key of this room; see :mod:`heli.kernel.sealing`."""

from heli.kernel.sealing import SEALED, Sealing, hint, normalise

__all__ = [
    "SEALED",
    "digest",
    "hint",
    "normalise",
    "seal",
    "seal_text",
    "unseal",
    "unseal_text",
]

_subjects = Sealing("subjects")

digest = _subjects.digest
seal, unseal = _subjects.seal, _subjects.unseal
seal_text, unseal_text = _subjects.seal_text, _subjects.unseal_text
