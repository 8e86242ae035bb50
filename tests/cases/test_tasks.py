"""What officers do, and that tokens and tasks stay in step."""

import datetime as dt
from functools import partial

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cases.conftest import MONDAY, inbox, renewal_form, restaurant_form

from heli.cases import selectors, services
from heli.cases.errors import (
    AlreadyAskedError,
    GroundRequiredError,
    MatterClosedError,
    NotReturnableError,
    StaleMatterError,
    TaskNotFoundError,
    TaskStateError,
    TaskTakenError,
    TextRequiredError,
)
from heli.cases.models import Matter, Notice, Task
from heli.cases.variables import digest
from heli.clocks.models import Clock
from heli.engines import bpmn
from heli.kernel.permissions import DeniedError
from heli.ledger.models import Fact

FOUR = ("Task_Food", "Task_Fire", "Task_Environment", "Task_Signboard")
SEATS = [{"label": "座位数", "field": "seats"}]


def in_step(matter):
    """The engine's open tasks are exactly the open rows, token by token."""
    row = Matter.objects.get(pk=matter.pk)
    state = bpmn.State.from_json(row.marking)
    open_rows = set(row.tasks.filter(closed_at=None).values_list("token", "node"))
    if row.state != "running":
        assert not open_rows
        return
    assert {(token.id, token.node) for token in state.open_tasks()} == open_rows


def test_all_four_then_the_fifth_then_the_end(matter, work, now):
    for node in FOUR:
        assert not matter.tasks.filter(node="Task_Issue").exists()
        now.advance(hours=1)
        work(node)
        in_step(matter)
    assert matter.tasks.filter(node="Task_Issue").count() == 1
    work("Task_Issue")
    matter.refresh_from_db()
    assert matter.state == "completed"
    assert matter.serial_seconds == (1 + 2 + 3 + 4) * 3600
    done = Fact.objects.get(matter=matter.code, verb="cases.matter.completed")
    assert done.data == {"parallel_seconds": 4 * 3600, "serial_seconds": 10 * 3600}
    assert not Clock.objects.exclude(state="stopped").exists()


def test_claiming_twice_is_once(matter, task, linjiang):
    fire = task("Task_Fire")
    first, second = linjiang["xfjy02"], linjiang["xfjy03"]
    services.claim(fire.pk, by=first)
    assert services.claim(fire.pk, by=first).state == "claimed"
    with pytest.raises(TaskTakenError) as caught:
        services.claim(fire.pk, by=second)
    assert first.name in caught.value.detail()
    assert Fact.objects.filter(verb="cases.task.claimed").count() == 1


def test_releasing_puts_it_back_for_others(matter, task, linjiang):
    fire = task("Task_Fire")
    services.claim(fire.pk, by=linjiang["xfjy02"])
    with pytest.raises(DeniedError):
        services.release(fire.pk, by=linjiang["xfjy03"])
    services.release(fire.pk, by=linjiang["xfjy02"])
    services.claim(fire.pk, by=linjiang["xfjy03"])
    assert task("Task_Fire").assignee == linjiang["xfjy03"]


def test_a_head_gives_tasks_out(matter, task, linjiang):
    fire = task("Task_Fire")
    services.assign(fire.pk, linjiang["xfjy04"], by=linjiang["xfjy01"])
    assert task("Task_Fire").assignee == linjiang["xfjy04"]
    assert selectors.unread(linjiang["xfjy04"]) == 1
    with pytest.raises(DeniedError):
        services.assign(fire.pk, linjiang["scjg02"], by=linjiang["xfjy01"])
    with pytest.raises(DeniedError):
        services.assign(fire.pk, linjiang["xfjy02"], by=linjiang["xfjy02"])


def test_only_who_holds_a_task_ends_it(matter, task, linjiang):
    fire = task("Task_Fire")
    other = next(p for n, p in linjiang.items() if n.startswith("xfjy0") and p != fire.assignee)
    with pytest.raises(DeniedError):
        services.approve(fire.pk, by=other)
    with pytest.raises(DeniedError):
        services.approve(fire.pk, by=linjiang["scjg02"])
    with pytest.raises(TaskNotFoundError):
        services.approve(fire.pk, by=linjiang["jyj02"])


def test_a_task_ends_once(matter, work, task):
    fire = task("Task_Fire")
    work("Task_Fire")
    with pytest.raises(TaskStateError):
        services.approve(fire.pk, by=fire.assignee)
    assert Fact.objects.filter(verb="cases.task.completed").count() == 1


