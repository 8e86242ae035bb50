"""A few lines of text to a BPMN 2.0 file, so that tests show the model they are about.

start s
user a heli:department=D1
sub p {
  ...
}
s -> a -> p -> e
g -> b : ${x > 3}
"""

import itertools
import re
from xml.sax.saxutils import escape, quoteattr

KINDS = {
    "start": "startEvent",
    "end": "endEvent",
    "user": "userTask",
    "service": "serviceTask",
    "manual": "manualTask",
    "task": "task",
    "send": "sendTask",
    "receive": "receiveTask",
    "xor": "exclusiveGateway",
    "or": "inclusiveGateway",
    "and": "parallelGateway",
    "race": "eventBasedGateway",
    "catch": "intermediateCatchEvent",
    "throw": "intermediateThrowEvent",
    "boundary": "boundaryEvent",
    "sub": "subProcess",
}
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:heli="urn:heli:bpmn:1" targetNamespace="urn:test" id="definitions">'
)


def model(text: str) -> str:
    """The file for a model with one process ``process``."""
    messages = sorted(set(re.findall(r"\bmessage=(\w+)", text)))
    errors = sorted(set(re.findall(r"\berror=(\w+)", text)))
    roots = "".join(f'<message id="m_{name}" name="{name}"/>' for name in messages)
    roots += "".join(
        f'<error id="e_{name}" errorCode="{name}"/>' for name in errors if name != "any"
    )
    body = _Body()
    for line in filter(None, map(str.strip, text.splitlines())):
        body.line(line)
    inside = "\n".join(body.lines)
    process = f'<process id="process" isExecutable="true">\n{inside}\n</process>'
    return f"{HEAD}{roots}\n{process}</definitions>"


class _Body:
    def __init__(self):
        self.lines = []
        self.flows = 0
        self.open = []

    def line(self, line):
        if "->" in line:
            chain, _, condition = line.partition(" : ")
            ends = [part.strip() for part in chain.split("->")]
            for source, target in itertools.pairwise(ends):
                self.flow(source, target, condition.strip())
        elif line == "}":
            self.lines.append(f"</{self.open.pop()}>")
        else:
            self.node(line)

    def flow(self, source, target, condition):
        self.flows += 1
        inner = ""
        if condition:
            inner = f"<conditionExpression>{escape(condition)}</conditionExpression>"
        self.lines.append(
            f'<sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}">'
            f"{inner}</sequenceFlow>"
        )

    def node(self, line):
        opening = line.endswith("{")
        kind, name, *options = line.rstrip("{ ").split()
        attributes, inner = "", ""
        for option in options:
            key, _, value = option.partition("=")
            if key in PARTS:
                inner += PARTS[key](value)
            else:
                attributes += f" {key}={quoteattr(value)}"
        if kind in ("send", "receive"):
            name_of_message = re.search(r"message=(\w+)", line)[1]
            attributes += f' messageRef="m_{name_of_message}"'
            inner = ""
        if kind == "boundary":
            attributes = attributes.replace(" on=", " attachedToRef=")
        tag = KINDS.get(kind, kind)
        self.lines.append(f'<{tag} id="{name}"{attributes}>{inner}')
        if opening:
            self.open.append(tag)
        else:
            self.lines[-1] += f"</{tag}>"


def _error(name):
    reference = "" if name == "any" else f' errorRef="e_{name}"'
    return f"<errorEventDefinition{reference}/>"


def _many(value):
    """``parallel:3``, ``sequential:list/item``, ``parallel:list/item/results/result``."""
    how, _, what = value.partition(":")
    count, *rest = what.split("/")
    inner = f"<loopCardinality>{count}</loopCardinality>"
    if rest:
        inner = f"<loopDataInputRef>{count}</loopDataInputRef>"
        if len(rest) > 1:
            inner += f"<loopDataOutputRef>{rest[1]}</loopDataOutputRef>"
        inner += f'<inputDataItem id="i_{rest[0]}" name="{rest[0]}"/>'
        if len(rest) > 1:
            inner += f'<outputDataItem id="o_{rest[2]}" name="{rest[2]}"/>'
    how, _, until = how.partition("|")
    if until:
        inner += f"<completionCondition>{escape(until)}</completionCondition>"
    sequential = str(how == "sequential").lower()
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{sequential}">{inner}'
        "</multiInstanceLoopCharacteristics>"
    )


PARTS = {
    "message": lambda name: f'<messageEventDefinition messageRef="m_{name}"/>',
    "timer": lambda text: (
        f"<timerEventDefinition><timeDuration>{escape(text)}</timeDuration></timerEventDefinition>"
    ),
    "date": lambda text: (
        f"<timerEventDefinition><timeDate>{escape(text)}</timeDate></timerEventDefinition>"
    ),
    "error": _error,
    "terminate": lambda _: "<terminateEventDefinition/>",
    "many": _many,
}
