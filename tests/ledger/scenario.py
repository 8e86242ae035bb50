"""What only whole processes on a real database can show; each prints JSON.

python -m tests.ledger.scenario NAME      (HELI_HOME and HELI_DATABASE_URL say where)
"""

import json
import os
import signal
import sys
import threading

THREADS, EACH = 6, 8


def say(**told):
    sys.stdout.write(json.dumps(told) + "\n")


def migrate():
    from heli.site.startup import migrate as run

    run()
    say(done=True)


def write():
    """One of several writers: every fact is durable before the next."""
    from tests.ledger.happenings import record

    from heli.ledger import selectors, services

    placed = []
    for n in range(EACH):
        (row,) = record(1, first=n)
        services.ensure_durable([row.pk])
        placed.append(selectors.receipt(row.pk).index)
    say(placed=placed)


def threads():
    """Threads that share group commit; counts the rounds they needed."""
    from django.db import connection
    from tests.ledger.happenings import record

    from heli.ledger import sequencer, services

    rounds, errors, ids = [], [], []
    integrate = sequencer.integrate

    def counted():
        rounds.append(1)
        return integrate()

    sequencer.integrate = counted
    gate = threading.Barrier(THREADS)

    def run(number):
        try:
            gate.wait()
            for n in range(EACH):
                (row,) = record(1, first=number * 100 + n)
                services.ensure_durable([row.pk])
                ids.append(row.pk)
        except Exception as error:  # noqa: BLE001 - any is told
            errors.append(repr(error))
        finally:
            connection.close()

    running = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    from heli.ledger.models import Fact

    places = list(Fact.objects.order_by("leaf_index").values_list("leaf_index", flat=True))
    say(rounds=len(rounds), errors=errors, places=places, count=len(ids))


def crash():
    """A worker that is killed between a fact and its leaf."""
    from tests.ledger.happenings import record

    from heli.ledger import services

    services.repair()
    record(3)
    services.integrate()
    record(4)
    os.kill(os.getpid(), signal.SIGKILL)


def crash_before_witnesses():
    """A worker that is killed after signing a checkpoint, before any witness is asked."""
    from tests.ledger.happenings import record

    from heli.ledger import sequencer, services

    services.repair()
    record(5)

    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)

    sequencer._cosign_latest = die
    services.integrate()


def restart():
    """A worker that starts, as its first two beats."""
    from heli.ledger import selectors, services
    from heli.ledger.audit import audit
    from heli.ledger.models import Fact
    from heli.ledger.tasks import integrate

    count = integrate() + integrate()
    told = Fact.objects.filter(verb="ledger.repaired").values_list("data", flat=True)
    state = selectors.log_state()
    say(
        count=count,
        told=list(told),
        pending=state.pending,
        size=state.size,
        cosigned=state.cosigned_size,
        clean=audit().clean,
        running=services._marker.path().exists(),
    )


def guard():
    """Every forbidden statement, and what the two allowed changes do."""
    from django.db import DatabaseError, connection
    from tests.ledger.happenings import ACTOR, enter
    from tests.ledger.test_recording import FORBIDDEN

    from heli.ledger.services import forget

    (row,) = enter(1)
    allowed = []
    statements = [*FORBIDDEN]
    if connection.vendor == "postgresql":
        statements += ["TRUNCATE ledger_fact", "TRUNCATE ledger_checkpoint CASCADE"]
    for statement in statements:
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        except DatabaseError as error:
            if "append-only" not in str(error):
                allowed.append(f"{statement}: {error}")
        else:
            allowed.append(statement)
    from django.db import transaction

    with transaction.atomic():
        forget(row.pk, actor=ACTOR, ground="依法")
    say(allowed=allowed, tried=len(statements), vendor=connection.vendor)


