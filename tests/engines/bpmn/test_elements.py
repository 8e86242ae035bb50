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
