from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeedsConfig(AppConfig):
    """Change feeds of resources: who is told, how, and what became of it."""

    name = "heli.feeds"
    label = "feeds"

    def ready(self) -> None:
        """Register the room's facts and questions, and offer its pages."""
        from heli.feeds import lists, sayings
        from heli.kernel.permissions import Role
        from heli.web.navigation import NavItem, register

        import_module("heli.feeds.facts")
        import_module("heli.feeds.questions")
        sayings.register()
        register(
            NavItem(
                "feeds",
                _("Feeds"),
                "feeds:feeds",
                roles={Role.STEWARD, Role.HEAD, Role.SUPERVISOR, Role.AUDIT_ADMIN},
                order=44,
                badge=lists.wanting,
                under="exchange",
            )
        )
