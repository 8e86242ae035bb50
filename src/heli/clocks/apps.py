from django.apps import AppConfig


class ClocksConfig(AppConfig):
    """Legal clocks: deadlines, suspensions, rungs."""

    name = "heli.clocks"
    label = "clocks"

    def ready(self) -> None:
        """Register the room's verbs."""
        from heli.clocks import facts  # noqa: F401
