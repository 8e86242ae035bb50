"""A parallel case of five departments, persisted at every step: Heli against SpiffWorkflow.

Each case is started and its five tasks are completed; every one of the six steps is a committed
transaction of its own. Heli writes matter, tasks, facts with their salted commitments, and enters
the facts into the log three times a second as the worker does (signed checkpoint, witnesses); here
in the same process, so all of it is counted. SpiffWorkflow serialises its whole workflow to JSON
after each step, stores it in a table of the same database, and loads it again before the next.
Both use the same connection with the same settings; on PostgreSQL both are measured with
``synchronous_commit`` on and off. SQLite's log is moved into its file within the time of each.
"""

import time
from io import BytesIO

DEPARTMENTS = 5
ROUND = 0.3  # seconds between two rounds of the log, as in the worker
# What an applicant answers and an officer writes; both sides keep it.
FORM = {
    "person_name": "申请人 甲",
    "mobile": "13900000000",
    "enterprise_name": "临江示例餐饮有限公司",
    "trade": "餐饮服务",
    "address": "临江市示例区滨江路 18 号",
    "area": 286.4,
    "shop_name": "江畔小馆",
    "dishes": "热食类食品制售",
    "seats": 64,
    "fume": "加装净化设备后外排",
    "signboard": "门楣上方，6 米 × 1.2 米",
    "note": "拟于下月开业，请各部门并联办理。",
}
OPINION = "经审查，申请材料齐全、符合法定形式，同意。"
MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:heli="urn:heli:bpmn:1" id="D" targetNamespace="urn:heli:bench">
 <bpmn:error id="E" name="refused" errorCode="refused"/>
 <bpmn:process id="five" name="五部门并联" isExecutable="true" heli:department="d0">
  <bpmn:startEvent id="begin"><bpmn:outgoing>o1</bpmn:outgoing></bpmn:startEvent>
  <bpmn:subProcess id="approvals" name="并联审批">
   <bpmn:incoming>o1</bpmn:incoming><bpmn:outgoing>o2</bpmn:outgoing>
   <bpmn:startEvent id="start"><bpmn:outgoing>f</bpmn:outgoing></bpmn:startEvent>
   <bpmn:parallelGateway id="split"><bpmn:incoming>f</bpmn:incoming>{split}</bpmn:parallelGateway>
   {tasks}
   <bpmn:parallelGateway id="join">{join}<bpmn:outgoing>g</bpmn:outgoing></bpmn:parallelGateway>
   <bpmn:endEvent id="end"><bpmn:incoming>g</bpmn:incoming></bpmn:endEvent>
   <bpmn:sequenceFlow id="f" sourceRef="start" targetRef="split"/>
   <bpmn:sequenceFlow id="g" sourceRef="join" targetRef="end"/>{flows}
  </bpmn:subProcess>
  <bpmn:boundaryEvent id="refused" attachedToRef="approvals">
   <bpmn:outgoing>o3</bpmn:outgoing><bpmn:errorEventDefinition errorRef="E"/>
  </bpmn:boundaryEvent>
  <bpmn:userTask id="tell" name="告知不予许可" heli:department="d0" heli:competence="c">
   <bpmn:incoming>o3</bpmn:incoming><bpmn:outgoing>o4</bpmn:outgoing></bpmn:userTask>
  <bpmn:endEvent id="over"><bpmn:incoming>o2</bpmn:incoming></bpmn:endEvent>
  <bpmn:endEvent id="told"><bpmn:incoming>o4</bpmn:incoming></bpmn:endEvent>
  <bpmn:sequenceFlow id="o1" sourceRef="begin" targetRef="approvals"/>
  <bpmn:sequenceFlow id="o2" sourceRef="approvals" targetRef="over"/>
  <bpmn:sequenceFlow id="o3" sourceRef="refused" targetRef="tell"/>
  <bpmn:sequenceFlow id="o4" sourceRef="tell" targetRef="told"/>
 </bpmn:process>
</bpmn:definitions>"""


def model(allowance: str = "") -> str:
    """The BPMN file, in the shape of the shipped procedures: five approvals side by side in a
    sub-process that a refusal leaves."""
    n = range(DEPARTMENTS)
    timed = f' heli:allowance="{allowance}"' if allowance else ""
    return MODEL.format(
        split="".join(f"<bpmn:outgoing>a{i}</bpmn:outgoing>" for i in n),
        join="".join(f"<bpmn:incoming>b{i}</bpmn:incoming>" for i in n),
        tasks="".join(
            f'<bpmn:userTask id="t{i}" name="审批{i}" heli:department="d{i}"'
            f' heli:competence="c"{timed}>'
            f"<bpmn:incoming>a{i}</bpmn:incoming><bpmn:outgoing>b{i}</bpmn:outgoing></bpmn:userTask>"
            for i in n
        ),
        flows="".join(
            f'<bpmn:sequenceFlow id="a{i}" sourceRef="split" targetRef="t{i}"/>'
            f'<bpmn:sequenceFlow id="b{i}" sourceRef="t{i}" targetRef="join"/>'
            for i in n
        ),
    )


def set_up() -> None:
    """An empty database with five departments of three officers each."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    from django.db import transaction

    from heli.kernel.actor import HELI
    from heli.organisation import services
    from heli.organisation.models import Competence, Department, Person

    if Department.objects.filter(code="d0").exists():
        return
    with transaction.atomic():
        services.create_departments(
            [
                services.NewDepartment(f"d{i}", f"部门{i}", f"Department {i}", str(i))
                for i in range(DEPARTMENTS)
            ],
            actor=HELI,
        )
        for i in range(DEPARTMENTS):
            for j in range(3):
                person = Person.objects.create(
                    username=f"p{i}{j}", name_zh=f"经办员 {i}{j}", department_id=f"d{i}",
                    role_names=["officer"], password="!",
                )  # fmt: skip
                Competence.objects.create(person=person, name="c")
        Person.objects.create(
            username="a", name_zh="申请人", role_names=["applicant"], password="!"
        )


