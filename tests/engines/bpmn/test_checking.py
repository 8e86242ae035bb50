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
    ("catch x timer=P99999999999Y", "timer_duration"),
    ("catch x timer=P３D", "timer_duration"),
    ("catch x timer=WD99999", "timer_duration"),
    ("catch x timer=${'P11Y'}", "timer_duration"),
    ("catch x date=tomorrow", "timer_date"),
    ("catch x date=2026-02-30T12:00Z", "timer_date"),
    ("catch x date=2026-02-28T25:61Z", "timer_date"),
    ("catch x date=${3}", "timer_date"),
    ("user x heli:allowance=WD99999", "allowance"),
    ("user x heli:allowance=soon", "allowance"),
    ("sub x heli:allowance=PT1.5H {\nstart ps\n}", "allowance"),
    ("user x isForCompensation=1", "compensation"),
    ("user x isForCompensation=yes", "boolean"),
    ("user x isForCompensation=TRUE", "boolean"),
    ("sub x triggeredByEvent=1 {\nstart ps\n}", "event_sub_process"),
    ("receive x message=m instantiate=1", "instantiate"),
    ("race x instantiate=1", "instantiate"),
    ("catch x timer=PT1H parallelMultiple=2", "boolean"),
    ("catch x timer=${1+}", "timer_expression"),
    ("throw x terminate=1", "terminate_intermediate_throw_event"),
    ("catch x error=any", "error_intermediate_catch_event"),
    ("sub x {\nuser inside\n}", "no_start"),
    ("fooTask x", "unknown_element"),
    ("globalTask x", "unknown_element"),
    ("and x default=x-e", "default_place"),
    ("throw x message=m default=x-e", "default_place"),
    ("race x eventGatewayType=parallel", "parallel_events"),
    ("user x many=parallel:-1", "multi_instance_value"),
    ("user x many=parallel:true", "multi_instance_value"),
    ("user x many=parallel:1001", "multi_instance_value"),
    ("user x many=parallel:7/item", "multi_instance_value"),
    ("user x many=parallel|3:2", "multi_instance_value"),
    ("user x many=parallel:1+1", "multi_instance_expression"),
    ("catch x timer=PT1H message=m", "multiple_event"),
]


@pytest.mark.parametrize(("line", "code"), REFUSED, ids=[line for line, _ in REFUSED])
def test_refused_by_name(line, code):
    text = f"start s\n{line}\nend e\n" + ("" if code == "unknown_element" else "s -> x -> e")
    report = check(text)
    assert not report.executable
    assert (code, "x") in found(report.refused)
    assert "x" not in {item.id for item in report.understood}
    for finding in report.refused:
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
    ('<eventBasedGateway id="x"/>', "race_empty"),
    ('<task id="t"/><boundaryEvent id="x" attachedToRef="t" cancelActivity="0">'
     '<errorEventDefinition/></boundaryEvent>', "error_not_interrupting"),
    ('<task id="x"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>'
     "<loopDataInputRef>list</loopDataInputRef></multiInstanceLoopCharacteristics></task>",
     "multi_instance_both"),
    ('<task id="x"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>'
     '<inputDataItem id="i"/></multiInstanceLoopCharacteristics></task>', "multi_instance_item"),
    ('<task id="x"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>'
     "<loopDataOutputRef>l</loopDataOutputRef></multiInstanceLoopCharacteristics></task>",
     "multi_instance_output"),
    ('<task id="x"><multiInstanceLoopCharacteristics><loopCardinality language="urn:q">2'
     "</loopCardinality></multiInstanceLoopCharacteristics></task>", "expression_language"),
    ('<intermediateCatchEvent id="x"><timerEventDefinition><timeDuration language="urn:q">${a}'
     "</timeDuration></timerEventDefinition></intermediateCatchEvent>", "expression_language"),
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


def test_a_message_that_nothing_waits_for_gets_a_hint():
    report = check("""
        start s
        send t message=paid
        throw x message=heard
        receive r message=heard
        end e message=paid
        s -> t -> x -> r -> e
    """)
    assert report.executable
    assert found(report.hints) == {("message_unheard", "t"), ("message_unheard", "e")}
    assert "“paid”" in report.hints[0].reason


