from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    """Digital projects and the gate for their interfaces."""

    name = "heli.projects"
    label = "projects"

    def ready(self) -> None:
        """Register the room's facts and offer its pages."""
        from heli.exchange import questions
        from heli.projects import sayings, selectors
        from heli.projects.policy import READERS
        from heli.web.navigation import NavItem, register

        import_module("heli.projects.facts")
        sayings.register()
        questions.project_standing.answer(selectors.project_standing)
        questions.project_titles.answer(selectors.project_titles)
        register(
            NavItem(
                "projects",
                _("Projects"),
                "projects:list",
                roles=READERS,
                order=45,
                under="exchange",
            )
        )
