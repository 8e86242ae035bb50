from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TwinConfig(AppConfig):
    """What a policy does to traffic, commerce and air, before it is decided."""

    name = "heli.twin"
    label = "twin"

    def ready(self) -> None:
        """Register the room's facts and offer its pages."""
        from heli.twin import sayings
        from heli.twin.policy import READERS
        from heli.web.navigation import NavItem, register

        import_module("heli.twin.facts")
        sayings.register()
        register(NavItem("twin", _("Policy simulation"), "twin:start", roles=READERS, order=60))
