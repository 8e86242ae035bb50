"""A Heli of its own for tests that kill its worker or reach it over the network.

python -m tests.feeds.process set_up|work|post|state
granian tests.feeds.process:application
"""

import json
import os
import sys
import threading


def opened(department, subject_type, subjects):
    """Every subject named for the test is one of a matter of the market bureau."""
    known = os.environ["TEST_SUBJECTS"].split(",")
    return {each: "LJ-1" for each in subjects if each in known and department == "scjg"}


def tell(what):
    sys.stdout.write(json.dumps(what) + "\n")


def prepare():
    from heli.site.startup import setup

    setup()
    from heli.feeds import questions, sending

    questions.open_matters._answer = opened
    questions.subjects_at_work._answer = lambda department, kind: opened(
        department, kind, os.environ["TEST_SUBJECTS"].split(",")
    )
    import datetime as dt

    sending.LEASE = dt.timedelta(seconds=1)
    sending.FIRST_PAUSE = 0.1
    sending.FIRST_REST = 0.2


def set_up(address, public_key):
    """A small city with a feed and a webhook; prints the key id of the market bureau's system."""
    from heli.site.startup import migrate

    migrate()
    prepare()
    from tests.exchange.conftest import set_up_city

    from heli.demo import registers
    from heli.feeds import services
    from heli.kernel.actor import Actor
    from heli.kernel.home import home
    from heli.ledger import custody
    from heli.organisation import services as organisation

    registers.seed_registers(home(), seed=3, scale="tiny")
    resources = set_up_city()
    feed = services.open_feed(resources["residents"], actor=Actor("person", "1", "gaj"))
    system, key = organisation.register_system(
        "scjg", "市场监管系统", bytes.fromhex(public_key), actor=Actor("heli")
    )
    if address:
        services.subscribe(
            feed, consumer="scjg", purpose="restaurant", transport="webhook", address=address,
            actor=Actor("system", str(system.pk), "scjg"),
        )  # fmt: skip
    tell({"key_id": key.key_id, "keys": str(custody.trusted_keys())})


def work():
    """The worker, with the jobs of the feeds and the ledger only."""
    prepare()
    from heli.kernel import worker

    for name in list(worker._jobs):
        if not name.startswith(("feeds.", "ledger.")):
            del worker._jobs[name]
    worker.run(threading.Event())


def post(count):
    """Post so many changes, one by one."""
    prepare()
    from heli.feeds import services
    from heli.feeds.models import Feed
    from heli.kernel.actor import Actor

    feed = Feed.objects.select_related("resource").get()
    known = os.environ["TEST_SUBJECTS"].split(",")
    for number in range(int(count)):
        change = services.NewChange("update", known[number % len(known)])
        services.post_changes(feed, [change], actor=Actor("person", "1", "gaj"))


def revoke():
    """Take the grant back."""
    prepare()
    from heli.exchange import services
    from heli.exchange.models import Grant
    from heli.kernel.actor import Actor

    grant = Grant.objects.get(
        resource__name="residents", consumer="scjg", purpose="restaurant", revoked_at=None
    )
    services.revoke(grant.pk, actor=Actor("person", "1", "gaj"), reason="over")


def state():
    """What the database says at the end."""
    prepare()
    from heli.feeds.models import Delivery, Feed, Subscription
    from heli.ledger.models import Fact

    row = Subscription.objects.get()
    facts = Fact.objects.filter(verb="feeds.batch.released")
    tell(
        {
            "head": Feed.objects.get().head,
            "position": row.position,
            "open": Delivery.objects.exclude(state="delivered").count(),
            "facts": [str(each.pk) for each in facts],
        }
    )


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
elif os.environ.get("TEST_SUBJECTS"):
    prepare()
    from heli.site.asgi import application  # noqa: F401 - served