def test_a_step_from_an_old_revision_is_refused(matter, task):
    from heli.cases.plans import plan_of
    from heli.cases.steps import Step

    old = Matter.objects.get(pk=matter.pk)
    fire, food = task("Task_Fire"), task("Task_Food")
    services.approve(fire.pk, by=fire.assignee)
    step = Step(old, plan_of(old.procedure_id), food.assignee.actor)
    step.happen(bpmn.TaskCompleted(food.token))
    with pytest.raises(StaleMatterError), transaction.atomic():
        step.save()


def test_refusing_needs_a_ground_and_follows_the_procedure(matter, task, applicant):
    fire = task("Task_Fire")
    with pytest.raises(GroundRequiredError):
        services.refuse(fire.pk, by=fire.assignee, ground=" ")
    services.refuse(fire.pk, by=fire.assignee, ground="消防法第十五条", opinion="疏散通道不足")
    in_step(matter)
    matter.refresh_from_db()
    assert matter.state == "running"
    assert matter.waiting_for == ["zwzx"]
    states = dict(matter.tasks.values_list("node", "state"))
    assert states.pop("Task_Refusal") == "open"
    assert states.pop("Task_Fire") == "refused"
    assert set(states.values()) == {"withdrawn"}
    tell = task("Task_Refusal")
    services.approve(tell.pk, by=tell.assignee)
    matter.refresh_from_db()
    assert matter.state == "refused"
    assert matter.closing_reason == "消防法第十五条"
    assert Fact.objects.get(verb="cases.matter.refused").data["ground"] == "消防法第十五条"
    assert inbox(applicant)[0].sentence


