from django.apps import AppConfig


class KernelConfig(AppConfig):
    """What every room stands on."""

    name = "heli.kernel"
    label = "kernel"
