from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _guard(sender: Any, using: str, **more: Any) -> None:
    from heli.ledger import guard

    connection = connections[using]
    if "ledger_evidence" in connection.introspection.table_names():
        guard.install(connection)


class LedgerConfig(AppConfig):
    """Facts and the transparency log that commits to them."""

    name = "heli.ledger"
    label = "ledger"

    def ready(self) -> None:
        """Learn the ledger's own verbs; set the guard up after every migration.

        A later migration that rebuilds a table on SQLite would lose its triggers, hence the signal
        instead of a migration of their own.
        """
        from heli.ledger import facts, policy  # noqa: F401 - registers the verbs
        from heli.ledger.sentences import say
        from heli.ledger.shown_witnesses import FAULTS
        from heli.web.navigation import NavItem, register

        post_migrate.connect(_guard, sender=self)
        say("fault", lambda value: FAULTS.get(value, value), "ledger")
        register(NavItem("ledger", _("Ledger"), "ledger:state", roles=policy.READERS, order=70))
