"""Making Django ready for a command that needs the database."""

import os

from heli.errors import ConflictError, gettext_noop
from heli.kernel.home import DATABASE, home


class NoCityError(ConflictError):
    """A command was given where no installation is."""

    code = "site.no_city"
    message = gettext_noop("There is no Heli in {path}: it has no database, or an empty one.")
    remedy = gettext_noop(
        "Set HELI_HOME to the folder of the installation you mean, or make one: `heli migrate` "
        "makes an empty one, `heli run` the demo city."
    )


def setup(*, installed: bool = True) -> None:
    """Load settings and rooms; ``HELI_*`` variables say where everything lies.

    Args:
        installed: The command works on an installation; False where it needs none.

    Raises:
        NoCityError: Nothing lies there. Told before anything is made: settings make keys and
            folders.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heli.site.settings")
    import django
    from django.apps import apps

    if apps.ready:
        return
    there = os.environ.get("HELI_DATABASE_URL") or (home() / DATABASE).exists()
    if installed and not there:
        raise NoCityError(path=home())
    django.setup()
