from django.apps import AppConfig


class ClocksConfig(AppConfig):
    """Legal clocks: deadlines, suspensions, rungs."""

    name = "heli.clocks"
    label = "clocks"
