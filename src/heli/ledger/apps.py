from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Facts and the transparency log that commits to them."""

    name = "heli.ledger"
    label = "ledger"
