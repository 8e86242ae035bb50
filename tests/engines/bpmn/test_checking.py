"""What is refused is refused by name, with a reason; what looks wrong is hinted at."""

from pathlib import Path

import pytest
from tests.engines.bpmn.build import HEAD, model

from heli.engines import bpmn
from heli.engines.bpmn import errors

PROCEDURES = Path(bpmn.__file__).parents[2] / "cases" / "procedures"


def check(text):
    return bpmn.check(bpmn.read(model(text)))


def found(findings):
    return {(item.code, item.id) for item in findings}


REFUSED = [
    ("scriptTask x", "script_task"),
    ("businessRuleTask x", "business_rule_task"),
    ("callActivity x", "call_activity"),
    ("complexGateway x", "complex_gateway"),
    ("transaction x {\nstart ps\n}", "transaction"),
    ("adHocSubProcess x {\nuser pa\n}", "ad_hoc_sub_process"),
    ("user x isForCompensation=true", "compensation"),
    ("user x startQuantity=2", "start_quantity"),
    ("user x completionQuantity=2", "completion_quantity"),
    ("user x default=nothing", "default"),
    ("catch x", "no_trigger"),
    ("catch x timer=soon", "timer_duration"),
    ("catch x date=tomorrow", "timer_date"),
    ("catch x timer=${1+}", "timer_expression"),
    ("throw x terminate=1", "terminate_intermediate_throw_event"),
    ("catch x error=any", "error_intermediate_catch_event"),
    ("sub x {\nuser inside\n}", "no_start"),
    ("user x many=parallel:1+1", "multi_instance_expression"),
    ("catch x timer=PT1H message=m", "multiple_event"),
]


@pytest.mark.parametrize(("line", "code"), REFUSED, ids=[code for _, code in REFUSED])
def test_refused_by_name(line, code):
    text = f"start s\n{line}\nend e\ns -> x -> e"
    report = check(text)
    assert not report.executable
    assert (code, "x") in found(report.refused)
    assert "x" not in {item.id for item in report.understood}
    finding = report.refused[0]
    assert finding.line > 0
    assert finding.reason.endswith((".", "}"))
    with pytest.raises(errors.RefusedElementsError, match="“x”") as caught:
        bpmn.compile(bpmn.read(model(text)))
    assert caught.value.refusals == report.refused


RAW = [
    ('<startEvent id="x"><messageEventDefinition/></startEvent>', "message_start_event"),
    ('<startEvent id="x"><timerEventDefinition/></startEvent>', "timer_start_event"),
    ('<endEvent id="x"><signalEventDefinition/></endEvent>', "signal_end_event"),
    ('<endEvent id="x"><escalationEventDefinition/></endEvent>', "escalation_end_event"),
    ('<endEvent id="x"><compensateEventDefinition/></endEvent>', "compensate_end_event"),
    ('<endEvent id="x"><cancelEventDefinition/></endEvent>', "cancel_end_event"),
    ('<endEvent id="x"><errorEventDefinition/></endEvent>', "no_error"),
    ('<endEvent id="x"><messageEventDefinition/></endEvent>', "no_message"),
    ('<endEvent id="x"><eventDefinitionRef>y</eventDefinitionRef></endEvent>',
     "shared_event_definition"),
    ('<intermediateCatchEvent id="x"><linkEventDefinition name="l"/></intermediateCatchEvent>',
     "link_intermediate_catch_event"),
    ('<intermediateCatchEvent id="x"><conditionalEventDefinition/></intermediateCatchEvent>',
     "conditional_intermediate_catch_event"),
    ('<intermediateCatchEvent id="x"><timerEventDefinition/></intermediateCatchEvent>',
     "timer_empty"),
    ('<intermediateCatchEvent id="x"><timerEventDefinition><timeCycle>R3/PT1H</timeCycle>'
     "</timerEventDefinition></intermediateCatchEvent>", "timer_cycle"),
    ('<subProcess id="x" triggeredByEvent="true"><startEvent id="y"/></subProcess>',
     "event_sub_process"),
    ('<task id="x"><standardLoopCharacteristics/></task>', "standard_loop"),
    ('<task id="x"><multiInstanceLoopCharacteristics/></task>', "multi_instance_count"),
    ('<receiveTask id="x" instantiate="true"/>', "instantiate"),
    ('<sendTask id="x"/>', "no_message"),
    ('<eventBasedGateway id="x" eventGatewayType="Parallel"/>', "parallel_events"),
]  # fmt: skip