def test_a_refusal_the_procedure_does_not_catch_ends_the_matter(now, linjiang, applicant):
    xml = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
     xmlns:heli="urn:heli:bpmn:1" id="D" targetNamespace="x">
     <bpmn:process id="P" isExecutable="true" heli:department="zwzx">
      <bpmn:startEvent id="s"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
      <bpmn:parallelGateway id="g"><bpmn:incoming>a</bpmn:incoming>
       <bpmn:outgoing>b</bpmn:outgoing><bpmn:outgoing>c</bpmn:outgoing></bpmn:parallelGateway>
      <bpmn:userTask id="t" name="甲" heli:department="xfjy" heli:allowance="WD3">
       <bpmn:incoming>b</bpmn:incoming><bpmn:outgoing>d</bpmn:outgoing></bpmn:userTask>
      <bpmn:userTask id="u" name="乙" heli:department="scjg">
       <bpmn:incoming>c</bpmn:incoming><bpmn:outgoing>e</bpmn:outgoing></bpmn:userTask>
      <bpmn:endEvent id="x"><bpmn:incoming>d</bpmn:incoming></bpmn:endEvent>
      <bpmn:endEvent id="y"><bpmn:incoming>e</bpmn:incoming></bpmn:endEvent>
      <bpmn:sequenceFlow id="a" sourceRef="s" targetRef="g"/>
      <bpmn:sequenceFlow id="b" sourceRef="g" targetRef="t"/>
      <bpmn:sequenceFlow id="c" sourceRef="g" targetRef="u"/>
      <bpmn:sequenceFlow id="d" sourceRef="t" targetRef="x"/>
      <bpmn:sequenceFlow id="e" sourceRef="u" targetRef="y"/>
     </bpmn:process></bpmn:definitions>"""
    form = {"title": "", "sections": []}
    services.publish_procedure(xml, form, by=None, key="bare", name_zh="两部门")
    matter = services.start_matter("bare", {}, by=applicant).matter
    task = matter.tasks.get(node="t")
    services.refuse(task.pk, by=task.assignee, ground="某法第一条")
    matter.refresh_from_db()
    assert (matter.state, matter.closing_reason) == ("refused", "某法第一条")
    assert matter.tasks.get(node="u").state == "withdrawn"
    assert not Clock.objects.exclude(state="stopped").exists()


def test_returning_goes_where_the_procedure_says(matter, task):
    food, fire = task("Task_Food"), task("Task_Fire")
    with pytest.raises(TextRequiredError):
        services.return_task(food.pk, by=food.assignee, opinion="")
    with pytest.raises(NotReturnableError):
        services.return_task(fire.pk, by=fire.assignee, opinion="材料不齐")
    assert task("Task_Fire").closed_at is None
    services.return_task(food.pk, by=food.assignee, opinion="地址不一致")
    in_step(matter)
    check = task("Task_Recheck")
    assert check.department_id == "zwzx"
    services.approve(check.pk, by=check.assignee)
    again = task("Task_Food")
    assert again.pk != food.pk
    in_step(matter)


def test_a_supplement_stops_the_clock_at_the_account_of_who_asked(matter, task, now, applicant):
    fire = task("Task_Fire")
    due = fire.due_at
    services.claim(fire.pk, by=fire.assignee)
    with pytest.raises(GroundRequiredError):
        services.ask_supplement(fire.pk, by=fire.assignee, text="图纸", ground="")
    asked = services.ask_supplement(
        fire.pk, by=fire.assignee, text="图纸", ground="某法第二条", items=SEATS
    )
    waiting = task("Task_Fire")
    assert waiting.state == "supplement"
    assert waiting.due_at is None
    pause = Clock.objects.get(pk=fire.clock_id).suspensions.get()
    assert (pause.department, pause.ground) == ("xfjy", "某法第二条")
    with pytest.raises(AlreadyAskedError):
        services.ask_supplement(fire.pk, by=fire.assignee, text="再补", ground="某法")
    with pytest.raises(TaskStateError):
        services.approve(fire.pk, by=fire.assignee)
    matter.refresh_from_db()
    assert "applicant" in matter.waiting_for
    assert [n.level for n in inbox(applicant)] == ["warn"]

    now.advance(days=7)
    services.answer_supplement(asked.pk, by=applicant, answer="已补", form={"seats": 44})
    back = task("Task_Fire")
    assert back.state == "claimed"
    # Tuesday to Friday and an hour of Monday would have counted; the day of the start never does.
    assert due == MONDAY + dt.timedelta(days=14, hours=8)
    assert back.due_at == MONDAY + dt.timedelta(days=21)
    assert back.due_at == back.order_at == Clock.objects.get(pk=fire.clock_id).due_at
    matter.refresh_from_db()
    assert matter.form["seats"] == 44
    assert "applicant" not in matter.waiting_for
    in_step(matter)


def test_a_corrected_answer_reaches_the_procedure_and_who_decided_before(
    matter, task, work, applicant
):
    """And the ledger says which answers changed, not to what."""
    food = task("Task_Food")
    work("Task_Food")
    fire = task("Task_Fire")
    nothing = {"area": {"resource": "zrzy/properties", "missing": True}}
    Matter.objects.filter(pk=matter.pk).update(prefilled=nothing)
    asked = services.ask_supplement(
        fire.pk, by=fire.assignee, text="面积", ground="某法", items=[{"field": "area"}]
    )
    before = matter.form["area"]
    services.answer_supplement(asked.pk, by=applicant, form={"area": 95})
    matter.refresh_from_db()
    assert matter.form["area"] == bpmn.State.from_json(matter.marking).variables["area"] == 95
    [fact] = Fact.objects.filter(verb="cases.form.corrected")
    assert (fact.data["fields"], fact.data["name_en"]) == ("area", "Floor area")
    asked.refresh_from_db()
    assert asked.corrected == {"area": [before, 95]}
    assert fact.data["before"] == digest({"area": before})
    assert fact.data["after"] == digest({"area": 95})
    told = Notice.objects.get(key="form.corrected")
    assert told.person_id == food.assignee_id
    work("Task_Fire")
    in_step(matter)


def test_a_title_follows_the_answers_it_was_made_of(matter, task, applicant):
    fire = task("Task_Fire")
    asked = services.ask_supplement(
        fire.pk, by=fire.assignee, text="店名", ground="某法", items=[{"field": "shop_name"}]
    )
    services.answer_supplement(asked.pk, by=applicant, form={"shop_name": "望江楼"})
    was = matter.title
    matter.refresh_from_db()
    assert matter.title == was.replace("江畔小馆", "望江楼") != was


def test_an_answer_that_changes_nothing_is_none(matter, task, applicant):
    fire = task("Task_Fire")
    twice = [*SEATS, *SEATS]
    asked = services.ask_supplement(
        fire.pk, by=fire.assignee, text="餐位", ground="某法", items=twice
    )
    assert len(asked.items) == len(SEATS)
    with pytest.raises(TextRequiredError):
        services.answer_supplement(asked.pk, by=applicant, form={"seats": matter.form["seats"]})
    assert task("Task_Fire").state == "supplement"
    services.answer_supplement(asked.pk, by=applicant, form={"seats": 41})
    assert task("Task_Fire").state == "open"


def test_only_what_was_asked_for_is_corrected(matter, task, applicant):
    from heli.cases.errors import FormError, NotCorrectableError

    fire = task("Task_Fire")
    ask = partial(services.ask_supplement, fire.pk, by=fire.assignee, text="补", ground="某法")
    Matter.objects.filter(pk=matter.pk).update(prefilled={"enterprise_name": {"value": "x"}})
    for key in ("person_id", "enterprise_name", "no_such_field"):
        with pytest.raises(NotCorrectableError):
            ask(items=[{"field": key}])
    asked = ask(items=SEATS)
    with pytest.raises(FormError, match="1"):
        services.answer_supplement(asked.pk, by=applicant, form={"seats": 44, "area": 1})
    matter.refresh_from_db()
    assert (matter.form["seats"], matter.form["area"]) == (40, 120)


def test_a_supplement_answer_is_checked(matter, task, applicant, linjiang):
    from heli.cases.errors import AlreadyAnsweredError, FormError, RecordNotFoundError

    fire = task("Task_Fire")
    asked = services.ask_supplement(
        fire.pk, by=fire.assignee, text="图纸", ground="某法第二条", items=SEATS
    )
    with pytest.raises(TextRequiredError):
        services.answer_supplement(asked.pk, by=applicant)
    with pytest.raises(FormError):
        services.answer_supplement(asked.pk, by=applicant, form={"seats": -1})
    with pytest.raises(FormError):
        services.answer_supplement(asked.pk, by=applicant, form={"credit_code": "x"})
    with pytest.raises(RecordNotFoundError):
        services.answer_supplement(asked.pk, by=linjiang["applicant2"], answer="x")
    with pytest.raises(DeniedError):
        services.answer_supplement(asked.pk, by=linjiang["scjg02"], answer="x")
    services.answer_supplement(asked.pk, by=applicant, answer="好")
    with pytest.raises(AlreadyAnsweredError):
        services.answer_supplement(asked.pk, by=applicant, answer="好")


def test_refusing_withdraws_what_others_had_asked(matter, task):
    fire, food = task("Task_Fire"), task("Task_Food")
    asked = services.ask_supplement(food.pk, by=food.assignee, text="图纸", ground="某法")
    services.refuse(fire.pk, by=fire.assignee, ground="消防法第十五条")
    asked.refresh_from_db()
    assert asked.state == "withdrawn"
    in_step(matter)


def test_choices_follow_the_form(now, linjiang):
    def nodes(eia):
        started = services.start_matter(
            "urban-renewal", renewal_form(eia_class=eia), by=linjiang["zwzx02"], on_behalf={}
        )
        return {task.node for task in started.tasks}

    assert "Task_EiaReport" in nodes("report")
    assert "Task_EiaForm" in nodes("form")
    assert not nodes("record") & {"Task_EiaForm", "Task_EiaReport"}


def test_a_closed_matter_takes_nothing_more(matter, work, applicant, task):
    for node in (*FOUR, "Task_Issue"):
        last = work(node)
    with pytest.raises(MatterClosedError):
        services.request_collaboration(matter, "zjj", by=last.assignee, text="x")
    with pytest.raises(MatterClosedError):
        services.offer_handover(matter, "scjg", by=last.assignee, reason="x")


acts = st.lists(
    st.tuples(st.sampled_from(["approve", "return", "refuse", "ask", "answer"]), st.integers(0, 9)),
    max_size=14,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts)
def test_tokens_and_rows_stay_in_step_whatever_officers_do(now, applicant, plan):
    started = services.start_matter("open-restaurant", restaurant_form(), by=applicant)
    matter = started.matter
    asked = []
    for what, which in plan:
        tasks = list(
            Task.objects.filter(matter=matter, closed_at=None)
            .select_related("assignee")
            .order_by("token")
        )
        if not tasks:
            break
        task = tasks[which % len(tasks)]
        try:
            if what == "approve":
                services.approve(task.pk, by=task.assignee)
            elif what == "return":
                services.return_task(task.pk, by=task.assignee, opinion="x")
            elif what == "refuse" and which == 9:
                services.refuse(task.pk, by=task.assignee, ground="x")
            elif what == "ask":
                asked.append(
                    services.ask_supplement(task.pk, by=task.assignee, text="x", ground="x")
                )
            elif what == "answer" and asked:
                services.answer_supplement(asked.pop().pk, by=applicant, answer="x")
        except (TaskStateError, NotReturnableError, AlreadyAskedError):
            pass
        except Exception as error:
            if type(error).__name__ != "AlreadyAnsweredError":
                raise
        in_step(matter)
    running = Clock.objects.filter(matter=matter.code).exclude(state="stopped")
    open_tasks = Task.objects.filter(matter=matter, closed_at=None).exclude(clock_id=None)
    assert set(running.values_list("pk", flat=True)) == set(
        open_tasks.values_list("clock_id", flat=True)
    )
