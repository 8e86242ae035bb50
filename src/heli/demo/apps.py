from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Linjiang, the city that shows everything."""

    name = "heli.demo"
    label = "demo"

    def ready(self) -> None:
        """Offer the city to the twin; answer what only the city knows, in the demo city only."""
        from django.conf import settings

        from heli.demo import closing
        from heli.demo.twin.offer import offered
        from heli.demo.twin.titles import place_title
        from heli.organisation import questions as organisation_questions
        from heli.twin import questions as twin_questions

        organisation_questions.is_published_password.answer(closing.opens_nothing)
        twin_questions.offered_city.answer(offered)
        twin_questions.place_title.answer(place_title)
        if not settings.HELI_DEMO:
            return
        from heli.cases import questions as case_questions
        from heli.demo import examples, receivers, tour
        from heli.feeds import questions as feed_questions
        from heli.ledger import questions as ledger_questions
        from heli.web import questions as web_questions

        web_questions.city.answer(tour.city_name)
        web_questions.banner.answer(tour.banner)
        case_questions.examples.answer(examples.examples)
        feed_questions.is_own_receiver.answer(receivers.is_own)
        ledger_questions.witness_departments.answer(lambda: ("sfj", "czj", "fgw"))
