from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    """Data resources shared between departments under receipt."""

    name = "heli.exchange"
    label = "exchange"

    def ready(self) -> None:
        """Register the exchange's facts and questions, and offer its pages."""
        from heli.exchange import policy, sayings
        from heli.kernel.permissions import STAFF
        from heli.ledger import questions as ledger_questions
        from heli.web.navigation import NavItem, register

        import_module("heli.exchange.facts")
        import_module("heli.exchange.questions")
        sayings.register()
        ledger_questions.concerns_fact.answer(policy.concerns_fact)
        register(NavItem("exchange", _("Data"), "exchange:catalogue", roles=STAFF, order=40))
