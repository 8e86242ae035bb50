from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Linjiang, the city that shows everything."""

    name = "heli.demo"
    label = "demo"
