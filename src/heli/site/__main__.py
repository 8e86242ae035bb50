"""``python -m heli.site`` is the ``heli`` command."""

from heli.site.cli import main

main()
