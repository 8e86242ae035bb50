from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Matters, procedures, tasks and requests between departments."""

    name = "heli.cases"
    label = "cases"
