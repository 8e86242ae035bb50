from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    """Data resources shared between departments under receipt."""

    name = "heli.exchange"
    label = "exchange"

    def ready(self) -> None:
        """Register the exchange's facts and questions, and offer its pages."""
        from heli.clocks.kinds import ClockKind, holding
        from heli.clocks.kinds import register as register_clock
        from heli.exchange import policy, sayings, statutory
        from heli.exchange.services import overrides
        from heli.exchange.services.accesses import forget_access
        from heli.kernel.permissions import STAFF, Role
        from heli.ledger import questions as ledger_questions
        from heli.web.navigation import NavItem, register

        for module in ("facts", "facts_applications", "facts_catalogue", "contracts.facts"):
            import_module(f"heli.exchange.{module}")
        statutory.register()
        import_module("heli.exchange.questions")
        sayings.register()
        ledger_questions.concerns_fact.answer(policy.concerns_fact)
        ledger_questions.forgotten.answer(forget_access)
        register_clock(
            ClockKind(
                overrides.OVERRIDE_CLOCK,
                _("Justification of an emergency access"),
                overrides.on_rung,
                hold=holding("exchange.Override"),
            )
        )
        from heli.exchange.applying.lists import waiting as applications_waiting
        from heli.exchange.pages.emergencies import SEERS, waiting

        stewards = {Role.STEWARD, Role.HEAD, Role.SUPERVISOR, Role.AUDIT_ADMIN, Role.LEADER}
        for item in (
            NavItem("exchange", _("Data"), "exchange:catalogue", STAFF, 40),
            NavItem("catalogue", _("Catalogue"), "exchange:catalogue", STAFF, 40, under="exchange"),
            NavItem(
                "applications",
                _("Applications"),
                "exchange:applications",
                stewards,
                41,
                applications_waiting,
                under="exchange",
            ),
            NavItem("extracts", _("Extracts"), "exchange:extracts", STAFF, 42, under="exchange"),
            NavItem(
                "overrides",
                _("Emergency access"),
                "exchange:overrides",
                SEERS,
                43,
                waiting,
                under="exchange",
            ),
            NavItem(
                "sessions",
                _("Sessions"),
                "exchange:sessions",
                policy.SESSION_KEEPERS,
                44,
                under="exchange",
            ),
        ):
            register(item)
