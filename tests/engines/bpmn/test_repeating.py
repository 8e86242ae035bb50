"""Several instances of an activity, and loops."""

import pytest
from tests.engines.bpmn.play import Case

from heli.engines import bpmn
from heli.engines.bpmn import errors


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_parallel_instances_over_a_collection(order):
    case = Case(
        "start s\nuser a many=parallel:units/unit/answers/answer\nuser z\nend e\ns -> a -> z -> e",
        units=["X", "Y", "Z"],
    )
    opened = case.of(bpmn.TaskOpened)
    assert [(task.instance, task.item) for task in opened] == [(0, "X"), (1, "Y"), (2, "Z")]
    for index in order:
        assert "z" not in case.ready
        case.apply(bpmn.TaskCompleted(opened[index].token, {"answer": index, "seen": True}))
    assert case.ready == ["z"]
    assert case.state.variables == {"units": ["X", "Y", "Z"], "answers": [0, 1, 2], "seen": True}


def test_sequential_instances_come_one_after_another():
    case = Case("start s\nuser a many=sequential:n\nend e\ns -> a -> e", n=3)
    for index in range(3):
        assert [task.instance for task in case.of(bpmn.TaskOpened)] == [index]
        assert case.ready == ["a"]
        case.done("a")
    assert not case.state.running


def test_completion_condition_withdraws_the_rest():
    case = Case(
        "start s\nuser a many=parallel|nrOfCompletedInstances>=2:3\nuser z\nend e\ns -> a -> z -> e"
    )
    case.done("a")
    assert case.ready == ["a", "a"]
    case.done("a")
    assert case.ready == ["z"]
    assert len(case.of(bpmn.TaskWithdrawn)) == 1


def test_no_instances_at_all():
    case = Case(
        "start s\nuser a many=parallel:units/unit\nuser z\nend e\ns -> a -> z -> e", units=[]
    )
    assert case.ready == ["z"]


def test_instances_of_a_sub_process_see_their_own_item():
    case = Case(
        """
        start s
        sub p many=parallel:units/unit/results/result {
          start ps
          xor g default=g-b
          user a
          user b
          end pe
          ps -> g
          g -> a : unit.big
          g -> b
          a -> pe
          b -> pe
        }
        boundary x on=p error=lost
        user z
        user repair
        end e
        s -> p -> z -> e
        x -> repair -> e
        """,
        units=[{"big": True}, {"big": False}],
    )
    assert case.ready == ["a", "b"]
    assert [entered.instance for entered in case.of(bpmn.ScopeEntered)] == [0, 1]
    case.done("b", result="B")
    case.done("a", result="A")
    assert case.ready == ["z"]
    assert case.state.variables["results"] == ["A", "B"]
    assert "result" not in case.state.variables


def test_an_error_in_one_instance_ends_them_all():
    case = Case(
        "start s\nuser a many=parallel:3\nboundary x on=a error=lost\n"
        "user r\nend e\ns -> a -> e\nx -> r -> e"
    )
    case.fail("a", "lost")
    assert case.ready == ["r"]
    assert len(case.of(bpmn.TaskWithdrawn)) == 3


def test_a_timer_on_parallel_instances_is_armed_once():
    case = Case(
        "start s\nuser a many=parallel:3\nboundary t on=a timer=PT1H\n"
        "end e\nend e2\ns -> a -> e\nt -> e2"
    )
    assert len(case.of(bpmn.TimerArmed)) == 1
    assert not case.fire("t").state.running
    assert len(case.of(bpmn.TaskWithdrawn)) == 3


def test_too_many_instances_are_refused():
    with pytest.raises(errors.TooManyInstancesError):
        Case("start s\nuser a many=parallel:n\nend e\ns -> a -> e", n=1001)


def test_loop_through_an_exclusive_gateway():
    text = (
        "start s\nxor m\nuser a\nxor g default=g-e\nend e\ns -> m -> a -> g\ng -> m : again\ng -> e"
    )
    case = Case(text)
    for _ in range(5):
        assert case.done("a", again=True).ready == ["a"]
    assert not case.done("a", again=False).state.running


def test_a_loop_without_a_task_is_stopped():
    with pytest.raises(errors.EndlessLoopError):
        Case(
            "start s\nxor m\nxor g default=g-e\nend e\ns -> m -> g\ng -> m : again\ng -> e",
            again=True,
        )


def test_a_join_that_never_gets_its_token_is_reported():
    case = Case(
        "start s\nxor g default=g-b\nuser a\nuser b\n"
        "and j\nend e\ns -> g\ng -> a : x\ng -> b\na -> j\nb -> j -> e",
        x=True,
    )
    case.done("a")
    assert case.effects == (bpmn.Stalled(("j",)),)
    assert case.state.running


def test_unsafe_models_lose_no_token():
    """Two tokens on one branch: a parallel join keeps the second for the next round."""
    case = Case("""
        start s
        and f
        user a
        user b
        user c
        xor m
        and j
        user z
        end e
        s -> f -> a -> m -> j -> z -> e
        f -> b -> m
        f -> c -> j
    """)
    case.done("a", "b")
    assert [token.phase for token in case.state.tokens].count("join") == 2
    assert case.done("c").ready == ["z"]
