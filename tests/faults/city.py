"""Fills a fresh home for the storm: Linjiang's departments and systems, and one small procedure.

The procedure has all that can be doubled or lost by a crash: tasks side by side that join, a
service task that the worker runs, a timer that fires beside a running task and opens another one.
"""

import sys

from heli.site.startup import migrate

KEY = "storm"
FORM = {
    "title": "{text}",
    "sections": [
        {
            "key": "all",
            "zh": "内容",
            "en": "Content",
            "fields": [{"key": "text", "type": "text", "zh": "内容", "en": "Content"}],
        }
    ],
}
EDGES = (
    ("Start", "Split"),
    ("Split", "Task_A"),
    ("Split", "Task_B"),
    ("Split", "Service_C"),
    ("Task_A", "Join"),
    ("Task_B", "Join"),
    ("Service_C", "Join"),
    ("Join", "Task_D"),
    ("Task_D", "End"),
    ("Timer", "Service_Late"),
    ("Service_Late", "End_Late"),
)
SERVICE = 'heli:department="zwzx" heli:service="cases.prepare_data"'
NODES = {
    "Start": "startEvent",
    "End": "endEvent",
    "End_Late": "endEvent",
    "Split": "parallelGateway",
    "Join": "parallelGateway",
    "Task_A": 'userTask name="甲" heli:department="scjg" heli:allowance="WD5"',
    "Task_B": 'userTask name="乙" heli:department="xfjy" heli:allowance="H48"',
    "Task_D": 'userTask name="丁" heli:department="sthj"',
    "Service_C": f'serviceTask name="丙" {SERVICE}',
    "Service_Late": f'serviceTask name="迟" {SERVICE}',
}
TIMER = """
<bpmn:boundaryEvent id="Timer" attachedToRef="Task_A" cancelActivity="false">
  <bpmn:timerEventDefinition>
    <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1S</bpmn:timeDuration>
  </bpmn:timerEventDefinition>
</bpmn:boundaryEvent>
"""


def model() -> str:
    """The procedure as BPMN 2.0."""
    nodes = "".join(
        f'<bpmn:{kind.split(" ")[0]} id="{name}"{kind.removeprefix(kind.split(" ")[0])}/>'
        for name, kind in NODES.items()
    )
    flows = "".join(
        f'<bpmn:sequenceFlow id="Flow_{number}" sourceRef="{source}" targetRef="{target}"/>'
        for number, (source, target) in enumerate(EDGES)
    )
    return (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns:heli="urn:heli:bpmn:1" id="D" targetNamespace="urn:heli:test">'
        '<bpmn:process id="Storm" isExecutable="true" heli:department="zwzx">'
        f"{nodes}{TIMER}{flows}</bpmn:process></bpmn:definitions>"
    )


def main() -> None:
    """Migrate and fill."""
    migrate()
    from heli.cases import services
    from heli.demo import organisation

    organisation.seed()
    row = services.publish_procedure(
        model(), FORM, by=None, key=KEY, name_zh="演练", name_en="Storm"
    )
    sys.stdout.write(f"{row.key}\n")


if __name__ == "__main__":
    main()
