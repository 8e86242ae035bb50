"""An address that begins with https: secure cookies, and browsers that insist on TLS."""

import os
import subprocess
import sys

import pytest

ASK = """
from heli.site import startup
startup.migrate()
from django.conf import settings
from django.test import Client
names = "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"
for secure in (True, False):
    answer = Client(headers={"host": "heli.example"}).get("/sign-in/", secure=secure)
    print(answer.status_code, answer.headers.get("Strict-Transport-Security"))
print(bool(answer.cookies["csrftoken"]["secure"]), {getattr(settings, name) for name in names})
"""


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://heli.example", ["200 max-age=31536000", "200 None", "True {True}"]),
        ("http://heli.example", ["200 None", "200 None", "False {False}"]),
    ],
)
def test_an_address_with_https_is_kept_to(tmp_path, url, told):
    variables = os.environ | {"HELI_HOME": str(tmp_path), "HELI_PUBLIC_URL": url}
    variables.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env=variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.splitlines() == told