def forget():
    """Record facts, forget every other one, and look for their salts and words in all files."""
    from django.db import connection, transaction
    from tests.ledger.happenings import ACTOR, enter

    from heli.kernel.home import home
    from heli.ledger.services import forget

    # Grown in the middle, so that pages of the table and its indexes split and move.
    rows = [row for first in range(0, 600, 60) for row in enter(60, first=first, matter="LJ-1")]
    secrets = []
    for row in rows[::2]:
        secrets += [bytes(row.salt)]
        with transaction.atomic():
            forget(row.pk, actor=ACTOR, ground="依法")
    enter(1)
    connection.close()
    whole = b"".join(path.read_bytes() for path in home().rglob("*") if path.is_file())
    left = sum(secret in whole for secret in secrets)
    kept = sum(bytes(row.salt) in whole for row in rows[1::2])
    say(left=left, kept=kept, forgotten=len(secrets))


def full_disk():
    """Writing fails as on a full disk, first while entering facts, then while recording them.

    A limit on the size of files stands for the full disk.
    """
    import resource

    from django.db import DatabaseError
    from tests.ledger.happenings import record

    from heli.kernel.home import home
    from heli.ledger import services

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    record(50)
    services.integrate()
    accepted, errors, size = 50, [], (home() / "heli.sqlite3").stat().st_size
    wal = home() / "heli.sqlite3-wal"
    now = max(size, wal.stat().st_size if wal.exists() else 0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (now + 200_000, resource.RLIM_INFINITY))
    for _ in range(60):
        try:
            record(100, first=accepted)
            accepted += 100
            services.integrate()
        except (DatabaseError, OSError) as error:
            errors.append(f"{type(error).__name__}: {error}")
            if len(errors) > 3:
                break
    say(accepted=accepted, errors=errors)


def after_full_disk():
    """The disk has room again."""
    from heli.ledger import selectors, services
    from heli.ledger.audit import audit
    from heli.ledger.models import Fact

    services.integrate()
    told = Fact.objects.filter(verb="tests.thing.happened")
    say(
        count=told.count(),
        placed=told.filter(leaf_index__isnull=False).count(),
        size=selectors.log_state().size,
        clean=audit().clean,
    )


def stormy():
    """Record and integrate without end, telling each fact once it is durable."""
    from tests.ledger.happenings import record

    from heli.ledger import services

    services.repair()
    for n in range(100_000):
        rows = record(3, first=3 * n)
        services.ensure_durable([row.pk for row in rows])
        for row in rows:
            sys.stdout.write(f"{row.pk}\n")
        sys.stdout.flush()


def after_storm():
    """What is there after a kill: every fact told as durable must have a place and a receipt."""
    from heli.engines.translog import verify_receipt
    from heli.ledger import selectors
    from heli.ledger.audit import audit
    from heli.ledger.models import Fact
    from heli.ledger.tasks import integrate

    integrate()
    integrate()
    keys = selectors.trusted_keys()
    told = [line.strip() for line in sys.stdin]
    held = 0
    for fact in told:
        verify_receipt(selectors.receipt(fact), keys)
        held += 1
    places = Fact.objects.order_by("leaf_index").values_list("leaf_index", flat=True)
    say(
        told=len(told),
        held=held,
        whole=list(places) == list(range(len(places))),
        clean=audit().clean,
    )


def tamper():
    """One change of each kind on a log of its own state, and what the audit names."""
    from django.db import transaction
    from tests.ledger import tampering
    from tests.ledger.happenings import enter

    from heli.ledger.audit import Kind, audit

    class UndoError(Exception):
        pass

    enter(100)
    enter(200)
    tampering.unguard()

    def rewrite(position):
        tampering.alter_consistently(position)
        tampering.rebuild_tiles()

    def resign(position):
        rewrite(position)
        tampering.resign_checkpoints()

    found = {}
    for act in (
        tampering.alter, tampering.alter_consistently, tampering.remove,
        tampering.remove_and_close, tampering.insert, lambda at: tampering.swap(at, at + 90),
        rewrite, resign,
    ):  # fmt: skip
        name = act.__name__.strip("<>")
        try:
            with transaction.atomic():
                act(130)
                first = next(each for each in audit().findings if each.kind is not Kind.GUARD)
                found[name] = [first.kind.value, first.position]
                raise UndoError
        except UndoError:
            pass
    say(found=found, after=[each.kind.value for each in audit().findings])


if __name__ == "__main__":
    from heli.site.startup import setup

    setup()
    globals()[sys.argv[1]]()
