"""Errors, terminate ends and what else leaves a scope before its end."""

import pytest
from tests.engines.bpmn.play import Case

from heli.engines import bpmn
from heli.engines.bpmn import errors

ERRORS = """
    start s
    sub p {
      start ps
      and f
      user a
      user b
      sub q {
        start qs
        user c
        xor g default=g-qe
        end qe
        end bad error=broken
        qs -> c -> g
        g -> qe
        g -> bad : bad
      }
      and j
      end pe
      ps -> f -> a -> j -> pe
      f -> b -> j
      f -> q -> j
    }
    boundary x on=p error=broken
    boundary y on=p error=any
    user repair
    user other
    end e
    s -> p -> e
    x -> repair -> e
    y -> other -> e
"""


def test_an_error_end_ends_the_sub_processes_around_it():
    case = Case(ERRORS)
    assert case.ready == ["a", "b", "c"]
    case.done("c", bad=True)
    assert case.ready == ["repair"]
    assert [effect.node for effect in case.of(bpmn.TaskWithdrawn)] == ["a", "b"]
    assert [(left.node, left.withdrawn) for left in case.of(bpmn.ScopeLeft)] == [
        ("q", True),
        ("p", True),
    ]
    assert case.of(bpmn.ErrorThrown) == [bpmn.ErrorThrown("bad", "broken")]
    assert [caught.node for caught in case.of(bpmn.ErrorCaught)] == ["x"]
    assert case.state.scopes == ()


def test_an_error_raised_on_a_task_goes_outwards_to_the_nearest_that_catches_it():
    case = Case(ERRORS)
    case.fail("c", "lost")
    assert case.ready == ["other"]


def test_an_error_nobody_catches_is_refused_and_changes_nothing():
    case = Case("start s\nuser a\nend e\ns -> a -> e")
    with pytest.raises(errors.ErrorNotCaughtError):
        case.fail("a", "lost")
    assert case.ready == ["a"]


def test_an_error_end_nobody_catches_fails_the_case():
    case = Case(
        "start s\nand f\nuser a\nuser b\nend e error=lost\nend e2\ns -> f -> a -> e\nf -> b -> e2"
    )
    case.done("a")
    assert case.effects[-1] == bpmn.Completed("failed", "lost")
    assert case.state.tokens == ()
    assert [effect.node for effect in case.of(bpmn.TaskWithdrawn)] == ["b"]


def test_terminate_ends_its_scope_only():
    text = """
        start s
        sub p {
          start ps
          and f
          user a
          user b
          end stop terminate=1
          end pe
          ps -> f -> a -> stop
          f -> b -> pe
        }
        user z
        end e
        s -> p -> z -> e
    """
    case = Case(text).done("a")
    assert case.ready == ["z"]
    assert [effect.node for effect in case.of(bpmn.TaskWithdrawn)] == ["b"]
    case = Case(text).done("b")
    assert case.ready == ["a"]


def test_terminate_in_the_process_ends_the_case():
    case = Case(
        "start s\nand f\nuser a\nuser b\nend e terminate=1\nend e2\ns -> f -> a -> e\nf -> b -> e2"
    )
    assert case.done("a").effects[-1] == bpmn.Completed("terminated")


def test_timer_on_a_sub_process_withdraws_everything_inside():
    case = Case("""
        start s
        sub p {
          start ps
          user a
          boundary ta on=a timer=PT1H
          end pe
          end pe2
          ps -> a -> pe
          ta -> pe2
        }
        boundary t on=p timer=P5D
        user late
        end e
        s -> p -> e
        t -> late -> e
    """)
    case.fire("t")
    assert case.ready == ["late"]
    assert [effect.node for effect in case.of(bpmn.TimerDisarmed)] == ["ta"]
    assert len(case.state.tokens) == 1
