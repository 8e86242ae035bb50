"""Background work of the alerts."""

import logging
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections

from heli.alerts import services
from heli.alerts.models import Notice
from heli.alerts.services.channels import due
from heli.kernel.worker import periodic

logger = logging.getLogger(__name__)

_calling = ThreadPoolExecutor(4, thread_name_prefix="alerts-calling")


@periodic("alerts.expire", every=1.0)
def expire() -> int:
    """End alerts whose time is over."""
    return services.expire_due()


@periodic("alerts.hits", every=1.0)
def tell_hits() -> int:
    """Tell issuers of questions that met their alerts."""
    return services.tell_hits()


@periodic("alerts.second", every=0.5)
def second() -> int:
    """Call departments that did not answer on their second channel."""
    rows = due()
    for row in rows:
        _calling.submit(_call, row)
    return len(rows)


def _call(row: Notice) -> None:
    close_old_connections()
    try:
        services.send_second(row)
    except Exception:
        logger.exception("the second channel of %s failed", row.department_id)
    finally:
        close_old_connections()
