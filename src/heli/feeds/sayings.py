"""How the values of the feeds' facts and rows are said."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from heli.exchange.sayings import field_titles, resource
from heli.exchange.selectors import purpose_words
from heli.exchange.words import denial_words
from heli.feeds.errors import FeedClosedError
from heli.ledger.sentences import say, say_by_fact

MINUTE, HOUR, DAY = 60, 3600, 86400

_REASONS = {
    FeedClosedError.code: gettext_lazy("the feed was closed"),
    "timeout": gettext_lazy("no answer in time"),
    "connection": gettext_lazy("no connection"),
    "address": gettext_lazy("the address is not allowed"),
    "broker": gettext_lazy("the message broker did not take it"),
}


_STATUSES = {
    "400": gettext_lazy("it could not read the batch"),
    "401": gettext_lazy("it does not know who sends"),
    "403": gettext_lazy("it does not let Heli in"),
    "404": gettext_lazy("nothing takes batches at this address"),
    "405": gettext_lazy("nothing takes batches at this address"),
    "408": gettext_lazy("it did not get the batch in time"),
    "410": gettext_lazy("nothing takes batches at this address any more"),
    "413": gettext_lazy("the batch is too large for it"),
    "415": gettext_lazy("it does not read this format"),
    "422": gettext_lazy("it read the batch and does not accept what it says"),
    "429": gettext_lazy("it is being sent too much at once"),
    "503": gettext_lazy("it cannot work at present"),
    "504": gettext_lazy("what stands behind it did not answer in time"),
}
_STATUS_CLASSES = {
    "3": gettext_lazy("it points to another address, and Heli does not follow"),
    "4": gettext_lazy("it does not accept the request as it was sent"),
    "5": gettext_lazy("it has a fault of its own"),
}


def status_words(code: str) -> str:
    """What the status of a receiver's answer means, ``http.422``; empty for other reasons."""
    status = code.removeprefix("http.")
    if status == code:
        return ""
    words = _STATUSES.get(status) or _STATUS_CLASSES.get(status[:1])
    return str(words) if words else ""


def reason(code: str) -> str:
    """Why something ended or failed, in words; a person's own words as they are."""
    if code in _REASONS:
        return str(_REASONS[code])
    if code.startswith("http."):
        return _("the receiver answered with status {status}").format(status=code[5:])
    return denial_words(code)


def span(seconds: int) -> str:
    """A length of time in whole units."""
    if seconds >= DAY:
        number = round(seconds / DAY)
        return ngettext("{n} day", "{n} days", number).format(n=number)
    if seconds >= HOUR:
        number = round(seconds / HOUR)
        return ngettext("{n} hour", "{n} hours", number).format(n=number)
    if seconds >= MINUTE:
        number = round(seconds / MINUTE)
        return ngettext("{n} minute", "{n} minutes", number).format(n=number)
    return ngettext("{n} second", "{n} seconds", seconds).format(n=seconds)


def register() -> None:
    """Make them known to whoever tells facts; called when the application starts."""
    say("resource", _resource, "feeds")
    say_by_fact("fields", field_titles, "feeds")
    say_by_fact("purpose", _purpose, "feeds")
    say("reason", reason, "feeds")
    say("matters", _codes, "feeds")


def _resource(address: Any) -> str:
    return resource(str(address))


def _codes(codes: Any) -> str:
    return pgettext("list", ", ").join(codes)


def _purpose(value: str, data: Mapping[str, Any]) -> str:
    return purpose_words(str(data.get("resource", "")), value)
