"""A worker of its own process: polls until nothing is due, or dies while firing.

    python -m tests.clocks.poller DATABASE_NAME INSTANT [die-before-commit|die-after-commit] N

``die-before-commit`` kills the process without notice inside the transaction of the Nth rung,
after its effect; ``die-after-commit`` right after that transaction.
"""

import datetime as dt
import os
import signal
import sys

import django


def tell(what):
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main(database, instant, death="", at=0):
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from tests.clocks.conftest import KIND, note_rung

    from heli.clocks import kinds, polling
    from heli.kernel import clock as time

    calls = []

    def handler(event):
        if death == "die-after-commit" and len(calls) == at:
            os.kill(os.getpid(), signal.SIGKILL)  # the one before has committed, this one has not
        note_rung(event)
        calls.append(event)
        if death == "die-before-commit" and len(calls) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    kinds.register(kinds.ClockKind(KIND, "Promise", handler))
    with time.frozen(dt.datetime.fromisoformat(instant)):
        tell("ready")
        sys.stdin.readline()
        while fired := polling.poll():
            tell(fired)


if __name__ == "__main__":
    name, moment, *rest = sys.argv[1:]
    main(name, moment, *(rest[:1]), *(int(value) for value in rest[1:]))
