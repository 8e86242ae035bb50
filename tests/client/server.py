"""The real application in a process of its own, with one matter that the test prepared.

The room that keeps matters is replaced by one answer, so that the client is tested apart from it.
"""

import json
import os

from heli.exchange.questions import Standing, matter_standing, matter_standings
from heli.site.asgi import application

__all__ = ["application"]

_matter = json.loads(os.environ["TEST_MATTER"])


def _standing(matter_code: str, department: str, subject_type: str, subject_id: str) -> Standing:
    return Standing(
        live=matter_code == _matter["code"],
        holds_task=department == _matter["department"],
        concerns_subject=[subject_type, subject_id] in _matter["subjects"],
        known=matter_code == _matter["code"],
    )


matter_standing._answer = _standing
matter_standings._answer = None
