"""Gateways: exclusive, parallel, inclusive, and conditions on flows."""

import pytest
from tests.engines.bpmn.play import Case

from heli.engines import bpmn
from heli.engines.bpmn import errors

XOR = """
    start s
    xor g default=g-c
    user a
    user b
    user c
    xor j
    end e
    s -> g
    g -> a : ${area > 300}
    g -> b : ${area > 100 and kind in ["food", "drink"]}
    g -> c
    a -> j
    b -> j
    c -> j -> e
"""


@pytest.mark.parametrize(
    ("area", "kind", "taken"),
    [(301, "food", "a"), (300, "food", "b"), (300, "cloth", "c"), (100, "food", "c")],
)
def test_exclusive_takes_the_first_true_else_the_default(area, kind, taken):
    case = Case(XOR, area=area, kind=kind)
    assert case.ready == [taken]
    assert not case.done(taken).state.running


def test_missing_variable_names_the_flow():
    with pytest.raises(errors.MissingVariableError) as caught:
        Case(XOR)
    assert caught.value.figures == {
        "element": "g-a",
        "variable": "area",
        "expression": "${area > 300}",
    }


def test_no_true_condition_and_no_default_is_told():
    text = (
        "start s\nxor g\nuser a\nuser b\nend e\n"
        "s -> g\ng -> a : x > 1\ng -> b : x > 2\na -> e\nb -> e"
    )
    with pytest.raises(errors.NoFlowTakenError, match="“g”"):
        Case(text, x=0)


PARALLEL = """
    start s
    and f
    user a
    user b
    user c
    and j
    user z
    end e
    s -> f -> a -> j -> z -> e
    f -> b -> j
    f -> c -> j
"""


def test_parallel_starts_all_at_once_and_joins_once():
    case = Case(PARALLEL)
    assert case.ready == ["a", "b", "c"]
    assert case.done("b", "a").ready == ["c"]
    assert case.done("c").ready == ["z"]
    assert not case.done("z").state.running


def test_golden_state():
    """Stored states must stay readable: these bytes may never change."""
    case = Case(PARALLEL, area=300).done("b", ok=True)
    golden = (
        b'["running",5,{"area":300,"ok":true},[[1,"a",0,"task",0,-1,""],'
        b'[3,"c",0,"task",0,-1,""],[4,"j",0,"join",0,-1,"b-j"]],[],[]]'
    )
    assert case.state.to_json() == golden
    case.state = bpmn.State.from_json(golden)
    assert case.done("a", "c").ready == ["z"]


@pytest.mark.parametrize("data", [b"", b"{}", b'["running"]', b'["on",1,{},[],[],[]]', b"[1,2]"])
def test_foreign_states_are_refused(data):
    with pytest.raises(errors.StateUnreadableError):
        bpmn.State.from_json(data)


INCLUSIVE = """
    start s
    or f default=f-c
    user a
    user b
    user c
    or j
    user z
    end e
    s -> f
    f -> a : a
    f -> b : b
    f -> c
    a -> j
    b -> j
    c -> j -> z -> e
"""


@pytest.mark.parametrize(
    ("a", "b", "opened"),
    [(True, True, ["a", "b"]), (True, False, ["a"]), (False, True, ["b"]), (False, False, ["c"])],
)
def test_inclusive_waits_for_what_was_started_and_nothing_else(a, b, opened):
    case = Case(INCLUSIVE, a=a, b=b)
    assert case.ready == opened
    for node in opened:
        assert "z" not in case.ready
        case.done(node)
    assert case.ready == ["z"]
    assert not case.done("z").state.running


def test_inclusive_join_behind_a_parallel_split_with_an_early_way_out():
    case = Case(
        """
        start s
        and f
        user a
        user b
        xor g default=g-j
        user late
        or j
        user z
        end e
        end gone
        s -> f -> a -> j -> z -> e
        f -> b -> g
        g -> late : slow
        g -> j
        late -> gone
        """,
        slow=True,
    )
    assert case.done("a").ready == ["b"]
    assert case.done("b").ready == ["late", "z"]
    case.done("late", "z")
    assert not case.state.running


def test_inclusive_join_inside_a_loop_does_not_wait_for_its_own_future():
    case = Case("""
        start s
        or j
        user a
        xor g default=g-e
        end e
        s -> j -> a -> g
        g -> j : again
        g -> e
    """)
    assert case.done("a", again=True).ready == ["a"]
    assert not case.done("a", again=False).state.running


def test_inclusive_join_waits_for_a_boundary_path():
    case = Case("""
        start s
        and f
        user a
        user b
        boundary t on=b timer=PT1H
        user chase
        or j
        user z
        end e
        end x
        s -> f -> a -> j -> z -> e
        f -> b -> x
        t -> chase -> j
    """)
    assert case.done("a").ready == ["b"]
    assert case.fire("t").ready == ["chase"]
    assert case.done("chase").ready == ["z"]


def test_conditional_flows_may_leave_a_task():
    case = Case(
        "start s\nuser a\nuser b\nuser c\nend e\ns -> a -> b -> e\na -> c : x > 1\nc -> e", x=2
    )
    assert case.done("a").ready == ["b", "c"]
