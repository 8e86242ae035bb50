"""Append-only in the database itself: triggers refuse to change or delete what was recorded.

Two changes of a fact are allowed, once each: it gets its place in the log, and its salt is
destroyed. An administrator of the database can drop triggers; the audit finds what they do then.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

FIXED = (
    "id",
    "at",
    "actor",
    "department",
    "verb",
    "subject",
    "matter",
    "data",
    "commitment",
)
APPEND_ONLY = ("ledger_checkpoint", "ledger_cosignature")
_MESSAGE = "the ledger is append-only"


def _forbidden(distinct: str) -> str:
    changed = [f'NEW."{column}" {distinct} OLD."{column}"' for column in FIXED]
    place = f"OLD.leaf_index IS NOT NULL AND NEW.leaf_index {distinct} OLD.leaf_index"
    salt = f"NEW.salt IS NOT NULL AND NEW.salt {distinct} OLD.salt"
    return " OR ".join([*changed, f"({place})", f"({salt})"])


def _sqlite() -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    made = [
        "CREATE TRIGGER ledger_fact_no_update BEFORE UPDATE ON ledger_fact "
        f"WHEN {_forbidden('IS NOT')} {refuse}",
        f"CREATE TRIGGER ledger_fact_no_delete BEFORE DELETE ON ledger_fact {refuse}",
    ]
    made += [
        f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} {refuse}"
        for table in APPEND_ONLY
        for act in ("UPDATE", "DELETE")
    ]
    return made


def _postgresql() -> list[str]:
    made = [
        "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$",
        "CREATE TRIGGER ledger_fact_no_update BEFORE UPDATE ON ledger_fact FOR EACH ROW "
        f"WHEN ({_forbidden('IS DISTINCT FROM')}) EXECUTE FUNCTION ledger_refuse()",
        "CREATE TRIGGER ledger_fact_no_delete BEFORE DELETE ON ledger_fact FOR EACH ROW "
        "EXECUTE FUNCTION ledger_refuse()",
    ]
    made += [
        f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
        for table in APPEND_ONLY
        for act in ("UPDATE", "DELETE")
    ]
    made += [
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
        for table in ("ledger_fact", *APPEND_ONLY)
    ]
    return made


def create_statements(vendor: str) -> list[str]:
    """SQL that sets the guard up on a database without it."""
    return _postgresql() if vendor == "postgresql" else _sqlite()


def drop_statements(vendor: str) -> list[str]:
    """SQL that takes the guard away, whether or not it is there."""
    acts = ("update", "delete", "truncate") if vendor == "postgresql" else ("update", "delete")
    return [
        f"DROP TRIGGER IF EXISTS {table}_no_{act}"
        + (f" ON {table}" if vendor == "postgresql" else "")
        for table in ("ledger_fact", *APPEND_ONLY)
        for act in acts
    ]


def install(connection: Any) -> None:
    """Set the guard up anew; safe to repeat."""
    with connection.cursor() as cursor:
        for statement in [
            *drop_statements(connection.vendor),
            *create_statements(connection.vendor),
        ]:
            cursor.execute(statement)


def remove(connection: Any) -> None:
    """Take the guard away."""
    with connection.cursor() as cursor:
        for statement in drop_statements(connection.vendor):
            cursor.execute(statement)


@contextmanager
def lifted(connection: Any) -> Iterator[None]:
    """Run without the guard: only for throwing a whole demo or exercise database away."""
    remove(connection)
    try:
        yield
    finally:
        install(connection)


def missing(connection: Any) -> bool:
    """Whether any trigger of the guard is absent."""
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {row[0] for row in cursor.fetchall()}
    return any(
        statement.split()[2] not in present
        for statement in create_statements(connection.vendor)
        if statement.startswith("CREATE TRIGGER")
    )
