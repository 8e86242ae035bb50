"""Reading and writing: nothing is lost, nothing hostile is read, errors name the line."""

from dataclasses import replace

import pytest
from tests.engines.bpmn.build import HEAD, model

from heli.engines import bpmn
from heli.engines.bpmn import errors
from heli.engines.bpmn import reader as reading
from heli.engines.bpmn.model import Element, walk

RICH = """<?xml version="1.0" encoding="UTF-8"?>
<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"
    xmlns:heli="urn:heli:bpmn:1" targetNamespace="urn:t">
  <!-- a remark -->
  <b:message id="m" name="催办"/>
  <b:collaboration id="c"><b:participant id="pool" name="市" processRef="t:proc"/>
    <b:messageFlow id="mf" sourceRef="pool" targetRef="pool"/></b:collaboration>
  <b:process id="proc" name="开办" heli:nameEn="Opening" isExecutable="true">
    <b:documentation>为什么<i xmlns="http://www.w3.org/1999/xhtml">斜</i>后</b:documentation>
    <b:extensionElements>
    <v:x xmlns:v="urn:vendor" v:a="1"><v:y> 空 </v:y></v:x></b:extensionElements>
    <b:laneSet id="ls"><b:lane id="l1" name="收"><b:flowNodeRef>a</b:flowNodeRef>
      <b:childLaneSet id="cl"><b:lane id="l2" name="窗口"><b:flowNodeRef>s</b:flowNodeRef></b:lane>
      </b:childLaneSet></b:lane></b:laneSet>
    <b:startEvent id="s"/>
    <b:userTask id="a" name="受理" heli:department="SCJG" heli:allowance="WD5"
        xmlns:o="urn:other" o:colour="red"><b:incoming>t:s-a</b:incoming></b:userTask>
    <b:futureTask id="z" name="?"/>
    <b:endEvent id="e"/>
    <b:sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
    <b:sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
    <b:textAnnotation id="note"><b:text>注</b:text></b:textAnnotation>
  </b:process>
  <di:BPMNDiagram id="D"><di:BPMNPlane id="P" bpmnElement="proc"/></di:BPMNDiagram>
</b:definitions>"""


def test_everything_is_kept():
    definitions = bpmn.read(RICH)
    assert bpmn.read(bpmn.write(definitions)) == definitions
    process = definitions.processes[0]
    task = next(node for node in walk(process.body) if node.id == "a")
    assert task.extension == {
        "department": "SCJG",
        "allowance": "WD5",
        "{urn:other}colour": "red",
    }
    assert process.extension == {"nameEn": "Opening"}
    assert process.documentation[0].content() == "为什么斜后"
    assert process.extension_elements[0].children[0].children[0].text == " 空 "
    assert [item.local for item in process.kept] == ["futureTask", "textAnnotation"]
    assert definitions.collaborations[0].participants[0].process == "proc"
    assert definitions.diagrams[0].children[0].get("bpmnElement") == "proc"
    kept = {(item.element, item.namespace) for item in bpmn.check(definitions).kept}
    assert {("futureTask", ""), ("x", "urn:vendor")} <= kept
    with pytest.raises(errors.RefusedElementsError, match="futureTask"):
        bpmn.compile(definitions)
    procedure = bpmn.compile(bpmn.read(RICH.replace('<b:futureTask id="z" name="?"/>', "")))
    assert (procedure.nodes["a"].lane, procedure.nodes["s"].lane) == ("收", "窗口")
    assert procedure.nodes["a"].extension["department"] == "SCJG"


def test_a_changed_model_is_written_changed():
    definitions = bpmn.read(RICH)
    note = Element(tag="{urn:x}note", text="改", namespaces=(("x", "urn:x"),))
    process = replace(definitions.processes[0], kept=(note,))
    changed = replace(definitions, processes=(process,))
    assert bpmn.read(bpmn.write(changed)) == changed != definitions


def test_bytes_in_another_encoding():
    data = RICH.replace("UTF-8", "GB18030").encode("gb18030")
    assert bpmn.read(data) == bpmn.read(RICH)


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><d>&i;</d>"
)


