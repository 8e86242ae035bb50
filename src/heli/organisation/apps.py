from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    """Departments, posts, people and roles."""

    name = "heli.organisation"
    label = "organisation"
