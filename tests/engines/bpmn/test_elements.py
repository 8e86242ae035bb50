"""Every element the engine carries out, one by one."""

import pytest
from tests.engines.bpmn.play import Case

from heli.engines import bpmn
from heli.engines.bpmn import errors


def test_sequence_with_every_kind_of_task():
    case = Case("""
        start s
        user a
        service b
        manual c
        task d
        end e
        s -> a -> b -> c -> d -> e
    """)
    kinds = []
    while case.state.running:
        kinds.append(case.of(bpmn.TaskOpened)[0].kind)
        case.done(*case.ready)
    assert kinds == ["user", "service", "manual", "manual"]
    assert case.effects == (bpmn.Completed("ended"),)
    assert case.state.tokens == ()


def test_completing_twice_is_refused_and_changes_nothing():
    case = Case("start s\nuser a\nuser b\nend e\ns -> a -> b -> e")
    token = case.token("a")
    case.done("a")
    with pytest.raises(errors.TokenNotWaitingError):
        case.apply(bpmn.TaskCompleted(token))
    assert case.ready == ["b"]


def test_a_finished_case_takes_no_event():
    case = Case("start s\nuser a\nend e\ns -> a -> e").done("a")
    with pytest.raises(errors.TokenNotWaitingError):
        case.apply(bpmn.TaskCompleted(1))
