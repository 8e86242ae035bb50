from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CockpitConfig(AppConfig):
    """What leaders look at."""

    name = "heli.cockpit"
    label = "cockpit"

    def ready(self) -> None:
        """Put the cockpit into the top bar."""
        from heli.cockpit.policy import VIEWERS
        from heli.kernel.permissions import Role
        from heli.web.navigation import NavItem, register

        register(
            NavItem(
                "department", _("My department"), "cockpit:department", roles={Role.HEAD}, order=9
            )
        )
        register(NavItem("cockpit", _("Cockpit"), "cockpit:home", roles=VIEWERS, order=10))