@pytest.mark.parametrize("spaced", ["{}", " {} ", "\n\t{}\r"])
@pytest.mark.parametrize(("true", "false"), [("true", "false"), ("1", "0")])
def test_every_way_to_write_true_and_false(true, false, spaced):
    true, false = spaced.format(true), spaced.format(false)
    text = model(
        "start s\nuser a many=sequential:3\nboundary b on=a timer=PT1H cancelActivity=%N"
        "\nend e\ns -> a -> e\nb -> e"
    )
    quoted = {"\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}
    true, false = ("".join(quoted.get(char, char) for char in word) for word in (true, false))
    text = text.replace("%N", false).replace('isSequential="true"', f'isSequential="{true}"')
    text = text.replace('isExecutable="true"', f'isExecutable="{true}"')
    definitions = bpmn.read(text)
    assert bpmn.check(definitions).hints == ()
    procedure = bpmn.compile(definitions)
    assert procedure.nodes["a"].many.sequential
    assert not procedure.nodes["b"].interrupting
    assert bpmn.read(bpmn.write(definitions)) == definitions


def test_a_process_with_an_unreadable_boolean_or_allowance_is_refused_by_name():
    text = model("start s\nend e\ns -> e")
    text = text.replace('isExecutable="true"', 'isExecutable="on" heli:allowance="WD0"')
    report = bpmn.check(bpmn.read(text))
    assert found(report.refused) == {("boolean", "process"), ("allowance", "process")}
    assert "“on”" in report.refused[0].reason


SECOND = [
    ('<userTask id="t"><fooLoop id="x"/></userTask>', "fooLoop"),
    ('<userTask id="t"><startEvent id="x"/></userTask>', "startEvent"),
    ('<subProcess id="t"><startEvent id="ps"/><fooTask id="x"/></subProcess>', "fooTask"),
    ('<task id="t"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>'
     '</multiInstanceLoopCharacteristics><standardLoopCharacteristics id="x"/></task>',
     "standardLoopCharacteristics"),
    ('<task id="t"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>'
     '<loopCardinality id="x">3</loopCardinality></multiInstanceLoopCharacteristics></task>',
     "loopCardinality"),
    ('<intermediateCatchEvent id="t"><timerEventDefinition><timeDuration>P1D</timeDuration>'
     '<timeDate id="x">2026-01-01T00:00Z</timeDate></timerEventDefinition>'
     "</intermediateCatchEvent>", "timeDate"),
    ('<task id="t"/><task id="u"/><sequenceFlow id="f" sourceRef="t" targetRef="u">'
     "<conditionExpression>a</conditionExpression>"
     '<conditionExpression id="x">b</conditionExpression></sequenceFlow>', "conditionExpression"),
]  # fmt: skip


@pytest.mark.parametrize(("xml", "element"), SECOND, ids=[name for _, name in SECOND])
def test_what_bpmn_does_not_know_there_is_refused_and_kept(xml, element):
    source = f'{HEAD}<process id="p"><startEvent id="s"/>{xml}</process></definitions>'
    definitions = bpmn.read(source)
    [finding] = [f for f in bpmn.check(definitions).refused if f.code == "unknown_element"]
    assert (finding.element, finding.id) == (element, "x")
    assert bpmn.read(bpmn.write(definitions)) == definitions


def flow(attributes="", inside="", before='<userTask id="a"/>', source="a"):
    text = (
        f'{HEAD}<process id="p" isExecutable="true"><startEvent id="s"/>{before}<endEvent id="e"/>'
        f'<sequenceFlow id="s-a" sourceRef="s" targetRef="a"/><sequenceFlow id="x" '
        f'sourceRef="{source}" targetRef="e"{attributes}>{inside}</sequenceFlow></process>'
        "</definitions>"
    )
    return bpmn.check(bpmn.read(text))


CONDITION = "<conditionExpression{}>{}</conditionExpression>"


@pytest.mark.parametrize(
    ("element", "refused"),
    [
        ("parallelGateway", True),
        ("eventBasedGateway", True),
        ("intermediateThrowEvent", True),
        ("exclusiveGateway", False),
        ("userTask", False),
    ],
)
def test_conditions_stand_only_where_something_is_chosen(element, refused):
    report = flow(inside=CONDITION.format("", "y"), before=f'<{element} id="a"/>')
    assert (("condition_place", "x") in found(report.refused)) is refused


@pytest.mark.parametrize("text", ["1", "'yes'", "[1]", "null"])
def test_a_condition_that_is_never_true_nor_false_is_refused(text):
    assert found(flow(inside=CONDITION.format("", text)).refused) == {("condition", "x")}
    assert flow(inside=CONDITION.format("", "1 &lt; 2")).executable


def test_conditions_in_other_languages_are_refused():
    report = flow(inside=CONDITION.format(' language="http://www.w3.org/1999/XPath"', "a"))
    assert found(report.refused) == {("expression_language", "x")}
    assert "XPath" in report.refused[0].reason
    assert flow(inside=CONDITION.format(' language="urn:heli:bpmn:1"', "a")).executable


def test_flows_on_which_something_may_happen_are_refused():
    assert found(flow(' isImmediate="0"').refused) == {("not_immediate", "x")}
    assert flow(' isImmediate="1"').executable


def test_an_extension_that_must_be_understood_is_refused():
    text = model("start s\nend e\ns -> e").replace(
        "<process", '<extension mustUnderstand="1" definition="x:y"/><process', 1
    )
    report = bpmn.check(bpmn.read(text))
    assert found(report.refused) == {("must_understand", "process")}
    assert bpmn.check(bpmn.read(text.replace('"1"', '"0"'))).executable


def test_hints_about_what_has_no_effect():
    text = model("""
        start s
        xor g default=g-a gatewayDirection=Diverging
        user a
        xor j gatewayDirection=Diverging
        user b
        end e
        s -> g
        g -> a : x
        g -> b : y
        a -> j -> e
        b -> j
    """).replace(' id="definitions"', ' id="definitions" expressionLanguage="urn:q"')
    report = bpmn.check(bpmn.read(text))
    assert report.executable
    assert found(report.hints) == {
        ("default_condition", "g"),
        ("gateway_direction", "j"),
        ("file_language", "process"),
    }
