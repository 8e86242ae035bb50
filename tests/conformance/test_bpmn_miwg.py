"""The reference models of the BPMN Model Interchange Working Group: read, write, read again."""

from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from heli.engines import bpmn
from heli.engines.bpmn import errors
from heli.engines.bpmn.model import walk

pytestmark = pytest.mark.reference
NAMES = ["A.1.0", "A.2.0", "A.3.0", "A.4.0", "B.1.0", "C.1.0", "C.1.1", "C.3.0", "C.5.0"]


@pytest.fixture(params=NAMES)
def data(request: pytest.FixtureRequest, reference_data: Path) -> bytes:
    return (reference_data / "bpmn-miwg" / f"{request.param}.bpmn").read_bytes()


def _elements(data: bytes) -> Counter[tuple[object, ...]]:
    """Every element of a file with its attributes and text, whatever their order."""
    return Counter(
        (item.tag, tuple(sorted(item.attrib.items())), (item.text or "").strip())
        for item in etree.fromstring(data).iter("*")
    )


def test_round_trip_gives_the_same_model_and_loses_no_element(data):
    definitions = bpmn.read(data)
    written = bpmn.write(definitions)
    assert bpmn.read(written) == definitions
    assert _elements(written) == _elements(data)
    assert definitions.diagrams
    assert bpmn.write(bpmn.read(written)) == written


def test_every_node_is_understood_or_refused_by_name(data):
    definitions = bpmn.read(data)
    report = bpmn.check(definitions)
    named = {item.id for item in report.understood} | {item.id for item in report.refused}
    for process in definitions.processes:
        assert {node.id for node in walk(process.body)} <= named


def test_what_is_not_refused_can_be_compiled_and_the_rest_cannot(data):
    definitions = bpmn.read(data)
    refused = {item.process for item in bpmn.check(definitions).refused}
    for process in definitions.processes:
        if process.id in refused:
            with pytest.raises(errors.RefusedElementsError):
                bpmn.compile(definitions, process.id)
        else:
            state, effects = bpmn.start(bpmn.compile(definitions, process.id))
            assert state.open_tasks() or effects


def test_a_sequence_from_the_suite_runs_to_its_end(reference_data):
    data = (reference_data / "bpmn-miwg" / "A.1.0.bpmn").read_bytes()
    procedure = bpmn.compile(bpmn.read(data))
    state, _ = bpmn.start(procedure)
    names = []
    while state.running:
        token = state.open_tasks()[0]
        names.append(procedure.nodes[token.node].name)
        state, _ = bpmn.apply(procedure, state, bpmn.TaskCompleted(token.id))
    assert names == ["Task 1", "Task 2", "Task 3"]


def test_the_elements_of_the_suite_that_are_refused(reference_data):
    data = (reference_data / "bpmn-miwg" / "B.1.0.bpmn").read_bytes()
    codes = {item.code for item in bpmn.check(bpmn.read(data)).refused}
    assert codes == {
        "call_activity",
        "message_start_event",
        "timer_start_event",
        "no_condition",
        "no_start",
    }
