from django.apps import AppConfig


class WebConfig(AppConfig):
    """The face: base templates, components, static files."""

    name = "heli.web"
    label = "web"
