"""What keeps the demo city from being filled."""

from heli.errors import ConflictError, gettext_noop


class OtherCityError(ConflictError):
    """The database holds a city that is not Linjiang."""

    code = "demo.other_city"
    message = gettext_noop(
        "This database holds departments or people of another city than Linjiang;"
        " nothing was filled or emptied."
    )
    remedy = gettext_noop(
        "Set HELI_DEMO=0 here, and give the demo city a HELI_HOME and a database of its own."
    )
