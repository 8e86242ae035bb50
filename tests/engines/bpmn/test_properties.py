"""Random procedures, random orders: no token is lost or doubled, every case reaches its end."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.engines.bpmn import blocks
from tests.engines.bpmn.build import model
from tests.engines.bpmn.play import Case

from heli.engines import bpmn
from heli.engines.bpmn import durations, errors
from heli.errors import HeliError


@settings(max_examples=250, deadline=None)
@given(block=blocks.blocks(messages=True), data=st.data())
def test_exactly_the_right_tasks_are_open_at_every_step(block, data):
    case = Case(blocks.source(block), **blocks.variables(block))
    turns = blocks.turns(block)
    done: Counter[str] = Counter()
    while True:
        expected, over = blocks.ready(block, done)
        assert case.ready == sorted(expected)
        assert case.state.running is not over
        if over:
            break
        task = data.draw(st.sampled_from(sorted(expected)))
        done[task] += 1
        found = {}
        if task in turns:
            number, times = turns[task]
            found = {f"n{number}": done[task] % times}
        case.done(task, **found)
    assert case.trail.count(bpmn.Completed("ended")) == 1
    assert case.state.tokens == case.state.scopes == ()
    opened = Counter(e.node for e in case.trail if isinstance(e, bpmn.TaskOpened))
    assert opened == done


@settings(max_examples=150, deadline=None)
@given(block=blocks.blocks(messages=True))
def test_files_round_trip_and_pass_the_check(block):
    definitions = bpmn.read(model(blocks.source(block)))
    assert bpmn.read(bpmn.write(definitions)) == definitions
    report = bpmn.check(definitions)
    assert report.executable
    assert {hint.code for hint in report.hints} <= {"no_default", "idle_gateway"}


@settings(max_examples=150, deadline=None)
@given(block=blocks.blocks(messages=True), data=st.data())
def test_structure_finds_the_blocks_it_was_made_of(block, data):
    procedure = bpmn.compile(bpmn.read(model(blocks.source(block))))
    tree = bpmn.structure(procedure)
    kinds = Counter(item.kind for item in _walk(tree))
    expected = Counter(item[0] for item in blocks._walk(block))
    assert kinds["tangle"] == 0
    assert kinds["parallel"] == expected["par"] + expected["talk"]
    assert kinds["exclusive"] == expected["xor"]
    assert kinds["inclusive"] == expected["or"]
    assert kinds["loop"] == expected["loop"]
    assert kinds["scope"] == expected["sub"]
    assert kinds["task"] == expected["task"] + expected["watch"] + expected["loop"]
    tasks = sorted(node for node in procedure.nodes if procedure.nodes[node].work)
    singles = [item.node for item in _walk(tree) if item.kind == "task"]
    assert set(singles) <= set(tasks)
    durations = {task: data.draw(st.integers(0, 9), label=task) for task in tasks}
    path = bpmn.critical_path(procedure, durations)
    parallel, serial = _length(block, durations)
    assert (path.parallel, path.serial) == (parallel, serial)
    assert sum(durations[node] for node in path.path) == path.parallel


def _walk(block):
    yield block
    for child in block.children:
        yield from _walk(child)


def _length(block, durations):
    match block:
        case ("task" | "watch", number):
            return durations[f"t{number}"], durations[f"t{number}"]
        case ("seq", parts):
            lengths = [_length(part, durations) for part in parts]
            return sum(a for a, _ in lengths), sum(b for _, b in lengths)
        case ("par", _, parts) | ("or", _, parts, _):
            lengths = [_length(part, durations) for part in parts]
            return max(a for a, _ in lengths), sum(b for _, b in lengths)
        case ("talk", _, _, first, rest, other):
            return _length(("par", 0, [("seq", [first, rest]), other]), durations)
        case ("xor", _, parts, _):
            lengths = [_length(part, durations) for part in parts]
            return max(a for a, _ in lengths), max(b for _, b in lengths)
        case ("sub", _, part):
            return _length(part, durations)
        case ("loop", number, part, _):
            return _length(("seq", [part, ("task", f"l{number}")]), durations)


NAMES = [
    "cancelActivity", "default", "eventGatewayType", "gatewayDirection", "id", "instantiate",
    "isForCompensation", "isImmediate", "isSequential", "messageRef", "parallelMultiple",
    "sourceRef", "startQuantity", "targetRef", "triggeredByEvent", "{urn:heli:bpmn:1}allowance",
]  # fmt: skip
VALUES = ["", "0", "1", " true ", "no", "-1", "s", "e", "t0", "f0", "Exclusive", "WD99999", "H48"]
CHILDREN = [
    "<fooTask/>", "<conditionExpression>x</conditionExpression>", "<incoming>e</incoming>",
    "<standardLoopCharacteristics/>", "<property/>", "<terminateEventDefinition/>",
    "<timerEventDefinition><timeDuration>P9999Y</timeDuration></timerEventDefinition>",
    "<multiInstanceLoopCharacteristics><loopCardinality>-1</loopCardinality>"
    "</multiInstanceLoopCharacteristics>",
]  # fmt: skip


def _spoil(text, data):
    """Change a few things in a model, as a careless tool or a hostile hand would."""
    root = etree.fromstring(text)
    space = root.nsmap[None]
    for _ in range(data.draw(st.integers(1, 3))):
        spot = data.draw(st.sampled_from([x for x in root.iter() if x is not root]))
        how = data.draw(st.sampled_from(["set", "add", "drop"]))
        if how == "set":
            spot.set(data.draw(st.sampled_from(NAMES)), data.draw(st.sampled_from(VALUES)))
        elif how == "add":
            child = data.draw(st.sampled_from(CHILDREN))
            spot.append(etree.fromstring(f'<x xmlns="{space}">{child}</x>')[0])
        elif len(root) > 1 or spot.getparent() is not root:
            spot.getparent().remove(spot)
    return etree.tostring(root)


@settings(max_examples=300, deadline=None)
@given(block=blocks.blocks(messages=True, depth=2), data=st.data())
def test_a_spoilt_model_is_refused_or_played_and_never_breaks_anything(block, data):
    try:
        definitions = bpmn.read(_spoil(model(blocks.source(block)), data))
    except errors.BadInputError:
        return
    assert bpmn.read(bpmn.write(definitions)) == definitions
    report = bpmn.check(definitions)
    if not report.executable:
        with pytest.raises((errors.RefusedElementsError, errors.ProcessNotFoundError)):
            bpmn.compile(definitions)
        return
    procedure = bpmn.compile(definitions)
    bpmn.structure(procedure)
    try:
        state, effects = bpmn.start(procedure, blocks.variables(block))
    except HeliError:
        return
    assert state.tokens or not state.running
    for effect in effects:
        if isinstance(effect, bpmn.TimerArmed):
            assert durations.is_duration(effect.text) or durations.is_instant(effect.text)
    assert bpmn.State.from_json(state.to_json()) == state
