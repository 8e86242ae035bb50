"""The drawing of any procedure that can be carried out, with or without tasks to do in it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cases.conftest import MONDAY
from tests.engines.bpmn import blocks
from tests.engines.bpmn.build import model

from heli.cases import selectors, services
from heli.cases.models import Procedure
from heli.cases.plans import make_plan
from heli.cases.selectors import drawing
from heli.cases.selectors.shapes import TaskState
from heli.web import confluence

EMPTY = {"title": "", "sections": []}
ANY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def plan_for(text):
    return make_plan(
        Procedure(key="x", name_zh="甲", first_receiver_id="zwzx", xml=text, form=EMPTY)
    )


def begun(node, closed):
    at = MONDAY if closed else None
    return TaskState(node, node, None, "done", "", None, node, MONDAY, at)


def labels(tree):
    return [leaf.label for leaf in confluence.leaves(tree)]


@settings(max_examples=120, deadline=None, suppress_health_check=ANY)
@given(block=blocks.blocks(messages=True), data=st.data())
def test_every_procedure_is_drawn_with_each_task_at_most_once(linjiang, block, data):
    plan = plan_for(model(blocks.source(block)))
    parts = list(blocks._walk(block))
    main = {f"t{item[1]}" for item in parts if item[0] in ("task", "watch")}
    main |= {f"tl{item[1]}" for item in parts if item[0] == "loop"}
    assert sorted(labels(drawing.tree(plan, [], ended=False))) == sorted(main)
    some = data.draw(st.sets(st.sampled_from(sorted(plan.nodes))))
    tasks = [begun(node, data.draw(st.booleans())) for node in sorted(some)]
    drawn = labels(drawing.tree(plan, tasks, data.draw(st.booleans())))
    assert len(drawn) == len(set(drawn))
    assert some <= set(drawn) <= main | some


WAITS = model("""
    start s
    user a heli:department=xfjy
    receive w message=paid
    boundary late on=w timer=WD2
    user chase heli:department=xfjy
    end e
    s -> a -> w -> e
    late -> chase -> e
""")


def test_a_boundary_event_of_a_receive_task_is_drawn_once_it_happened(linjiang):
    plan = plan_for(WAITS)
    assert labels(drawing.tree(plan, [begun("a", True)], ended=False)) == ["a"]
    after = drawing.tree(plan, [begun("a", True), begun("chase", False)], ended=False)
    assert labels(after) == ["a", "chase"]


@pytest.mark.parametrize("path", ["/cases/m/{}/", "/api/v1/cases/matters/{}"])
def test_a_matter_that_sends_and_receives_has_its_pages(now, linjiang, applicant, client, path):
    xml = WAITS.replace('<process id="process"', '<process id="process" heli:department="zwzx"')
    services.publish_procedure(xml, EMPTY, by=None, key="waits", name_zh="等待")
    matter = services.start_matter("waits", {}, by=applicant).matter
    client.force_login(applicant)
    assert client.get(path.format(matter.code)).status_code == 200
    assert selectors.matter_page(matter.code, applicant).tasks
