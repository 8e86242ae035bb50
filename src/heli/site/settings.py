"""Django settings, made from the environment (see ``environment.py``)."""

import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from csp.constants import NONE, SELF

from heli.kernel.home import folder, home, keep_secret
from heli.site import environment as env

ROOMS = [
    "kernel",
    "web",
    "ledger",
    "organisation",
    "clocks",
    "exchange",
    "feeds",
    "alerts",
    "openness",
    "projects",
    "twin",
    "cases",
    "cockpit",
    "demo",
]
SOURCE = Path(__file__).resolve().parents[1]


def _secret_key() -> str:
    if env.SECRET_KEY.value:
        return env.SECRET_KEY.value
    path = folder("keys", private=True) / "django-secret"
    return keep_secret(path, secrets.token_urlsafe(48).encode()).decode()


def _database() -> dict[str, Any]:
    if env.DATABASE_URL.value:
        given = env.database()
        if env.postgres_commit() == "off":
            options = given.setdefault("OPTIONS", {})
            options["options"] = f"{options.get('options', '')} -c synchronous_commit=off".strip()
        return given
    folder()
    return {
        "ENGINE": "heli.kernel.sqlite",
        "NAME": home() / "heli.sqlite3",
        "CONN_MAX_AGE": 600,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            # Django's fields read their values themselves; the driver would look at the declared
            # type of every column of every statement first.
            "detect_types": 0,
            "init_command": (
                # A step changes little on each of some twenty pages, which go to the log whole.
                # (A database that exists keeps the size it was made with.)
                "PRAGMA page_size=2048;PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
                # Each request has a connection of its own: 4 MB of cache, and no mapping of the
                # file, which would count once more for every connection.
                "PRAGMA cache_size=-4000;"
                "PRAGMA temp_store=MEMORY;PRAGMA foreign_keys=ON;PRAGMA secure_delete=ON;"
                # Server and worker move the log into the file (kernel/wal.py); 64 MB without them,
                # 128 in a database with pages of 4 KB.
                "PRAGMA wal_autocheckpoint=32000"
            ),
        },
    }


DEBUG = env.DEBUG.flag
HELI_DEMO = env.DEMO.flag
HELI_DEMO_SIMULATION = env.DEMO_SIMULATION.flag
HELI_SOURCE_HOSTS = env.source_hosts()
HELI_DEPARTMENT_FILES_MB = env.department_files()
HELI_PUBLIC_URL = env.public_url()
HELI_OWN_URL = env.own_url()
HELI_SUNSET_NOTICE_DAYS = env.sunset_notice()
HELI_PRIVATE_NETWORKS = env.private_networks()
HELI_TRUSTED_PROXIES = env.trusted_proxies()
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = [
    *env.ALLOWED_HOSTS.value.split(","),
    *([urlparse(env.PUBLIC_URL.value).hostname or ""] if env.PUBLIC_URL.value else []),
    # The demo city's webhooks lead to this server itself.
    *([urlparse(HELI_OWN_URL).hostname or ""] if HELI_DEMO else []),
]
CSRF_TRUSTED_ORIGINS = [env.public_url()]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "csp",
    *(f"heli.{room}" for room in ROOMS),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "heli.web.middleware.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "heli.web.middleware.NothingStored",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    *(
        name
        for module, name in (
            ("heli.web.middleware", "heli.web.middleware.HeliErrorMiddleware"),
            ("heli.organisation.middleware", "heli.organisation.middleware.SystemMiddleware"),
        )
        if find_spec(module)
    ),
    "heli.kernel.rest.problems_for_methods",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "heli.site.urls"
ASGI_APPLICATION = "heli.site.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                *(["heli.web.context.heli"] if find_spec("heli.web.context") else []),
            ],
        },
    }
]

DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "organisation.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
HELI_SIGN_IN_FAILURES = env.sign_in_failures()
AXES_CLIENT_IP_CALLABLE = "heli.organisation.failures.address_of"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
OTP_TOTP_ISSUER = "Heli"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
ENCRYPTED = env.public_url().startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENCRYPTED
# A year, for this name alone: what else the city has below it is not Heli's to promise.
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if ENCRYPTED else 0
CSRF_FAILURE_VIEW = "heli.web.views.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = str(folder("uploads"))

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = sorted(
    str(path) for path in (*(SOURCE / "engines").glob("*/locale"), SOURCE / "site" / "locale")
)
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = str(folder("static"))
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    # That something does not work yet, or any more, is told by the answer to whoever asks.
    "filters": {
        "health": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: (
                getattr(record, "request", None) is None or record.request.path != "/healthz"
            ),
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "heli": {"level": "INFO"},
        "axes": {"level": "ERROR"},
        "django.request": {"filters": ["health"]},
    },
}
SILENCED_SYSTEM_CHECKS = ["auth.E003", "auth.W004"]
