"""Why a network source could not be read, as whoever describes it can act on it."""

from enum import StrEnum


class Fault(StrEnum):
    """What is wrong.

    Attributes:
        UNREACHABLE: Nothing answers there, or not in time.
        CREDENTIAL: User, password or credential are not accepted.
        DATABASE: There is no such database, or the user may not open it.
        TABLE: There is no such table, view or path, or the user may not read it.
        COLUMN: A column is missing.
        ANSWER: It answers, but not with what was asked for.
    """

    UNREACHABLE = "unreachable"
    CREDENTIAL = "credential"
    DATABASE = "database"
    TABLE = "table"
    COLUMN = "column"
    ANSWER = "answer"


class ApiStatusError(OSError):
    """An API answered with another status than 200."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the API answered with status {status}")
        self.status = status


# https://www.postgresql.org/docs/current/errcodes-appendix.html
_SQLSTATES = {
    "28000": Fault.CREDENTIAL,
    "28P01": Fault.CREDENTIAL,
    "3D000": Fault.DATABASE,
    "42P01": Fault.TABLE,
    "3F000": Fault.TABLE,
    "42501": Fault.TABLE,
    "42703": Fault.COLUMN,
}
# https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
_NUMBERS = {
    1045: Fault.CREDENTIAL,
    1698: Fault.CREDENTIAL,
    1044: Fault.DATABASE,
    1049: Fault.DATABASE,
    1142: Fault.TABLE,
    1146: Fault.TABLE,
    1054: Fault.COLUMN,
}
_STATUSES = {401: Fault.CREDENTIAL, 403: Fault.CREDENTIAL, 404: Fault.TABLE}


def fault_of(error: OSError) -> Fault:
    """What is wrong with a source whose reading failed.

    Args:
        error: As a connector raised it.
    """
    if isinstance(error, ApiStatusError):
        return _STATUSES.get(error.status, Fault.ANSWER)
    cause = error.__cause__
    if isinstance(error, TimeoutError) or type(cause).__module__.startswith("httpx"):
        return Fault.UNREACHABLE
    state = getattr(cause, "sqlstate", "")
    if state is None:
        return _not_connected(str(cause))
    number = cause.args[0] if cause is not None and cause.args else None
    known = _SQLSTATES.get(state) or _NUMBERS.get(number if isinstance(number, int) else 0)
    if known is not None:
        return known
    return Fault.UNREACHABLE if number in {2002, 2003, 2005, 2013} else Fault.ANSWER


def _not_connected(text: str) -> Fault:
    """Of PostgreSQL, whose library gives no code for a connection that it did not get."""
    if 'database "' in text:
        return Fault.DATABASE
    words = ("authentication", "password", 'role "', "pg_hba", "认证")
    return Fault.CREDENTIAL if any(word in text for word in words) else Fault.UNREACHABLE
