"""The BPMN element names the engine knows, by what it does with them."""

TASKS = {"userTask": "user", "serviceTask": "service", "manualTask": "manual", "task": "manual"}
"""Tasks that open work, with the kind of work."""

MESSAGE_TASKS = frozenset({"sendTask", "receiveTask"})
GATEWAYS = frozenset({"exclusiveGateway", "inclusiveGateway", "parallelGateway"})
EVENTS = frozenset(
    {"startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent"}
)
SUB_PROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
ACTIVITIES = (
    frozenset(TASKS)
    | MESSAGE_TASKS
    | SUB_PROCESSES
    | {"scriptTask", "businessRuleTask", "callActivity"}
)
FLOW_NODES = (
    ACTIVITIES
    | GATEWAYS
    | EVENTS
    | {"eventBasedGateway", "complexGateway", "implicitThrowEvent", "event"}
    | {"callChoreography", "choreographyTask", "subChoreography"}
)
EVENT_DEFINITIONS = frozenset(
    f"{kind}EventDefinition"
    for kind in (
        "cancel",
        "compensate",
        "conditional",
        "error",
        "escalation",
        "link",
        "message",
        "signal",
        "terminate",
        "timer",
    )
)
LOOPS = frozenset({"multiInstanceLoopCharacteristics", "standardLoopCharacteristics"})
DATA = frozenset({"dataObject", "dataObjectReference", "dataStoreReference"})
TIMERS = frozenset({"timeDate", "timeDuration", "timeCycle"})
