"""How the values in the facts of openness are said."""

from typing import Any

from heli.exchange.sayings import field_titles
from heli.ledger.sentences import say, say_by_fact
from heli.openness.licences import LICENCES
from heli.openness.models import Alarm, Objection, Publication, Recipient
from heli.openness.selectors import title_of


def _label(choices: Any) -> Any:
    labels = dict(choices)
    return lambda value: labels.get(value, value)


def dataset(slug: str) -> str:
    """A dataset's title in the reader's language; its address where it never existed."""
    row = Publication.objects.filter(slug=slug).first()
    return title_of(row) if row else slug


def register() -> None:
    """Make them known to whoever tells facts; called when the application starts."""
    say("dataset", dataset, "openness")
    say("licence", lambda code: LICENCES[code].name if code in LICENCES else code, "openness")
    say("about", _label(Objection.About.choices), "openness")
    say("outcome", _label(Objection.State.choices), "openness")
    say("action", _label(Recipient.Action.choices), "openness")
    say("kind", _label([*Alarm.Kind.choices, *Publication.Kind.choices]), "openness")
    say_by_fact("fields", field_titles, "openness")
