"""Making Django ready for a command that needs the database."""

import os


def setup() -> None:
    """Load settings and rooms; ``HELI_*`` variables say where everything lies."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heli.site.settings")
    import django

    django.setup()
