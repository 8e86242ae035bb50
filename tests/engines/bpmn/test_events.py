"""Timers, messages and the gateway that waits for the first of them."""

import pytest
from tests.engines.bpmn.play import Case

from heli.engines import bpmn
from heli.engines.bpmn import errors

TIMERS = """
    start s
    user a
    boundary warn on=a timer=P3D cancelActivity=false
    boundary due on=a timer=${limit}
    user remind
    user takeover
    end e
    end e2
    end e3
    s -> a -> e
    warn -> remind -> e2
    due -> takeover -> e3
"""


def test_timer_boundary_events():
    case = Case(TIMERS, limit="WD5")
    token = case.token("a")
    assert case.of(bpmn.TimerArmed) == [
        bpmn.TimerArmed(2, "warn", "duration", "P3D", False, token),
        bpmn.TimerArmed(3, "due", "duration", "WD5", True, token),
    ]
    assert case.fire("warn").ready == ["a", "remind"]
    case.fire("due")
    assert case.of(bpmn.TaskWithdrawn) == [bpmn.TaskWithdrawn(token, "a")]
    assert case.of(bpmn.TimerDisarmed) == []
    assert case.ready == ["remind", "takeover"]
    case.done("remind", "takeover")
    assert case.effects[-1] == bpmn.Completed("ended")


@pytest.mark.parametrize("limit", ["soon", "PT", "WD0", "2026-01-01T00:00:00Z"])
def test_a_timer_with_a_senseless_duration_is_refused(limit):
    with pytest.raises(errors.NotTimerTextError):
        Case(TIMERS, limit=limit)


def test_completing_in_time_disarms_the_timers():
    case = Case(TIMERS, limit="H48")
    case.done("a")
    assert {effect.node for effect in case.of(bpmn.TimerDisarmed)} == {"warn", "due"}
    assert not case.state.running
    with pytest.raises(errors.TokenNotWaitingError):
        case.apply(bpmn.TimerFired(2))


def test_intermediate_timers_and_dates():
    case = Case(
        "start s\ncatch t timer=PT2H\ncatch d date=2026-02-13T10:00:00+08:00\n"
        "end e\ns -> t -> d -> e"
    )
    assert case.of(bpmn.TimerArmed) == [bpmn.TimerArmed(1, "t", "duration", "PT2H", True, None)]
    case.fire("t")
    assert case.of(bpmn.TimerArmed)[0].kind == "date"
    assert not case.fire("d").state.running


def test_a_timer_does_not_complete_a_task():
    case = Case("start s\nuser a\nend e\ns -> a -> e")
    with pytest.raises(errors.TokenNotWaitingError):
        case.fire("a")


def test_messages_from_outside():
    case = Case("start s\ncatch c message=reply\nuser a\nend e\ns -> c -> a -> e")
    with pytest.raises(errors.MessageNotAwaitedError):
        case.message("other")
    case.message("reply", answer=42)
    assert case.state.variables == {"answer": 42}
    assert case.of(bpmn.MessageCaught) == [bpmn.MessageCaught(1, "c", "reply")]
    assert case.ready == ["a"]


def test_message_boundary_events_stay_armed_unless_they_interrupt():
    case = Case("""
        start s
        user a
        boundary note on=a message=note cancelActivity=false
        boundary stop on=a message=stop
        user read
        end e
        end e2
        end e3
        s -> a -> e
        note -> read -> e2
        stop -> e3
    """)
    assert case.message("note").message("note").ready == ["a", "read", "read"]
    assert case.message("stop").ready == ["read", "read"]
    with pytest.raises(errors.MessageNotAwaitedError):
        case.message("note")


BRANCHES = """
    start s
    and f
    user a
    throw t message=ready
    user b
    catch c message=ready
    user d
    and j
    end e
    s -> f -> a -> t -> j -> e
    f -> b -> c -> d -> j
"""


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_a_message_between_branches_is_kept_until_it_is_caught(order):
    case = Case(BRANCHES)
    case.done(*order)
    assert case.ready == ["d"]
    thrown = [effect for effect in case.trail if isinstance(effect, bpmn.MessageThrown)]
    assert thrown == [bpmn.MessageThrown("t", "ready", True)]
    assert case.state.mail == ()
    assert not case.done("d").state.running


def test_send_and_receive_tasks_and_message_end():
    case = Case(
        "start s\nsend a message=out\nreceive b message=in\nend e message=bye\ns -> a -> b -> e"
    )
    assert case.of(bpmn.MessageThrown) == [bpmn.MessageThrown("a", "out", False)]
    case.message("in")
    assert case.effects[-2:] == (bpmn.MessageThrown("e", "bye", False), bpmn.Completed("ended"))


def test_event_based_gateway_takes_the_first_event():
    case = Case("""
        start s
        race g
        catch m message=reply
        catch t timer=P7D
        user a
        user b
        end e
        s -> g -> m -> a -> e
        g -> t -> b -> e
    """)
    assert case.message("reply").ready == ["a"]
    assert [effect.node for effect in case.of(bpmn.TimerDisarmed)] == ["t"]
    assert len(case.state.tokens) == 1
