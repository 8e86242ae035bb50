"""How the room enters its facts."""

import uuid

from heli.kernel.actor import Actor
from heli.ledger import services as ledger
from heli.ledger.verbs import FactData
from heli.twin.models import CityModel, Run


def about_model(model: CityModel, fact: FactData, actor: Actor, department: str) -> uuid.UUID:
    """Enter a fact about a city model; returns its id."""
    return ledger.record(
        fact, actor=actor, department=department, subject=f"twin.model:{model.pk}"
    ).id


def about_run(
    run: Run, fact: FactData, actor: Actor, department: str, matter: str = ""
) -> uuid.UUID:
    """Enter a fact about a run, and of the matter that it concerns; returns its id."""
    return ledger.record(
        fact, actor=actor, department=department, subject=f"twin.run:{run.pk}", matter=matter
    ).id