@pytest.mark.parametrize(
    "data",
    [
        LAUGHS,
        LAUGHS.replace('"?>', '" encoding="UTF-16"?>').encode("utf-16"),
        '<!DOCTYPE d SYSTEM "file:///etc/passwd"><d/>',
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>',
    ],
)
def test_document_types_are_refused(data):
    with pytest.raises((errors.DocumentTypeRefusedError, errors.UnreadableModelError)):
        bpmn.read(data)


@pytest.mark.parametrize("data", ["", "not xml", "<a>\n<b>\n</a>", b"\x00\xff\xfe", "<a>&x;</a>"])
def test_broken_xml_is_refused(data):
    with pytest.raises(errors.UnreadableModelError):
        bpmn.read(data)


def test_broken_xml_names_the_line():
    with pytest.raises(errors.UnreadableModelError) as caught:
        bpmn.read(HEAD + "\n<process id='p'>\n</task>")
    assert caught.value.figures["line"] == 3


def test_other_xml_is_refused():
    with pytest.raises(errors.NotBpmnError, match="html"):
        bpmn.read("<html/>")


def test_size_limits(monkeypatch):
    with pytest.raises(errors.ModelTooLargeError):
        bpmn.read(b" " * (reading.MAX_BYTES + 1))
    with pytest.raises(errors.ModelTooLargeError):
        bpmn.read(HEAD + "<a/>" * (reading.MAX_ELEMENTS + 1) + "</definitions>")
    with pytest.raises(errors.UnreadableModelError):
        bpmn.read(HEAD + "<a>" * 5000 + "</a>" * 5000 + "</definitions>")


def test_too_many_nodes_are_not_compiled():
    tasks = "\n".join(f"user t{n}" for n in range(2001))
    with pytest.raises(errors.ModelTooLargeError):
        bpmn.compile(bpmn.read(model(f"start s\nend e\ns -> e\n{tasks}")))


@pytest.mark.parametrize(
    ("inside", "error", "line"),
    [
        ('<task id="a"/>\n<task id="a"/>', errors.DuplicateIdError, 3),
        ("\n<task/>", errors.MissingPartError, 3),
        ('<boundaryEvent id="b"/>', errors.MissingPartError, 2),
        ('<boundaryEvent id="b" attachedToRef="x"/>', errors.DanglingReferenceError, 2),
        ('<task id="a"/>\n<sequenceFlow id="f" sourceRef="a" targetRef="x"/>',
         errors.DanglingReferenceError, 3),
        ('<sequenceFlow id="f" sourceRef="a"/>', errors.MissingPartError, 2),
        ('<task id="a"/><subProcess id="u"><task id="b"/></subProcess>'
         '<sequenceFlow id="f" sourceRef="a" targetRef="b"/>', errors.DanglingReferenceError, 2),
    ],
)  # fmt: skip
def test_inconsistent_models_are_refused_with_the_line(inside, error, line):
    with pytest.raises(error) as caught:
        bpmn.read(f'{HEAD}<process id="p">\n{inside}</process></definitions>')
    assert caught.value.figures["line"] == line


def test_which_process_is_meant():
    two = f'{HEAD}<process id="one"/><process id="two"/></definitions>'
    with pytest.raises(errors.ProcessNotFoundError, match="one, two"):
        bpmn.compile(bpmn.read(two))
    with pytest.raises(errors.ProcessNotFoundError):
        bpmn.compile(bpmn.read(two), "three")


def test_white_space_around_ids_and_references_is_no_part_of_them():
    text = model("start s\nuser a\nboundary b on=a message=m\nend e\ns -> a -> e\nb -> e")
    for name in ("id", "sourceRef", "targetRef", "attachedToRef", "messageRef"):
        text = text.replace(f' {name}="', f' {name}=" ')
    procedure = bpmn.compile(bpmn.read(text))
    assert procedure.nodes["b"].message == "m"
    assert [flow.target for flow in procedure.nodes["a"].flows] == ["e"]
    with pytest.raises(errors.DuplicateIdError):
        bpmn.read(text.replace('<endEvent id=" e"', '<endEvent id="a  "'))
