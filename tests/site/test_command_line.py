"""The ``heli`` command as somebody meets it who gave it in the wrong place."""

import os
import subprocess
import sys

import pytest

INHERITED = {
    name: value for name, value in os.environ.items() if not name.startswith(("HELI", "DJ"))
}


@pytest.mark.parametrize(
    "words",
    [
        ("ledger", "keys"),
        ("exchange", "corrections", "GZ-3NMC5T-23"),
        ("ledger", "audit"),
        ("cases", "analyse"),
        ("cases", "import", "log.csv"),
    ],
)
def test_a_folder_without_an_installation_is_told_in_one_line(tmp_path, words):
    home = tmp_path / "elsewhere"
    done = subprocess.run(
        [sys.executable, "-m", "heli.site", *words], cwd=tmp_path, capture_output=True, text=True,
        check=False, env=INHERITED | {"HELI_HOME": str(home)},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.splitlines()
    assert str(home) in line
    assert "Set HELI_HOME" in line
    assert "`heli migrate`" in line
    assert not home.exists()
    assert line.endswith("[site.no_city]")


SECRET = "mysql://root:opensesame@db.example/heli"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("HELI_DATABASE_URL", SECRET, "postgresql://user:password@host:port/name"),
        ("HELI_DATABASE_URL", "postgresql://heli@db.example", "postgresql://user:"),
        ("HELI_DATABASE_URL", "db.example", "postgresql://user:"),
        ("HELI_TRUSTED_PROXIES", "proxy", "10.1.0.4/32"),
        ("HELI_PRIVATE_NETWORKS", "10.2.0.0/99", "10.2.0.0/16"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_in_one_line(tmp_path, name, value, told):
    home = tmp_path / "home"
    home.mkdir()
    (home / "heli.sqlite3").touch()
    done = subprocess.run(
        [sys.executable, "-m", "heli.site", "ledger", "audit"], cwd=tmp_path, capture_output=True,
        text=True, check=False, env=INHERITED | {"HELI_HOME": str(home), name: value},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "opensesame" not in done.stderr
    line = done.stderr.splitlines()[-1]
    assert line.startswith(f"{name}=")
    assert told in line
    assert line.endswith("[site.bad_setting]")


def test_an_empty_home_is_the_usual_one(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "from heli.kernel.home import home; print(home())"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
        env=INHERITED | {"HELI_HOME": ""},
    )  # fmt: skip
    assert done.stdout.strip() == str((tmp_path / "var").resolve())


def test_help_names_the_command_as_it_is_typed(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "heli.site", "exchange", "sign", "--help"], cwd=tmp_path,
        capture_output=True, text=True, check=True, env=INHERITED,
    )  # fmt: skip
    assert "Usage: heli exchange sign" in done.stdout
