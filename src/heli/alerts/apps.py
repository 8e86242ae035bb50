from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlertsConfig(AppConfig):
    """Alerts between departments, who is on duty, and the lists that can be asked."""

    name = "heli.alerts"
    label = "alerts"

    def ready(self) -> None:
        """Register the room's facts, clock and pages."""
        from heli.alerts import lists, sayings
        from heli.alerts.services.alerts import ACKNOWLEDGEMENT, on_rung
        from heli.clocks.kinds import ClockKind, holding
        from heli.clocks.kinds import register as register_clock
        from heli.kernel.permissions import STAFF
        from heli.web.navigation import NavItem, register

        import_module("heli.alerts.facts")
        sayings.register()
        register_clock(
            ClockKind(
                ACKNOWLEDGEMENT, _("Answer to an alert"), on_rung, hold=holding("alerts.Notice")
            )
        )
        register(
            NavItem(
                "alerts", _("Alerts"), "alerts:board", roles=STAFF, order=25, badge=lists.waiting
            )
        )
