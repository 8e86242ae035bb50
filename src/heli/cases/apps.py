from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Matters, procedures, tasks and requests between departments."""

    name = "heli.cases"
    label = "cases"

    def ready(self) -> None:
        """Answer the questions of lower rooms and make this room's clocks known."""
        from heli.cases import answers, facts, navigation  # noqa: F401 - facts register themselves
        from heli.cases.history import facts as history  # noqa: F401

        answers.register()
        navigation.register()
