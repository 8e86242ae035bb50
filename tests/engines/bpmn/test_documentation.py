"""The example in the documentation is carried out, and the documentation names what is refused."""

import re
from pathlib import Path

from heli.engines import bpmn

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "explanation" / "bpmn.md").read_text("utf-8")


def test_the_example():
    definitions = bpmn.read(re.search(r"```xml\n(.*?)```", TEXT, re.DOTALL)[1])
    report = bpmn.check(definitions)
    assert report.executable
    assert report.hints == ()
    procedure = bpmn.compile(definitions)
    state, _ = bpmn.start(procedure)
    state, effects = bpmn.apply(procedure, state, bpmn.TaskCompleted(state.open_tasks()[0].id))
    assert [task.node for task in state.open_tasks()] == ["food", "fire"]
    assert [e.text for e in effects if isinstance(e, bpmn.TimerArmed)] == ["WD2"]
    attributes = {name for node in procedure.nodes.values() for name in node.extension}
    assert attributes == {"department", "allowance", "service"}
    documented = set(re.findall(r"^\| `heli:(\w+)`", TEXT, re.MULTILINE))
    assert attributes | set(procedure.extension) <= documented
