"""Alerts and their notices, the duty roster, and the lists that can be asked."""

from heli.alerts.models.alerts import Alert, Kind, Notice, Pulse
from heli.alerts.models.roster import Channel, Shift
from heli.alerts.models.watchlist import Asking, Slot

__all__ = ["Alert", "Asking", "Channel", "Kind", "Notice", "Pulse", "Shift", "Slot"]
