from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Matters, procedures, tasks and requests between departments."""

    name = "heli.cases"
    label = "cases"

    def ready(self) -> None:
        """Answer the questions of lower rooms and make this room's clocks known."""
        from heli.cases import (  # noqa: F401 - facts register themselves
            answers,
            assignment,
            facts,
            navigation,
        )
        from heli.cases.history import facts as history  # noqa: F401
        from heli.ledger.sentences import say

        say("reason", assignment.explain, "cases")
        answers.register()
        navigation.register()
