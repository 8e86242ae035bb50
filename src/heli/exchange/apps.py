from importlib import import_module

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Data resources shared between departments under receipt."""

    name = "heli.exchange"
    label = "exchange"

    def ready(self) -> None:
        """Register the exchange's facts and questions."""
        import_module("heli.exchange.facts")
        import_module("heli.exchange.questions")
