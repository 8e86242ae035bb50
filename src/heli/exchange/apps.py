from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Data resources shared between departments under receipt."""

    name = "heli.exchange"
    label = "exchange"