def publish(allowance: str, key: str) -> None:
    """The procedure under a key of its own, ready to use."""
    from heli.cases import services
    from heli.ledger import services as ledger

    fields = [
        {"key": key, "type": "text" if isinstance(value, str) else "number", "zh": key}
        for key, value in FORM.items()
    ]
    form = {"title": "{shop_name}", "sections": [{"key": "s", "zh": "内容", "fields": fields}]}
    services.publish_procedure(model(allowance), form, by=None, key=key, name_zh="五部门并联")
    ledger.integrate()


def heli_cases(number: int, key: str) -> tuple[float, int]:
    """Seconds for so many cases, log included; and facts a case."""
    from heli.cases import services
    from heli.cases.models import Matter
    from heli.ledger import services as ledger
    from heli.ledger.models import Fact
    from heli.organisation.models import Person

    applicant = Person.objects.get(username="a")
    people = {person.pk: person for person in Person.objects.select_related("department")}
    done = Matter.objects.filter(procedure__key=key, state="completed")
    facts, finished = Fact.objects.count(), done.count()
    began = integrated = time.perf_counter()
    for _ in range(number):
        started = services.start_matter(key, FORM, by=applicant)
        for task in started.tasks:
            services.approve(task.pk, by=people[task.assignee_id], opinion=OPINION)
        if time.perf_counter() - integrated > ROUND:
            ledger.integrate()
            integrated = time.perf_counter()
    ledger.integrate()
    spent = time.perf_counter() - began
    assert done.count() == finished + number
    assert not Fact.objects.filter(leaf_index=None).exists()
    return spent, (Fact.objects.count() - facts) // number


def spiff_cases(number: int) -> float:
    """Seconds for so many cases in SpiffWorkflow, JSON stored and loaded at every step."""
    from django.db import connection, transaction
    from SpiffWorkflow.bpmn.parser import BpmnParser
    from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
    from SpiffWorkflow.util.task import TaskState

    from heli.kernel import wal

    parser = BpmnParser()
    parser.add_bpmn_io(BytesIO(model().encode()))
    spec, parts = parser.get_spec("five"), parser.get_subprocess_specs("five")
    serializer = BpmnWorkflowSerializer()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_spiff (id integer PRIMARY KEY, body text)")
        cursor.execute("DELETE FROM bench_spiff")

    def write(key: int, text: str, sql: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [text, key])

    def load(key: int) -> BpmnWorkflow:
        with connection.cursor() as cursor:
            cursor.execute("SELECT body FROM bench_spiff WHERE id = %s", [key])
            return serializer.deserialize_json(cursor.fetchone()[0])

    began = time.perf_counter()
    for key in range(number):
        workflow = BpmnWorkflow(spec, parts)
        workflow.task_tree.data.update(FORM)
        workflow.do_engine_steps()
        text = serializer.serialize_json(workflow)
        write(key, text, "INSERT INTO bench_spiff (body, id) VALUES (%s, %s)")
        for _ in range(DEPARTMENTS):
            workflow = load(key)
            task = workflow.get_tasks(state=TaskState.READY, manual=True)[0]
            task.data[f"opinion_{task.task_spec.name}"] = OPINION
            task.run()
            workflow.do_engine_steps()
            text = serializer.serialize_json(workflow)
            write(key, text, "UPDATE bench_spiff SET body = %s WHERE id = %s")
        assert workflow.is_completed()
    wal.empty()
    spent = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_spiff")
    wal.empty()  # what the drop wrote is on nobody's account
    return spent


def run(a_turn: int = 200, turns: int = 3) -> list[dict[str, object]]:
    """Measure on the database that is set up: name, figure, peer's figure, ratio of each.

    Sides take turns, so that what else the machine does meets all of them alike. A turn is longer
    than ``ROUND``; at its end the log has a round of its own, which is counted.
    """
    from django.db import connection

    set_up()
    sides = {"five": "a case", "clocked": "a case with five legal clocks"}
    for key, allowance in zip(sides, ("", "WD5"), strict=True):
        publish(allowance, key)
        heli_cases(5, key)
    spiff_cases(5)
    found: list[dict[str, object]] = []
    cases = a_turn * turns
    for commit in ("on", "off") if connection.vendor == "postgresql" else ("",):
        mode = f", synchronous_commit {commit}" if commit else ""
        if commit:
            with connection.cursor() as cursor:
                cursor.execute(f"SET synchronous_commit = {commit}")
        peer, spent, facts = 0.0, dict.fromkeys(sides, 0.0), {}
        for _ in range(turns):
            peer += spiff_cases(a_turn)
            for key in sides:
                seconds, facts[key] = heli_cases(a_turn, key)
                spent[key] += seconds
        for key, name in sides.items():
            found.append(
                {
                    "what": f"{name}, {facts[key]} facts{mode}",
                    "heli": f"{spent[key] * 1000 / cases:.2f} ms",
                    "peer": f"SpiffWorkflow {peer * 1000 / cases:.2f} ms",
                    "ratio": peer / spent[key],
                }
            )
    return found
