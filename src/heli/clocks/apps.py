from django.apps import AppConfig


class ClocksConfig(AppConfig):
    """Legal clocks: deadlines, suspensions, rungs."""

    name = "heli.clocks"
    label = "clocks"

    def ready(self) -> None:
        """Register the room's verbs and how rungs are said."""
        from heli.clocks import facts  # noqa: F401
        from heli.clocks.kinds import RUNG_LABELS, label_of
        from heli.ledger.sentences import say

        say("rung", lambda rung: RUNG_LABELS.get(rung, rung))
        say("kind", label_of, "clocks")
