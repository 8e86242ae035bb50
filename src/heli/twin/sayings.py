"""How the values in the facts of the twin are said."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from heli.exchange.words import spoken
from heli.ledger.sentences import Lead, lead, say, say_by_fact
from heli.twin import policy, words
from heli.twin.models import Citation, CityModel, Run, Scenario


def model(name: str) -> str:
    """What a city model is called in the reader's language."""
    row = CityModel.objects.filter(name=name).first()
    return words.title(row) if row else name


def scenario(name: str, data: Mapping[str, Any]) -> str:
    """What a scenario is called, also one that was put away."""
    rows = Scenario.objects.filter(model__name=data.get("model", ""), name=name)
    row = rows.order_by("removed_at").last() if rows else None
    return words.quoted(words.title(row)) if row else name


def option(name: str, data: Mapping[str, Any]) -> str:
    """What an option of a run was called then."""
    if name == words.BASE:
        return words.quoted(words.option_title(name, None))
    row = Run.objects.filter(code=data.get("run", "")).defer("result").first()
    for each in row.options if row else ():
        if each["name"] == name:
            return words.quoted(spoken(each["title"]["zh"], each["title"]["en"]))
    return name


def cited(reader: object, matter: str, data: Mapping[str, Any]) -> Lead:
    """The run that a matter refers to, with the note, for those who may open it."""
    if not policy.may_read(reader):
        return Lead()
    code = data.get("run", "")
    row = Citation.objects.filter(run__code=code, matter=matter).first()
    return Lead(reverse("twin:run", args=[code]), row.note if row else "")


def register() -> None:
    """Make them known to whoever tells facts; called when the application starts."""
    say("model", model, "twin")
    say_by_fact("scenario", scenario, "twin")
    say_by_fact("option", option, "twin")
    lead("twin.run.cited", cited)
