"""Settings of an installation: environment variables, each declared once with its meaning."""

import os
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlparse

from heli.errors import gettext_noop
from heli.kernel.outward import Network, networks
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
ANALYTICS_URL = _declare(
    "HELI_ANALYTICS_URL",
    "",
    "Apache Spark for sweeps: spark://HOST:PORT, sc://HOST:PORT or local[2]; empty: this machine.",
)
DEMO = _declare(
    "HELI_DEMO", "1", "Demo city: sign in as any kind of user with one click. 0 in production."
)
DEMO_SIMULATION = _declare(
    "HELI_DEMO_SIMULATION",
    "1",
    "Whether a new demo city begins with a simulation, which takes a minute or two of all cores.",
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
TRUSTED_PROXIES = _declare(
    "HELI_TRUSTED_PROXIES",
    "",
    "Networks of reverse proxies whose X-Forwarded-For and -Proto are believed, such as"
    " 10.1.0.4/32, separated by commas.",
)
SIGN_IN_FAILURES = _declare(
    "HELI_SIGN_IN_FAILURES",
    "50",
    "Failed sign-ins from one address within ten minutes, whatever the login names, after which"
    " sign-in is closed there; those of who got in afterwards do not count.",
)
WEB_WORKERS = _declare("HELI_WEB_WORKERS", "1", "Processes of the web server.")
LOG_ORIGIN = _declare(
    "HELI_LOG_ORIGIN", "linjiang.example/heli", "Origin line of the transparency log's checkpoints."
)
WITNESS_QUORUM = _declare(
    "HELI_WITNESS_QUORUM", "2", "Cosignatures a checkpoint needs until a trust policy is set."
)
LOG_ALGORITHMS = _declare(
    "HELI_LOG_ALGORITHMS",
    "ed25519",
    "Algorithms the log signs with, a key each: ed25519, ml-dsa-44, sm2-sm3.",
)
WITNESS_ALGORITHM = _declare(
    "HELI_WITNESS_ALGORITHM",
    "ed25519",
    "Algorithm of the keys made for witnesses of this installation: the same names.",
)
BROKER_URL = _declare(
    "HELI_BROKER_URL",
    "",
    "NATS server for feeds, for example nats://127.0.0.1:4222; empty: no message broker.",
    secret=True,
)
WEBHOOK_NETWORKS = _declare(
    "HELI_WEBHOOK_NETWORKS",
    "",
    "Protected networks into which webhooks may lead, such as 10.0.0.0/8, separated by commas.",
)
WITNESS_HOME = _declare(
    "HELI_WITNESS_HOME", "./witness", "Folder of a witness that runs on its own (heli witness)."
)
POSTGRES_COMMIT = _declare(
    "HELI_POSTGRES_COMMIT",
    "on",
    "PostgreSQL's synchronous_commit for everyday work; off: faster, a power failure of the"
    " database server may take back the last moments.",
)

SOURCE_HOSTS = _declare(
    "HELI_SOURCE_HOSTS",
    "",
    "Hosts, addresses and networks that data sources may lie on, separated by commas; Heli reads"
    " from no other.",
)

DEPARTMENT_FILES = _declare(
    "HELI_DEPARTMENT_FILES_MB",
    "512",
    "Megabytes that the files a department sent may take together, those being checked included.",
)
SUNSET_NOTICE = _declare(
    "HELI_SUNSET_NOTICE_DAYS",
    "30",
    "Days that consumers are told at least before a contract version they use ends.",
)
PRIVATE_NETWORKS = _declare(
    "HELI_PRIVATE_NETWORKS",
    "",
    "Private networks in which interfaces of digital projects may be tested, such as 10.2.0.0/16,"
    " separated by commas; none if empty, in the demo city this machine.",
)


def sunset_notice() -> int:
    """Days of notice before a contract version ends.

    Raises:
        BadSettingError: The setting is no number of days.
    """
    text = SUNSET_NOTICE.value.strip()
    if not text.isdecimal() or int(text) > 3650:
        raise BadSettingError(
            name=SUNSET_NOTICE.name, value=text, reason=gettext_noop("it is no number of days")
        )
    return int(text)


def trusted_proxies() -> tuple[Network, ...]:
    """Networks of reverse proxies.

    Raises:
        BadSettingError: One is not written as a network.
    """
    text = TRUSTED_PROXIES.value.strip()
    try:
        return networks(text.split(","))
    except ValueError:
        reason = "it must be networks, such as 10.1.0.4/32,fd00::4/128"
        raise BadSettingError(name=TRUSTED_PROXIES.name, value=text, reason=reason) from None


def sign_in_failures() -> int:
    """Failed sign-ins that one address may have within ten minutes.

    Raises:
        BadSettingError: The setting is no such number.
    """
    return _number(SIGN_IN_FAILURES, 5, 1_000_000)


def department_files() -> int:
    """Megabytes that the files of one department may take.

    Raises:
        BadSettingError: The setting is no such number.
    """
    return _number(DEPARTMENT_FILES, 1, 1_000_000)


def private_networks() -> tuple[Network, ...]:
    """Private networks in which interfaces may be tested.

    Raises:
        BadSettingError: One is not written as a network.
    """
    text = PRIVATE_NETWORKS.value.strip()
    if not text and DEMO.flag:
        text = "127.0.0.0/8,::1/128"
    try:
        return networks(text.split(","))
    except ValueError:
        reason = "it must be networks, such as 10.2.0.0/16,fd00::/8"
        raise BadSettingError(name=PRIVATE_NETWORKS.name, value=text, reason=reason) from None


def source_hosts() -> tuple[str, ...]:
    """Where data sources may lie, in lower case."""
    return tuple(part.strip().lower() for part in SOURCE_HOSTS.value.split(",") if part.strip())


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


def database() -> dict[str, Any]:
    """The database that ``HELI_DATABASE_URL`` names, as Django's settings have it.

    Raises:
        BadSettingError: It is not the address of a database on PostgreSQL.
    """
    import dj_database_url

    try:
        given = dict(
            dj_database_url.parse(DATABASE_URL.value, conn_max_age=600, conn_health_checks=True)
        )
    except ValueError:
        given = {"ENGINE": ""}
    if given["ENGINE"] != "django.db.backends.postgresql" or not given["NAME"]:
        reason = "it must be postgresql://user:password@host:port/name"
        raise BadSettingError(name=DATABASE_URL.name, value="…", reason=reason)
    return given | {"ENGINE": "heli.kernel.postgresql"}


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


def own_url() -> str:
    """The loopback address at which this machine reaches its own server, without a slash."""
    host = "[::1]" if HOST.value in {"::", "::1", "[::1]"} else "127.0.0.1"
    return f"http://{host}:{PORT.value}"


def exposed() -> list[str]:
    """Names and addresses other than this machine's own at which Heli is to be reached."""
    named = urlparse(PUBLIC_URL.value).hostname if PUBLIC_URL.value else ""
    return [name for name in dict.fromkeys((HOST.value, named)) if name and not _is_loopback(name)]


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost"


def public_url() -> str:
    """The address people reach Heli at, without a trailing slash."""
    return (PUBLIC_URL.value or f"http://{HOST.value}:{PORT.value}").rstrip("/")
