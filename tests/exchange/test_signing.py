"""`heli exchange key` and `heli exchange sign`, against the checks of the receiving side."""

import json
import stat

import pytest
from typer.testing import CliRunner

from heli.engines import httpsig
from heli.errors import BadInputError
from heli.exchange.commands import app
from heli.organisation.keys import key_id_of, read_public_key

URL = "http://127.0.0.1:8000/x/v1/gaj/residents?a=b%20c"


def run(*words):
    return CliRunner().invoke(app, list(words), catch_exceptions=False)


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "system.pem"
    return path, json.loads(run("key", str(path), "--department", "cgj", "--json").stdout)


def test_a_key_is_made_once_for_its_owner_only(key):
    path, told = key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert told["key_id"] == key_id_of("cgj", read_public_key(told["public_key"]))
    before = path.read_bytes()
    assert told["key_id"] in run("key", str(path), "--department", "cgj").stdout
    assert path.read_bytes() == before


def test_the_printed_headers_sign_exactly_this_request(key, tmp_path):
    path, told = key
    body = tmp_path / "body.json"
    body.write_text("{}")
    words = ("sign", "POST", URL, "--key", str(path), "--key-id", told["key_id"])
    lines = run(*words, "--body", str(body)).stdout.splitlines()
    headers = tuple(tuple(line.split(": ", 1)) for line in lines)
    request = httpsig.Request("POST", "http", "127.0.0.1:8000", "/x/v1/gaj/residents", "a=b%20c",
                              headers)  # fmt: skip
    signature = httpsig.read_signature(request)
    assert signature.key_id == told["key_id"]
    httpsig.verify(request, signature, read_public_key(told["public_key"]))
    httpsig.check_content_digest(request.field("content-digest"), b"{}")
    with pytest.raises(httpsig.DigestError):
        httpsig.check_content_digest(request.field("content-digest"), b"{ }")


@pytest.mark.parametrize("url", ["/x/v1/gaj/residents", "ftp://heli.example/", "http://"])
def test_half_an_address_is_refused(key, url):
    path, told = key
    with pytest.raises(BadInputError):
        run("sign", "GET", url, "--key", str(path), "--key-id", told["key_id"])
