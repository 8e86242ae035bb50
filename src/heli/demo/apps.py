from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Linjiang, the city that shows everything."""

    name = "heli.demo"
    label = "demo"

    def ready(self) -> None:
        """Answer what only the city knows, in the demo city only."""
        from django.conf import settings

        if not settings.HELI_DEMO:
            return
        from heli.cases import questions as case_questions
        from heli.demo import examples, tour
        from heli.ledger import questions as ledger_questions
        from heli.web import questions as web_questions

        web_questions.city.answer(tour.city_name)
        web_questions.banner.answer(tour.banner)
        case_questions.examples.answer(examples.examples)
        ledger_questions.witness_departments.answer(lambda: ("sfj", "czj", "fgw"))
