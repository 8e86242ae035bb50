"""Files leave piece by piece, and no answer is gathered in memory first."""

import asyncio
import warnings
from pathlib import Path

import pytest

from heli import web
from heli.kernel.downloads import PIECE, Download
from heli.site.asgi import application

CONTENT = bytes(range(256)) * (PIECE // 64)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "register.csv"
    path.write_bytes(CONTENT)
    return path.open("rb")


def test_an_asgi_server_is_given_pieces_as_they_are_read(file):
    async def run():
        pieces, places = [], []
        async for piece in Download(file, content_type="text/csv"):
            pieces.append(piece)
            places.append(file.tell())
        return pieces, places

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pieces, places = asyncio.run(run())
    assert b"".join(pieces) == CONTENT
    assert places == [PIECE, 2 * PIECE, 3 * PIECE, 4 * PIECE]


@pytest.mark.django_db  # the end of an answer looks whether connections are still good
def test_another_server_is_given_the_same(file):
    answer = Download(file, as_attachment=True, filename="登记.csv")
    assert [len(piece) for piece in answer] == [PIECE] * 4
    assert answer["Content-Length"] == str(len(CONTENT))
    answer.close()
    assert file.closed


def get(path):
    """What the whole application answers, as a server that speaks ASGI meets it."""
    sent = []

    async def run():
        asked = False

        async def receive():
            nonlocal asked
            if asked:
                await asyncio.sleep(60)
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http", "method": "GET", "scheme": "http", "path": path, "query_string": b"",
            "headers": [(b"host", b"127.0.0.1")], "server": ("127.0.0.1", 80),
        }  # fmt: skip
        await application(scope, receive, send)

    asyncio.run(run())
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def test_static_files_are_not_gathered_either(settings):
    settings.ALLOWED_HOSTS = ["*"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        status, body = get("/static/web/heli.js")
    assert status == 200
    assert body == Path(web.__file__).with_name("static").joinpath("web/heli.js").read_bytes()
