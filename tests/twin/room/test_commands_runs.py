"""``heli twin runs`` and ``rerun``: what was tried, and whether it comes out again."""

import json

from typer.testing import CliRunner

from heli.kernel.actor import Actor
from heli.twin import runs, selectors, services
from heli.twin.commands_runs import app
from heli.twin.crew import Inline
from heli.twin.errors import RunNotDoneError
from heli.twin.models import Run
from heli.twin.packing import canonical, compress

PLANNER = Actor("person", "7", "zrzy")


def heli(*arguments):
    return CliRunner().invoke(app, arguments)


def ask(version):
    return services.ask_run(version, ["odd-plates"], actor=PLANNER, department="zrzy")


def test_runs_are_listed(version, saved):
    assert "no simulation yet" in heli("runs").stdout
    row = ask(version)
    assert row.code in heli("runs").stdout
    (told,) = json.loads(heli("runs", "--json").stdout)
    assert (told["code"], told["state"], told["city"]) == (row.code, "waiting", "linjiang@1")
    assert told["options"] == ["odd-plates"]


def test_a_run_is_computed_again_and_a_changed_one_is_found(version, saved):
    row = ask(version)
    assert isinstance(heli("rerun", row.code).exception, RunNotDoneError)
    runs.execute(runs.claim(), Inline())
    done = heli("rerun", row.code, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["same"] is True
    found = dict(selectors.result_of(selectors.run_by_code(row.code)))
    found["figures"] = found["figures"][1:]
    Run.objects.filter(pk=row.pk).update(result=compress(canonical(found)), digest="0" * 64)
    done = heli("rerun", row.code, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["differs"] == ["figures"]
