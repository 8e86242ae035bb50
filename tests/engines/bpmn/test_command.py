"""``heli bpmn check``: answers for people and machines, and exit codes 0, 1 and 2."""

import json
import subprocess
import sys

import pytest
from tests.engines.bpmn.build import model

SOUND = model("start s\nuser a\nend e\ns -> a -> e")
REFUSED = model("start s\nscriptTask x name=Compute\nend e\ns -> x -> e")


@pytest.fixture
def check(tmp_path):
    def run(content, *options):
        file = tmp_path / "m.bpmn"
        if content is not None:
            file.write_text(content, encoding="utf-8")
        command = [sys.executable, "-m", "heli.site", "bpmn", "check", str(file), *options]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def test_sound(check):
    result = check(SOUND, "--json")
    answer = json.loads(result.stdout)
    assert result.returncode == 0
    assert answer["executable"] is True
    assert answer["refused"] == []
    assert [item["element"] for item in answer["understood"]] == [
        "startEvent",
        "userTask",
        "endEvent",
    ]


def test_refused(check):
    result = check(REFUSED, "--json")
    answer = json.loads(result.stdout)
    assert result.returncode == 1
    assert answer["executable"] is False
    [refused] = answer["refused"]
    assert (refused["element"], refused["id"], refused["name"], refused["code"]) == (
        "scriptTask",
        "x",
        "Compute",
        "script_task",
    )
    told = check(REFUSED)
    assert told.returncode == 1
    assert "scriptTask “Compute”: Script tasks are not carried out" in told.stdout


def test_not_readable(check):
    result = check("<definitions>", "--json")
    assert result.returncode == 2
    assert json.loads(result.stdout)["code"] == "bpmn.unreadable"
    told = check("<html/>")
    assert told.returncode == 2
    assert "[bpmn.not_bpmn]" in told.stderr
    assert told.stdout == ""


def test_wrong_usage(check):
    assert check(None).returncode == 2
    assert check(SOUND, "--nothing").returncode == 2
