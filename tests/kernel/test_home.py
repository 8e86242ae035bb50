import os
import stat
import subprocess
import sys
import threading

import pytest

from heli.kernel import home as home_module
from heli.kernel.home import folder, keep_secret


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def open_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def root(tmp_path, monkeypatch, open_umask):
    monkeypatch.setenv("HELI_HOME", str(tmp_path / "city" / "home"))
    return tmp_path / "city" / "home"


def test_a_home_that_heli_makes_is_the_owners_only(root):
    assert folder("registers") == root / "registers"
    assert mode(root) == 0o700
    assert mode(root / "registers") == 0o700


@pytest.mark.parametrize("marker", home_module.MARKERS)
def test_a_home_that_stood_open_is_closed(root, marker):
    path = root / marker
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    root.chmod(0o755)
    folder()
    assert mode(root) == 0o700


def test_private_folders_are_closed_where_they_stood_open(root):
    (root / "keys").mkdir(parents=True)
    (root / "keys").chmod(0o755)
    folder("keys", private=True)
    assert mode(root / "keys") == 0o700


def test_a_folder_of_somebody_elses_use_is_left_alone(root):
    root.mkdir(parents=True)
    root.chmod(0o755)
    folder("registers")
    assert mode(root) == 0o755, "nothing of Heli's lay in it yet"


@pytest.mark.parametrize("which", ["sticky", "user"])
def test_folders_that_others_use_are_never_closed(root, monkeypatch, which):
    root.mkdir(parents=True)
    (root / "heli.sqlite3").write_bytes(b"")
    wanted = 0o1777 if which == "sticky" else 0o755
    root.chmod(wanted)
    if which == "user":
        monkeypatch.setenv("HOME", str(root))
    folder("registers")
    assert mode(root) == wanted


def test_a_command_writes_for_its_owner_only(root):
    said = subprocess.run(
        [sys.executable, "-m", "heli.site", "manage", "migrate", "kernel", "--verbosity=0"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "heli.site.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    written = [root, *root.rglob("*")]
    if not os.environ.get("HELI_DATABASE_URL"):
        assert root / "heli.sqlite3" in written
    assert not [path for path in written if mode(path) & 0o077]


def test_many_who_come_first_at_once_get_one_secret(tmp_path):
    path = tmp_path / "key"
    start = threading.Barrier(16)
    got: list[bytes] = []

    def come(number: int) -> None:
        start.wait()
        got.append(keep_secret(path, bytes([number]) * 32))

    threads = [threading.Thread(target=come, args=[number]) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 16
    assert set(got) == {path.read_bytes()}
    assert [item.name for item in tmp_path.iterdir()] == ["key"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
