"""What is open, what was objected to, and which corrections travel."""

from heli.openness.models.corrections import Alarm, Correction, Recipient, Use
from heli.openness.models.objections import Evidence, Objection, Ruling
from heli.openness.models.publications import Downloads, Edition, Publication, Theme

__all__ = [
    "Alarm",
    "Correction",
    "Downloads",
    "Edition",
    "Evidence",
    "Objection",
    "Publication",
    "Recipient",
    "Ruling",
    "Theme",
    "Use",
]
