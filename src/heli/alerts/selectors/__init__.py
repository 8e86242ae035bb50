"""Every question about alerts and duty."""

from heli.alerts.models import Alert, Shift
from heli.alerts.selectors.alerts import (
    AlertView,
    NoticeView,
    alert_by_id,
    alert_view,
    alerts,
    kind_by_code,
    kinds,
    notice_views,
    open_notices,
)
from heli.alerts.selectors.duty import Duty, Handing, desk, duties, handing_of, on_duty, shifts

__all__ = [
    "Alert",
    "AlertView",
    "Duty",
    "Handing",
    "NoticeView",
    "Shift",
    "alert_by_id",
    "alert_view",
    "alerts",
    "desk",
    "duties",
    "handing_of",
    "kind_by_code",
    "kinds",
    "notice_views",
    "on_duty",
    "open_notices",
    "shifts",
]
