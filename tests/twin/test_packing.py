"""Archives of cities: broken, odd or hostile ones are refused by name."""

import io
import zipfile

import pytest

from heli.twin.errors import BadEntryError
from heli.twin.packing import pack, unpack


def archive(*files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name, text in files:
            made.writestr(name, text)
    return packed.getvalue()


def test_what_is_no_archive_is_refused():
    with pytest.raises(BadEntryError, match="cannot be read"):
        unpack(b"PK nothing")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_in_it_twice_is_refused():
    with pytest.raises(BadEntryError, match="twice"):
        unpack(archive(("city.json", "{}"), ("elsewhere/city.json", "{}")))


@pytest.mark.parametrize("name", ["../../city.json", "/city.json", ".."])
def test_nothing_is_written_outside(name, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(BadEntryError):
        unpack(archive((name, "{}")))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("at", [0.3, 0.5, 0.7])
def test_a_bent_archive_is_refused(city, at):
    content = bytearray(pack(city))
    for n in range(int(at * len(content)), int(at * len(content)) + 40):
        content[n] ^= 0xFF
    with pytest.raises(BadEntryError):
        unpack(bytes(content))
