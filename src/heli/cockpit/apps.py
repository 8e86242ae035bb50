from django.apps import AppConfig


class CockpitConfig(AppConfig):
    """What leaders look at."""

    name = "heli.cockpit"
    label = "cockpit"
