"""Blocks and lengths of hand-drawn procedures."""

from tests.engines.bpmn.build import model

from heli.engines import bpmn


def procedure(text):
    return bpmn.compile(bpmn.read(model(text)))


def shape(block):
    if block.kind in ("task", "event"):
        return block.node
    return (block.kind, *(shape(child) for child in block.children))


RENEWAL = procedure("""
    start s
    user accept
    and f
    user land
    user environment
    xor ok default=ok-no
    user plan
    end no terminate=1
    and j
    user permit
    boundary due on=permit timer=WD5
    user chase
    end e
    s -> accept -> f -> land -> j
    f -> environment -> ok
    ok -> plan : fine
    ok -> no
    plan -> j -> permit -> e
    due -> chase -> e
""")


def test_parallel_branches_with_a_way_to_break_off():
    tree = bpmn.structure(RENEWAL)
    assert shape(tree) == (
        "sequence",
        "accept",
        (
            "parallel",
            ("sequence", "land"),
            (
                "sequence",
                "environment",
                ("exclusive", ("sequence", "plan"), ("sequence", "no")),
            ),
        ),
        "permit",
        "e",
    )
    parallel, permit = tree.children[1], tree.children[2]
    assert (parallel.node, parallel.join) == ("f", "j")
    assert [branch.flow for branch in parallel.children] == ["f-land", "f-environment"]
    assert [shape(handler) for handler in permit.handlers] == [("handler", ("sequence", "chase"))]


def test_side_by_side_against_one_after_another():
    durations = {"accept": 1, "land": 5, "environment": 3, "plan": 4, "permit": 1, "chase": 9}
    path = bpmn.critical_path(RENEWAL, durations)
    assert (path.parallel, path.serial) == (9, 14)
    assert path.path == ("accept", "environment", "plan", "permit")
    assert bpmn.critical_path(RENEWAL, {}) == bpmn.CriticalPath(0, 0, ())


def test_what_has_no_block_structure_is_a_tangle():
    tangled = procedure("""
        start s
        and f
        user a
        user b
        user c
        user d
        and j
        and k
        and m
        end e
        s -> f -> a -> j -> c -> m -> e
        f -> b -> k -> d -> m
        a -> k
        b -> j
    """)
    tree = bpmn.structure(tangled)
    assert tree.children[0].kind == "tangle"
    assert {shape(child) for child in tree.children[0].children} == {"a", "b", "c", "d", "e"}
    path = bpmn.critical_path(tangled, dict.fromkeys("abcd", 1))
    assert (path.parallel, path.serial) == (4, 4)


def test_returning_to_an_earlier_task_is_a_loop():
    tree = bpmn.structure(
        procedure("""
            start s
            user form
            user review
            xor g default=g-e
            user correct
            end e
            s -> form -> review -> g
            g -> correct : wrong
            g -> e
            correct -> form
        """)
    )
    assert shape(tree) == (
        "sequence",
        ("loop", ("sequence", "form", "review"), ("sequence", "correct")),
        "e",
    )


def test_instances_and_sub_processes_are_marked():
    tree = bpmn.structure(
        procedure("""
            start s
            sub p many=parallel:units/unit {
              start ps
              user a many=sequential:3
              end pe
              ps -> a -> pe
            }
            end e
            s -> p -> e
        """)
    )
    scope = tree.children[0]
    assert (scope.kind, scope.many) == ("scope", "parallel")
    assert scope.children[0].children[0].many == "sequential"
