"""The shipped procedures, publishing, and the drawing of a matter."""

import json
from importlib import resources

import pytest
from tests.cases.conftest import renewal_form

from heli.cases import selectors, services
from heli.cases.errors import BadFormSchemaError, UnassignedNodeError, UnknownServiceError
from heli.cases.models import Procedure
from heli.cases.plans import parse_allowance, plan_of
from heli.cases.services.procedures import SHIPPED
from heli.engines import bpmn
from heli.engines.bpmn.errors import RefusedElementsError
from heli.engines.legaltime import Allowance, Unit
from heli.kernel.permissions import DeniedError
from heli.web import confluence

FOLDER = resources.files("heli.cases") / "procedures"


@pytest.mark.parametrize("key", SHIPPED)
def test_a_shipped_model_is_executable_drawn_and_sourced(key):
    data = (FOLDER / f"{key}.bpmn").read_bytes()
    definitions = bpmn.read(data)
    assert bpmn.read(bpmn.write(definitions)) == definitions
    assert bpmn.check(definitions).executable
    process = definitions.processes[0]
    shapes = {
        element.get("bpmnElement")
        for diagram in definitions.diagrams
        for element in _all(diagram)
        if element.local in ("BPMNShape", "BPMNEdge")
    }
    from heli.engines.bpmn.model import walk

    nodes = list(walk(process.body))
    assert {node.id for node in nodes} <= shapes
    for node in nodes:
        if node.kind in ("userTask", "serviceTask"):
            assert node.extension["department"]
            assert node.extension["nameEn"]
            assert node.documentation, f"{node.id} names no source"
    bodies = [process.body, *(node.body for node in nodes if node.body is not None)]
    for part in [*nodes, *(flow for body in bodies for flow in body.flows)]:
        assert bool(part.name) == bool(part.extension.get("nameEn")), part.id


def _all(element):
    yield element
    for child in element.children:
        yield from _all(child)


@pytest.mark.parametrize("key", SHIPPED)
def test_every_field_and_lookup_is_in_both_languages(key):
    form = json.loads((FOLDER / f"{key}.json").read_text("utf-8"))["form"]
    for section in form["sections"]:
        assert section["zh"]
        assert section["en"]
        for item in section["fields"]:
            assert item["zh"]
            assert item["en"]
            assert bool(item.get("hint_zh")) == bool(item.get("hint_en"))


def test_publishing_the_same_again_changes_nothing(linjiang):
    before = list(Procedure.objects.values_list("pk", flat=True))
    services.ensure_shipped_procedures()
    assert list(Procedure.objects.values_list("pk", flat=True)) == before


def test_a_new_version_leaves_running_matters_on_theirs(matter, task, linjiang):
    old = Procedure.objects.get(key="open-restaurant")
    new = services.publish_procedure(
        old.xml,
        old.form,
        by=linjiang["sysadmin"],
        key=old.key,
        name_zh="开餐馆（新）",
        first_receiver="zwzx",
    )
    assert new.version == 2
    assert Procedure.objects.get(key=old.key, active=True) == new
    fire = task("Task_Fire")
    services.approve(fire.pk, by=fire.assignee)
    matter.refresh_from_db()
    assert matter.procedure_id == old.pk


def published(xml, by=None, form=None):
    form = form or {"title": "", "sections": []}
    return services.publish_procedure(xml, form, by=by, key="x", name_zh="甲")


def one_task(kind="userTask", attributes='heli:department="xfjy"'):
    return f"""<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
     xmlns:heli="urn:heli:bpmn:1" id="D" targetNamespace="x">
     <bpmn:process id="P" isExecutable="true" heli:department="zwzx">
      <bpmn:startEvent id="s"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
      <bpmn:{kind} id="t" name="甲" {attributes}>
       <bpmn:incoming>a</bpmn:incoming><bpmn:outgoing>b</bpmn:outgoing></bpmn:{kind}>
      <bpmn:endEvent id="e"><bpmn:incoming>b</bpmn:incoming></bpmn:endEvent>
      <bpmn:sequenceFlow id="a" sourceRef="s" targetRef="t"/>
      <bpmn:sequenceFlow id="b" sourceRef="t" targetRef="e"/>
     </bpmn:process></bpmn:definitions>"""


