from django.apps import AppConfig


class TwinConfig(AppConfig):
    """What a policy does to traffic, commerce and air, before it is decided."""

    name = "heli.twin"
    label = "twin"
