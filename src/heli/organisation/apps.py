from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganisationConfig(AppConfig):
    """Departments, posts, people and roles."""

    name = "heli.organisation"
    label = "organisation"

    def ready(self) -> None:
        """Load the facts, answer who is signed in, and offer the directory."""
        from heli.kernel.permissions import STAFF
        from heli.ledger import questions as ledger_questions
        from heli.organisation import answers, facts, sayings  # noqa: F401 - registers the verbs
        from heli.web import questions as web_questions
        from heli.web.navigation import NavItem, register

        sayings.register()
        web_questions.identity.answer(answers.identity)
        ledger_questions.department_name.answer(answers.department_name)
        register(
            NavItem(
                "organisation",
                _("Organisation"),
                "organisation:departments",
                roles=STAFF,
                order=90,
            )
        )
