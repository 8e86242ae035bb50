from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OpennessConfig(AppConfig):
    """Open data, objections to records and refusals, and corrections that travel."""

    name = "heli.openness"
    label = "openness"

    def ready(self) -> None:
        """Register the room's facts and offer its pages."""
        from heli.clocks.kinds import ClockKind, holding
        from heli.clocks.kinds import register as register_clock
        from heli.openness import navigation, sayings
        from heli.openness.services.corrections import APPLY_CLOCK, NOTICE_CLOCK
        from heli.openness.services.objections import CLOCK
        from heli.openness.services.watching import apply_rung, notice_rung

        import_module("heli.openness.facts")
        sayings.register()
        for kind in (
            ClockKind(CLOCK, _("Objection")),
            ClockKind(
                NOTICE_CLOCK, _("Answer to a correction"), notice_rung,
                hold=holding("openness.Recipient"),
            ),
            ClockKind(
                APPLY_CLOCK, _("Correction in the register"), apply_rung,
                hold=holding("openness.Correction"),
            ),
        ):  # fmt: skip
            register_clock(kind)
        navigation.register()
