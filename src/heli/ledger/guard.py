"""Append-only in the database itself: triggers refuse to change or delete what was recorded.

Two changes of a fact are allowed, once each: it gets its place in the log, and it is forgotten: its
salt and what it said go together. An administrator of the database can drop or replace triggers;
the audit finds that, and what they do then.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

FIXED = ("id", "at", "verb", "commitment")
FORGOTTEN = {"actor": "", "department": "", "subject": "", "matter": "", "data": "{}"}
"""What a forgotten fact holds instead of what it said."""

APPEND_ONLY = (
    "ledger_checkpoint",
    "ledger_cosignature",
    "ledger_trustpolicy",
    "ledger_evidence",
)
_MESSAGE = "the ledger is append-only"


def _forbidden(distinct: str) -> str:
    changed = [f'NEW."{column}" {distinct} OLD."{column}"' for column in FIXED]
    place = f"OLD.leaf_index IS NOT NULL AND NEW.leaf_index {distinct} OLD.leaf_index"
    said = " OR ".join(f'NEW."{column}" {distinct} OLD."{column}"' for column in FORGOTTEN)
    kept = " OR ".join(f"NEW.\"{column}\" <> '{blank}'" for column, blank in FORGOTTEN.items())
    salt = f"NEW.salt {distinct} OLD.salt"
    changes = f"({said} OR {salt}) AND (OLD.salt IS NULL OR NEW.salt IS NOT NULL OR {kept})"
    return " OR ".join([*changed, f"({place})", f"({changes})"])


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


def broken(connection: Any) -> bool:
    """Whether any trigger of the guard is absent, switched off, or does something else."""
    find = _defined_postgresql if connection.vendor == "postgresql" else _defined_sqlite
    with connection.cursor() as cursor:
        expected, present = find(cursor)
    return any(present.get(name) != text for name, text in expected.items())


def _defined_sqlite(cursor: Any) -> tuple[dict[str, str], dict[str, str]]:
    """Triggers by name as they must be, and as they are."""
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    return {text.split()[2]: text for text in _sqlite()}, dict(cursor.fetchall())


_TABLES = ("ledger_fact", *APPEND_ONLY)
_AS_DEFINED = """
SELECT t.tgname, pg_get_triggerdef(t.oid), p.prosrc
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgenabled = 'O' AND t.tgrelid = ANY(%s::regclass[])
"""


def _defined_postgresql(cursor: Any) -> tuple[dict[str, str], dict[str, str]]:
    """The same, where the server puts statements into words of its own.

    So the guard is set up once more on empty copies of the tables, which go with the session.
    """
    copies = [f"pg_temp.{table}" for table in _TABLES]
    for table, copy in zip(_TABLES, copies, strict=True):
        cursor.execute(f"DROP TABLE IF EXISTS {copy}")
        cursor.execute(f"CREATE TEMP TABLE {table} (LIKE public.{table})")
    try:
        for statement in _postgresql()[1:]:
            cursor.execute(re.sub(r" ON (ledger_\w+)", r" ON pg_temp.\1", statement, count=1))
        expected = _read(cursor, copies)
    finally:
        for copy in copies:
            cursor.execute(f"DROP TABLE {copy}")
    # Both use one function, so its text is held against what it was made from.
    body = _postgresql()[0].split("$$")[1]
    present = _read(cursor, [f"public.{table}" for table in _TABLES])
    return {name: text for name, (text, _) in expected.items()}, {
        name: text for name, (text, source) in present.items() if source == body
    }


def _read(cursor: Any, tables: list[str]) -> dict[str, tuple[str, str]]:
    cursor.execute(_AS_DEFINED, [tables])
    return {
        name: (re.sub(r" ON \S+", "", text, count=1), source)
        for name, text, source in cursor.fetchall()
    }
