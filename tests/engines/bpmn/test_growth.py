"""Work grows with the size of a model, not with its square: files of 5 MB are taken."""

import sys

import pytest
from tests.engines.bpmn.build import model

from heli.engines import bpmn
from heli.engines.bpmn.reader import _ordered


def chain(size):
    names = [f"t{n}" for n in range(size)]
    users = [f"user {name}" for name in names]
    return model("\n".join(["start s", "end e", *users, " -> ".join(["s", *names, "e"])]))


def choice(size):
    flow = "<sequenceFlow id='{0}{2}' sourceRef='{0}' targetRef='{1}'>{3}</sequenceFlow>"
    asked = "<conditionExpression>${x == 1}</conditionExpression>"
    ways = [flow.format(*ends, n, asked) for n in range(size) for ends in ("ab", "bj")]
    frame = model("start s\nend e\nxor a\nxor b\nor j\ns -> a\nj -> e")
    return frame.replace("</process>", f"{''.join(ways)}</process>")


def boundaries(size):
    events = (f"boundary b{n} on=t timer=PT1H\nb{n} -> e" for n in range(size))
    return model("\n".join(["start s", "end e", "user t", "s -> t -> e", *events]))


def calls(text):
    """How many functions are called to read, check and compile a model."""
    count = 0

    def met(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(met)
    try:
        definitions = bpmn.read(text)
        assert bpmn.check(definitions).executable
        bpmn.compile(definitions)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("shape", [chain, choice, boundaries])
def test_twice_the_model_is_twice_the_work(shape):
    assert calls(shape(400)) < 2.2 * calls(shape(200))


def test_flows_are_put_in_order_without_comparing_each_with_each():
    compared = 0

    class Flow(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other):
            nonlocal compared
            compared += 1
            return str.__eq__(self, other)

    actual = tuple(Flow(n) for n in range(500))
    listed = [Flow("gone"), *(Flow(n) for n in range(400, 0, -1))]
    assert _ordered(listed, actual)[:2] == ("400", "399")
    assert len(_ordered(listed, actual)) == 500
    assert compared < 5000
