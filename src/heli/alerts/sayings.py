"""How the values of the alerts' facts are said."""

from heli.alerts.models import Kind
from heli.ledger.sentences import say


def kind(code: str) -> str:
    """A kind of alert by its name."""
    row = Kind.objects.filter(pk=code).first()
    return row.title if row else code


def register() -> None:
    """Make them known to whoever tells facts; called when the application starts."""
    say("kind", kind, "alerts")
