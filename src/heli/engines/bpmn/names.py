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

MAX_INSTANCES = 1000
"""Most instances of one multi-instance activity."""

MIXED = frozenset(
    {"documentation", "text", "script", "conditionExpression", "loopCardinality", "from", "to"}
    | {"completionCondition", "activationCondition", "condition", "dataPath", "messagePath"}
    | {"transformation", "timeDate", "timeDuration", "timeCycle"}
)
"""Elements that hold text and elements mixed (BPMN 2.0.2, ``Semantic.xsd``)."""

FLOW_ELEMENT_HEAD = frozenset({"auditing", "monitoring", "categoryValueRef"})
"""What the schema puts before ``incoming`` and ``outgoing``, or before a condition."""

PROCESS_HEAD = frozenset(
    {"supportedInterfaceRef", "ioSpecification", "ioBinding", "auditing", "monitoring", "property"}
)
"""What the schema puts before the lanes of a process."""

NODE_MIDDLE = frozenset(
    {"ioSpecification", "property", "dataInputAssociation", "dataOutputAssociation"}
    | {"resourceRole", "performer", "humanPerformer", "potentialOwner"}
    | {"dataInput", "dataOutput", "inputSet", "outputSet"}
    | {"participantRef", "messageFlowRef", "correlationKey"}
)
"""What the schema puts between ``outgoing`` and the loop, event definition or body of a node."""

KEPT = (
    FLOW_ELEMENT_HEAD
    | PROCESS_HEAD
    | NODE_MIDDLE
    | {"textAnnotation", "association", "group", "correlationSubscription", "supports"}
    | {"eventDefinitionRef", "operationRef", "rendering", "condition", "source", "target"}
)
"""What may stand inside a process without being carried out."""