def test_publishing_is_examined(linjiang):
    with pytest.raises(RefusedElementsError, match="scriptTask"):
        published(one_task("scriptTask"))
    with pytest.raises(UnassignedNodeError):
        published(one_task(attributes='heli:department="nowhere"'))
    with pytest.raises(UnknownServiceError) as caught:
        published(one_task("serviceTask", 'heli:department="xfjy" heli:service="fly"'))
    assert "cases.prepare_data" in caught.value.advice()
    with pytest.raises(RefusedElementsError, match="userTask “甲”"):
        published(one_task(attributes='heli:department="xfjy" heli:allowance="soon"'))
    with pytest.raises(RefusedElementsError, match="userTask “甲”"):
        published(one_task(attributes='heli:department="xfjy" heli:allowance="WD99999"'))
    with pytest.raises(RefusedElementsError, match="boundaryEvent “late”"):
        published(
            one_task().replace(
                "<bpmn:endEvent",
                """<bpmn:boundaryEvent id="late" attachedToRef="t"><bpmn:timerEventDefinition>
                <bpmn:timeDate>2026-02-30T25:61Z</bpmn:timeDate></bpmn:timerEventDefinition>
                </bpmn:boundaryEvent><bpmn:endEvent""",
            )
        )
    with pytest.raises(BadFormSchemaError):
        published(one_task(), form={"title": "", "sections": [], "surprise": 1})
    with pytest.raises(DeniedError):
        published(one_task(), by=linjiang["xfjy02"])
    assert not Procedure.objects.filter(key="x").exists()


@pytest.mark.parametrize(
    ("text", "allowance"),
    [
        ("WD5", Allowance(5, Unit.WORKING_DAYS)),
        ("WH16", Allowance(16, Unit.WORKING_HOURS)),
        ("H48", Allowance(48, Unit.NATURAL_HOURS)),
        ("P30D", Allowance(30, Unit.NATURAL_DAYS)),
        ("PT48H", Allowance(48, Unit.NATURAL_HOURS)),
        ("", None),
    ],
)
def test_allowances_are_read(text, allowance):
    assert parse_allowance(text) == allowance


# -- the drawing ----------------------------------------------------------------------------------


def leaves(block):
    if isinstance(block, confluence.Leaf):
        return [block]
    return [leaf for child in block.blocks for leaf in leaves(child)]


def test_the_drawing_shows_lanes_side_by_side_and_their_state(matter, work, applicant):
    work("Task_Fire")
    tree = selectors.matter_page(matter.code, applicant).tree
    assert isinstance(tree, confluence.Sequence)
    lanes, issue = tree.blocks
    assert isinstance(lanes, confluence.Parallel)
    states = {leaf.label: leaf.state for leaf in leaves(lanes)}
    assert sorted(states.values()) == ["done", "on_time", "on_time", "on_time"]
    assert issue.state == "waiting"


def test_a_refusal_is_drawn_once_it_happened(matter, task, applicant):
    before = leaves(selectors.matter_page(matter.code, applicant).tree)
    fire = task("Task_Fire")
    services.refuse(fire.pk, by=fire.assignee, ground="消防法第十五条")
    after = leaves(selectors.matter_page(matter.code, applicant).tree)
    assert len(after) == len(before) + 1


def test_only_the_way_taken_is_drawn(now, linjiang, ambassador):
    matter = services.start_matter(
        "urban-renewal", renewal_form(eia_class="form"), by=ambassador, on_behalf={}
    ).matter
    labels = {leaf.label for leaf in leaves(selectors.matter_page(matter.code, ambassador).tree)}
    plan = plan_of(matter.procedure_id)
    assert plan.nodes["Task_EiaForm"].name in labels
    assert plan.nodes["Task_EiaReport"].name not in labels


def test_side_by_side_is_shorter_than_one_after_another(matter, applicant):
    page = selectors.matter_page(matter.code, applicant)
    assert page.serial_days > 2 * page.parallel_days > 0
    assert page.expected_at
