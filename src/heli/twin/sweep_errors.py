"""What can be wrong with a sweep and with where it is carried out."""

from heli.errors import BadInputError, HeliError, gettext_noop


class BadAxisError(BadInputError):
    """What is to be varied cannot be understood."""

    code = "twin.vary"
    message = gettext_noop("“{given}” cannot be varied: {reason}.")
    remedy = gettext_noop(
        "Give PLACE=FIRST:LAST:STEP or PLACE=VALUE,VALUE, for example measures[0].yuan=1:20:1."
    )


class TooManyPointsError(BadInputError):
    """A grid has more scenarios than anybody could wait for."""

    code = "twin.too_many_points"
    message = gettext_noop("The grid has {given} scenarios; at most {most} are evaluated.")
    remedy = gettext_noop("Take larger steps, or vary less.")


class BadAnalyticsError(BadInputError):
    """``HELI_ANALYTICS_URL`` names nothing that can carry out a sweep."""

    code = "twin.analytics_url"
    message = gettext_noop("HELI_ANALYTICS_URL is “{given}”, which is no address of Apache Spark.")
    remedy = gettext_noop(
        "Give spark://HOST:PORT, sc://HOST:PORT or local[CORES]; empty, this machine is used."
    )


class NoSparkError(BadInputError):
    """Apache Spark is asked for, but its client is not installed."""

    code = "twin.no_spark"
    message = gettext_noop("HELI_ANALYTICS_URL asks for Apache Spark, but {missing} is missing.")
    remedy = gettext_noop(
        "Install Heli with its extra “spark”, and Java; if HELI_ANALYTICS_URL is empty, this "
        "machine is used."
    )


class SparkFailedError(HeliError):
    """Apache Spark does not answer, or ended the work."""

    code = "twin.spark_failed"
    status = 502
    message = gettext_noop("Apache Spark at {address} did not do the work: {reason}.")
    remedy = gettext_noop(
        "Check that it runs, that Heli is installed on its workers for the same Python, or take "
        "HELI_ANALYTICS_URL out to use this machine."
    )
