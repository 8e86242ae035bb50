"""Settings of an installation: environment variables, each declared once with its meaning."""

import os
from dataclasses import dataclass
from typing import Any

from heli.site.errors import BadSettingError


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable.

    Attributes:
        name: The variable.
        default: What holds when it is not set, as text.
        meaning: What it does, in one sentence.
        secret: Whether its value must not be shown.
    """

    name: str
    default: str
    meaning: str
    secret: bool = False

    @property
    def value(self) -> str:
        """The value in force."""
        return os.environ.get(self.name, self.default)

    @property
    def flag(self) -> bool:
        """The value in force as yes or no."""
        return self.value.strip().lower() in {"1", "true", "yes", "on"}


SETTINGS: dict[str, Setting] = {}


def _declare(name: str, default: str, meaning: str, **more: Any) -> Setting:
    SETTINGS[name] = Setting(name, default, meaning, **more)
    return SETTINGS[name]


HOME = _declare("HELI_HOME", "./var", "Folder that holds everything Heli writes.")
PORT = _declare("HELI_PORT", "8000", "Port of the web server.")
HOST = _declare("HELI_HOST", "127.0.0.1", "Address the web server listens on.")
DATABASE_URL = _declare(
    "HELI_DATABASE_URL",
    "",
    "Database, for example postgresql://user@host/name; empty: SQLite under HELI_HOME.",
    secret=True,
)
DEMO = _declare(
    "HELI_DEMO", "1", "Demo city: sign in as any kind of user with one click. 0 in production."
)
DEBUG = _declare("HELI_DEBUG", "0", "Show technical error pages. Never in production.")
SECRET_KEY = _declare(
    "HELI_SECRET_KEY",
    "",
    "Key of sessions and signed values; empty: made once and kept under HELI_HOME/keys.",
    secret=True,
)
ALLOWED_HOSTS = _declare(
    "HELI_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]", "Host names served, separated by commas."
)
PUBLIC_URL = _declare(
    "HELI_PUBLIC_URL", "", "Address people reach Heli at; empty: from HELI_HOST and HELI_PORT."
)
WEB_WORKERS = _declare("HELI_WEB_WORKERS", "1", "Processes of the web server.")
LOG_ORIGIN = _declare(
    "HELI_LOG_ORIGIN", "linjiang.example/heli", "Origin line of the transparency log's checkpoints."
)
WITNESS_QUORUM = _declare(
    "HELI_WITNESS_QUORUM", "2", "Cosignatures of department witnesses that a checkpoint needs."
)
POSTGRES_COMMIT = _declare(
    "HELI_POSTGRES_COMMIT",
    "on",
    "PostgreSQL's synchronous_commit for everyday work; off: faster, a power failure of the"
    " database server may take back the last moments.",
)


def port() -> int:
    """The port of the web server.

    Raises:
        BadSettingError: It is none.
    """
    return _number(PORT, 1, 65535)


def web_workers() -> int:
    """How many processes serve pages.

    Raises:
        BadSettingError: It is no number of processes.
    """
    return _number(WEB_WORKERS, 1, 64)


def postgres_commit() -> str:
    """What everyday transactions on PostgreSQL wait for.

    Raises:
        BadSettingError: It is neither ``on`` nor ``off``.
    """
    text = POSTGRES_COMMIT.value.strip().lower()
    if text not in {"on", "off"}:
        raise BadSettingError(name=POSTGRES_COMMIT.name, value=text, reason="it must be on or off")
    return text


def _number(setting: Setting, least: int, most: int) -> int:
    text = setting.value.strip()
    if not text.isdecimal() or not least <= int(text) <= most:
        reason = f"it must be a whole number from {least} to {most}"
        raise BadSettingError(name=setting.name, value=text, reason=reason)
    return int(text)


def public_url() -> str:
    """The address people reach Heli at, without a trailing slash."""
    return (PUBLIC_URL.value or f"http://{HOST.value}:{PORT.value}").rstrip("/")
