from django.apps import AppConfig


class WebConfig(AppConfig):
    """The face of Heli: layouts, components, tables, error pages."""

    name = "heli.web"
    label = "web"
    verbose_name = "Heli web"
