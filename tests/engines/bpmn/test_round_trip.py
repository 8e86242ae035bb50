"""Writing what was read: prefixes, mixed content and the schema's order are kept."""

from collections import Counter
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from heli.engines import bpmn

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
HEAD = f'<definitions xmlns="{BPMN}" targetNamespace="urn:t" id="d"'
TEXTS = ("documentation", "text", "conditionExpression")

prefixes = st.sampled_from(
    ["", ' xmlns:q="urn:one"', ' xmlns:q="urn:two"', ' xmlns:q="urn:t" xmlns:r="urn:t"']
)
words = st.text("a 字\n\t<&", max_size=6).map(escape)
inline = st.recursive(
    words,
    lambda inner: st.builds(
        "{}<h:{}>{}</h:{}>{}".format, words, st.just("i"), inner, st.just("i"), words
    ),
    max_leaves=4,
)
mixed = st.lists(inline, max_size=3).map("".join)
documentation = st.builds(
    '<documentation xmlns:h="urn:h">{}</documentation>'.format, mixed
) | st.just("")
value = st.sampled_from(["q:a", "r:b"])
foreign = st.builds(
    '<extensionElements><v:x xmlns:v="urn:v"{}><v:y>{}</v:y>\n <v:z/>{}</v:x></extensionElements>'
    .format, prefixes, words, words,
) | st.just("")  # fmt: skip


def _node(name, first, doc, more, second):
    return (
        f'<userTask id="{name}"{first} xmlns:w="urn:w" w:a="1">{doc}{more}'
        f'<auditing id="au{name}"/><incoming>f{name}</incoming>'
        f'<ioSpecification{second} id="io{name}"><inputSet/><outputSet/></ioSpecification>'
        f'<property id="pr{name}"/></userTask>'
    )


def _model(root, process, docs, more, inner):
    parts = [_node(f"t{n}", first, docs[1], more, second) for n, (first, second) in
             enumerate(inner)]  # fmt: skip
    flows = "".join(
        f'<sequenceFlow id="ft{n}" sourceRef="s" targetRef="t{n}"{first}>'
        f"<monitoring/><conditionExpression{second}>${{a}}</conditionExpression></sequenceFlow>"
        for n, (first, second) in enumerate(inner)
    )
    leaving = "".join(f"<outgoing>ft{n}</outgoing>" for n in range(len(inner)))
    return (
        f'{HEAD}{root}><process id="p"{process}>{docs[0]}{more}'
        '<ioSpecification id="io"><inputSet/><outputSet/></ioSpecification>'
        '<auditing id="au"/><monitoring id="mo"/><property id="pr"/>'
        f'<startEvent id="s">{leaving}</startEvent>{"".join(parts)}{flows}'
        f'<textAnnotation id="n"><text xmlns:h="urn:h">{docs[1] and "a <h:b>c</h:b> "}</text>'
        '</textAnnotation><performer id="pe"/></process><relationship type="x" id="re">'
        "<source>p</source><target>p</target></relationship></definitions>"
    )


def models(docs):
    return st.builds(
        _model,
        prefixes,
        prefixes,
        st.tuples(docs, docs),
        foreign,
        st.lists(st.tuples(prefixes, prefixes), min_size=1, max_size=3),
    )


def everything(data):
    """Each element with its attributes, what q and r mean there, and its text where it counts."""
    return Counter(_all(etree.fromstring(data), counts=False))


def _all(xml, counts):
    inside = counts or etree.QName(xml).localname in TEXTS
    texts = [xml.text, *(child.tail for child in xml)]
    inside = inside or (len(xml) > 0 and any((text or "").strip() for text in texts))
    shown = xml.text if inside or len(xml) == 0 else None
    tail = xml.tail if counts else None
    meaning = (xml.nsmap.get("q"), xml.nsmap.get("r"))
    yield (xml.tag, tuple(sorted(xml.attrib.items())), meaning, shown or "", tail or "")
    for child in xml:
        yield from _all(child, inside)


@settings(max_examples=150, deadline=None)
@given(models(documentation))
def test_nothing_changes_its_meaning(text):
    definitions = bpmn.read(text)
    written = bpmn.write(definitions)
    assert bpmn.read(written) == definitions
    assert bpmn.write(bpmn.read(written)) == written
    assert everything(written) == everything(text.encode())


@pytest.fixture(scope="session")
def schema():
    spiff = pytest.importorskip("SpiffWorkflow.bpmn.parser")
    path = Path(spiff.__file__).parent / "schema" / "BPMN20.xsd"
    return etree.XMLSchema(etree.parse(str(path)))


@settings(max_examples=60, deadline=None)
@given(text=models(words.map("<documentation>{}</documentation>".format)))
def test_what_the_schema_accepts_is_written_so_that_it_does(schema, text):
    document = etree.fromstring(text)
    if not schema.validate(document):
        raise AssertionError(schema.error_log.last_error)
    schema.assertValid(etree.fromstring(bpmn.write(bpmn.read(text))))


REDECLARED = f"""{HEAD} xmlns:q="urn:root"><itemDefinition id="i" structureRef="q:root"/>
<process id="p" xmlns:q="urn:process"><property id="x" itemSubjectRef="q:i"/>
<userTask id="a" xmlns:q="urn:task" implementation="q:form"><extensionElements>
<q:x xmlns=""><plain/></q:x></extensionElements></userTask></process></definitions>"""


def test_a_prefix_that_is_declared_anew_keeps_its_meaning():
    written = etree.fromstring(bpmn.write(bpmn.read(REDECLARED)))
    meanings = {
        item.get("id"): item.nsmap["q"] for item in written.iter() if item.get("id") not in ("d",)
    }
    assert (meanings["i"], meanings["p"], meanings["x"]) == (
        "urn:root",
        "urn:process",
        "urn:process",
    )
    assert meanings["a"] == "urn:task"
    assert written.find(".//{urn:task}x/plain") is not None


def test_white_space_between_words_of_a_documentation_is_kept():
    doc = '<documentation> a <i xmlns="h">b</i> <i xmlns="h">c</i>\n</documentation>'
    text = f'{HEAD}><process id="p">{doc}</process></definitions>'
    assert doc.encode() in bpmn.write(bpmn.read(text))
