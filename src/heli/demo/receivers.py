"""Webhooks of two departments: one took what it was told, one had a fault and waits for a person.

Both lead to this very installation, which stands in for the systems of the invented city: whoever
sends the undeliverable batch again sees it arrive. What was sent before a server ran is handed over
within the process.
"""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from heli.client import read_webhook
from heli.errors import HeliError
from heli.exchange.selectors import holds_grant
from heli.feeds import sending, services, webhooks
from heli.feeds.errors import SendError
from heli.feeds.selectors import Delivery, Feed
from heli.kernel.actor import Actor
from heli.kernel.permissions import audience
from heli.organisation.selectors import Department

PREFIX = "/demo/systems/"
_CODE = "[a-z0-9_-]{1,40}"
SUBSCRIBERS = (("sthj", "restaurant"), ("xfjy", "restaurant"))
"""Department and purpose of its grant on enterprises."""
FAULTY = "xfjy"
"""Its system said of the first batch that it would never take it; it has been repaired since."""


def address_of(department: str) -> str:
    """The address of a department's receiver on this server."""
    return f"{settings.HELI_OWN_URL}{PREFIX}{department}/changes/"


def is_own(address: str) -> bool:
    """Whether an address is that of a receiver, letter by letter.

    What only leads there when it is read by somebody else (dots, escapes, a user, a backslash)
    leads elsewhere for a third.
    """
    before = re.escape(f"{settings.HELI_OWN_URL}{PREFIX}")
    return re.fullmatch(f"{before}{_CODE}/changes/", address) is not None


def subscribe(feed: Feed) -> None:
    """Let the departments be told by webhook."""
    for department, purpose in SUBSCRIBERS:
        if holds_grant(feed.resource, department, purpose):
            services.subscribe(
                feed,
                consumer=department,
                purpose=purpose,
                transport="webhook",
                address=address_of(department),
                actor=Actor("heli", department=department),
            )


def deliver() -> None:
    """Hand over what waits, as often as it takes."""
    sending.plan()
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING).order_by("pk")
    for _attempt in range(sending.FATAL_ATTEMPTS):
        for row in waiting.select_related("subscription__feed__resource"):
            sending.attempt(row, _hand_over)


def _hand_over(row: Delivery, batch: object) -> None:
    if row.subscription.consumer_id == FAULTY:
        raise SendError(reason="HTTP 422", kind="http.422", fatal=True, rests=False)


@audience(public=True)
@csrf_exempt
def receiver(request: HttpRequest, department: str) -> HttpResponse:
    """Take a batch, as a department's own system would: signed by Heli, or not at all."""
    if request.method != "POST" or not Department.objects.filter(code=department).exists():
        return HttpResponse(status=404)
    try:
        read_webhook(
            method="POST",
            url=f"{settings.HELI_OWN_URL}{request.get_full_path()}",
            headers=dict(request.headers),
            body=request.body,
            public_key=webhooks.public_key()[1],
        )
    except HeliError:
        return HttpResponse(status=401)
    return HttpResponse(status=204)