@pytest.mark.parametrize(("xml", "code"), RAW)
def test_refused_by_name_in_xml(xml, code):
    source = f'{HEAD}<process id="p"><startEvent id="s"/>{xml}</process></definitions>'
    assert (code, "x") in found(bpmn.check(bpmn.read(source)).refused)


def test_flows_in_wrong_places_are_refused():
    report = check("start s\nuser a\nend e\ns -> a -> s\na -> e -> a")
    assert {("incoming", "s"), ("outgoing", "e")} <= found(report.refused)


def test_boundary_events_sit_on_activities():
    report = check("start s\nxor g\nboundary b on=g timer=PT1H\nend e\ns -> g -> e\nb -> e")
    assert found(report.refused) == {("attached", "b")}


def test_event_based_gateways_lead_to_events():
    report = check("start s\nrace g\nuser a\nend e\ns -> g -> a -> e")
    assert found(report.refused) == {("race_target", "g")}


def test_a_choice_without_conditions_is_refused():
    report = check("start s\nxor g\nuser a\nuser b\nend e\ns -> g -> a -> e\ng -> b -> e")
    assert found(report.refused) == {("no_condition", "g")}


def test_conditions_outside_the_language_are_refused():
    report = check(
        "start s\nxor g default=g-e\nuser a\nend e\ns -> g\ng -> a : f(x)\ng -> e\na -> e"
    )
    assert found(report.refused) == {("condition", "g-a")}
    assert "f(x)" in report.refused[0].reason


def test_several_starts_are_refused():
    report = check("start s\nstart s2\nend e\ns -> e\ns2 -> e")
    assert found(report.refused) == {("several_starts", "s2")}


def test_no_process_cannot_be_carried_out():
    assert not bpmn.check(bpmn.read(HEAD + "</definitions>")).executable


def test_a_sound_model_gets_no_hint():
    report = check("start s\nuser a\nend e\ns -> a -> e")
    assert report.executable
    assert report.hints == report.refused == ()
    assert [(item.element, item.id) for item in report.understood] == [
        ("startEvent", "s"),
        ("userTask", "a"),
        ("endEvent", "e"),
    ]


def test_hints():
    report = check("""
        start s
        xor g
        user a
        user b
        user lost
        user c
        user d
        and idle
        end e error=bad
        s -> g
        g -> a : x
        g -> b : y
        a -> idle -> e
        c -> d -> c
        b -> c
    """)
    assert report.executable
    assert found(report.hints) == {
        ("no_default", "g"),
        ("unreachable", "lost"),
        ("dead_end", "lost"),
        ("no_way_out", "b"),
        ("no_way_out", "c"),
        ("no_way_out", "d"),
        ("idle_gateway", "idle"),
    }


def test_hints_about_ends_and_defaults():
    report = check("start s\nxor g\nuser a\nuser b\ns -> g -> a\ng -> b : x")
    assert {code for code, _ in found(report.hints)} == {"no_end", "dead_end", "implicit_default"}


def test_an_error_that_leaves_its_sub_process_uncaught_gets_a_hint():
    report = check("""
        start s
        sub p {
          start ps
          end bad error=lost
          ps -> bad
        }
        end e
        s -> p -> e
    """)
    assert ("error_not_caught", "bad") in found(report.hints)


def test_an_error_end_of_the_process_itself_is_how_a_case_is_refused():
    """Nothing could catch it there: the case ends with this error, which is a lawful outcome."""
    report = check("start s\nend e error=refused\ns -> e")
    assert found(report.hints) == set()


@pytest.mark.parametrize("path", sorted(PROCEDURES.glob("*.bpmn")), ids=lambda path: path.stem)
def test_the_shipped_procedures_get_no_hint(path):
    assert bpmn.check(bpmn.read(path.read_bytes())).hints == ()


def test_a_caught_error_gets_no_hint():
    report = check("""
        start s
        sub p {
          start ps
          end bad error=lost
          ps -> bad
        }
        boundary x on=p error=lost
        end e
        end e2
        s -> p -> e
        x -> e2
    """)
    assert "error_not_caught" not in {hint.code for hint in report.hints}
