"""What can go wrong while an installation is brought up."""

from heli.errors import BadInputError, ConflictError, HeliError, gettext_noop


class BadSettingError(BadInputError):
    """An environment variable has a value that Heli cannot use."""

    code = "site.bad_setting"
    message = gettext_noop("{name}={value} cannot be used: {reason}.")
    remedy = gettext_noop("Correct it; `heli settings` lists every setting and what it does.")


class HomeNotWritableError(HeliError):
    """Nothing can be written where Heli writes everything."""

    code = "site.home_not_writable"
    message = gettext_noop("Heli cannot write to {path}: {reason}.")
    remedy = gettext_noop("Set HELI_HOME to a folder that this user may write to.")


class PortTakenError(ConflictError):
    """Another program listens where the web server should."""

    code = "site.port_taken"
    message = gettext_noop("Address {host}:{port} is taken or not this machine's: {reason}.")
    remedy = gettext_noop("Stop the program that listens there, or set HELI_PORT to a free port.")


class DatabaseUnreachableError(HeliError):
    """The database does not answer, or does not let Heli in."""

    code = "site.database_unreachable"
    message = gettext_noop("The database cannot be used: {reason}.")
    remedy = gettext_noop("Check that it runs and that HELI_DATABASE_URL names it rightly.")


class StartFailedError(HeliError):
    """Server or worker ended, or did not become healthy, while starting."""

    code = "site.start_failed"
    message = gettext_noop("Heli did not start: {reason}.")
    remedy = gettext_noop("The lines above say why; everything that was started is stopped again.")


class KeepsEndingError(HeliError):
    """Server or worker ended again and again."""

    code = "site.keeps_ending"
    message = gettext_noop("The {name} ended {count} times in a row, last with {status}.")
    remedy = gettext_noop("The lines above say why; correct that and start Heli again.")


class NoDemoError(ConflictError):
    """The demo city was to be filled where there is none."""

    code = "site.no_demo"
    message = gettext_noop("HELI_DEMO is off here: nothing was filled or emptied.")
    remedy = gettext_noop(
        "Set HELI_DEMO=1 only with a HELI_HOME and a database that are the demo city's own."
    )


class ResetUnconfirmedError(ConflictError):
    """A city that is not empty was to be emptied, and nobody said yes."""

    code = "site.reset_unconfirmed"
    message = gettext_noop("The city has {facts} facts, and emptying it destroys all of them.")
    remedy = gettext_noop("Confirm it on a terminal, or pass --yes.")
