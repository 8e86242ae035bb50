"""Handing over and asking for help; rungs; and the one department accountable at every instant."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.cases.conftest import inbox, restaurant_form

from heli.cases import selectors, services
from heli.cases.errors import (
    AlreadyAnsweredError,
    GroundRequiredError,
    HandoverOpenError,
    RecordNotFoundError,
    RequestTimeError,
    SameDepartmentError,
    UnknownDepartmentError,
)
from heli.cases.models import Handover, Matter, Notice, Task
from heli.clocks.polling import poll
from heli.errors import BadInputError, HeliError
from heli.kernel import clock
from heli.kernel.permissions import DeniedError
from heli.ledger.models import Fact


def test_a_handover_counts_only_when_accepted(matter, linjiang):
    desk, taker = linjiang["zwzx02"], linjiang["scjg04"]
    offer = services.offer_handover(matter, "scjg", by=desk, reason="主要审批在贵局")
    matter.refresh_from_db()
    assert matter.accountable_id == "zwzx"
    with pytest.raises(HandoverOpenError):
        services.offer_handover(matter, "sthj", by=desk, reason="x")
    with pytest.raises(DeniedError):
        services.accept_handover(offer.pk, by=linjiang["xfjy02"])
    with pytest.raises(RecordNotFoundError):
        services.accept_handover(offer.pk, by=linjiang["jyj02"])
    services.accept_handover(offer.pk, by=taker)
    matter.refresh_from_db()
    assert (matter.accountable_id, matter.received_by_id) == ("scjg", "zwzx")
    with pytest.raises(AlreadyAnsweredError):
        services.accept_handover(offer.pk, by=taker)
    with pytest.raises(DeniedError):
        services.offer_handover(matter, "sthj", by=desk, reason="x")


def test_a_declined_offer_bounces_back_and_goes_up(matter, linjiang):
    offer = services.offer_handover(matter, "scjg", by=linjiang["zwzx02"], reason="x")
    services.decline_handover(offer.pk, by=linjiang["scjg04"], reason="仅负责一项")
    matter.refresh_from_db()
    offer.refresh_from_db()
    assert matter.accountable_id == "zwzx"
    assert offer.escalated_at
    assert [n.level for n in inbox(linjiang["supervisor1"])] == ["escalate"]
    assert Fact.objects.get(verb="cases.handover.bounced").data["how"] == "declined"


def test_an_unanswered_offer_bounces_back_after_48_hours(matter, linjiang, now):
    offer = services.offer_handover(matter, "scjg", by=linjiang["zwzx02"], reason="x")
    now.advance(hours=47, minutes=59)
    poll()
    offer.refresh_from_db()
    assert offer.state == "offered"
    now.advance(minutes=2)
    poll()
    offer.refresh_from_db()
    assert offer.state == "expired"
    with pytest.raises(AlreadyAnsweredError):
        services.accept_handover(offer.pk, by=linjiang["scjg04"])
    assert Fact.objects.filter(verb="cases.handover.bounced").count() == 1


def test_offers_are_checked(matter, linjiang):
    desk = linjiang["zwzx02"]
    with pytest.raises(SameDepartmentError):
        services.offer_handover(matter, "zwzx", by=desk, reason="x")
    with pytest.raises(UnknownDepartmentError):
        services.offer_handover(matter, "nowhere", by=desk, reason="x")
    with pytest.raises(DeniedError):
        services.offer_handover(matter, "scjg", by=linjiang["xfjy02"], reason="x")


def test_a_request_has_48_hours_and_climbs_its_rungs_once(matter, task, linjiang, now):
    fire = task("Task_Fire")
    asked = services.request_collaboration(
        matter, "zjj", by=fire.assignee, text="请核对图纸", task=fire
    )
    assert (asked.due_at - asked.asked_at).total_seconds() == 48 * 3600
    assert list(selectors.requests_queue(linjiang["zjj02"])) == [asked]
    for _ in range(40):
        now.advance(hours=2)
        poll()
        poll()
    rungs = Fact.objects.filter(verb="cases.request.rung").order_by("at")
    reached = [fact.data["rung"] for fact in rungs]
    assert reached[:2] == ["remind", "warn"]
    assert sorted(reached[2:]) == ["escalate", "overdue"]
    asked.refresh_from_db()
    assert asked.escalated_at
    assert asked.closed_at is None
    assert inbox(linjiang["supervisor1"])
    row = services.answer_request(asked.pk, by=linjiang["zjj02"], answer="已核对")
    assert row.state == "answered"
    assert Fact.objects.get(verb="cases.request.answered").data["late"] is True
    now.advance(days=9)
    poll()
    assert rungs.count() == 4


def test_refusing_help_needs_a_ground_and_is_recorded(matter, task, linjiang):
    fire = task("Task_Fire")
    asked = services.request_collaboration(matter, "zjj", by=fire.assignee, text="请核对")
    with pytest.raises(GroundRequiredError):
        services.refuse_request(asked.pk, by=linjiang["zjj02"], ground="")
    with pytest.raises(DeniedError):
        services.refuse_request(asked.pk, by=linjiang["scjg02"], ground="x")
    services.refuse_request(asked.pk, by=linjiang["zjj02"], ground="非法定职责")
    assert Fact.objects.get(verb="cases.request.refused").data["ground"] == "非法定职责"
    assert "非法定职责" in inbox(fire.assignee)[0].sentence
    with pytest.raises(AlreadyAnsweredError):
        services.answer_request(asked.pk, by=linjiang["zjj02"], answer="x")


def test_requests_are_checked(matter, task, linjiang):
    fire = task("Task_Fire")
    by = fire.assignee
    with pytest.raises(SameDepartmentError):
        services.request_collaboration(matter, "xfjy", by=by, text="x")
    with pytest.raises(UnknownDepartmentError):
        services.request_collaboration(matter, "nowhere", by=by, text="x")
    with pytest.raises(BadInputError):
        services.request_collaboration(matter, "zjj", by=by, text="x", allowance="soon")
    for hollow in ("H1", "H241", "WD2500", "P3650D"):
        with pytest.raises(RequestTimeError):
            services.request_collaboration(matter, "zjj", by=by, text="x", allowance=hollow)
    with pytest.raises(DeniedError):
        services.request_collaboration(matter, "zjj", by=linjiang["jyj02"], text="x")


def test_in_the_history_of_another_system_nothing_is_done(linjiang, client):
    """Not even by the department that stands in it as its last."""
    officer = linjiang["xfjy02"]
    row = Matter.objects.create(
        code="LJ-222222-98",
        title="旧事项",
        origin=Matter.Origin.IMPORTED,
        state=Matter.State.RUNNING,
        received_by_id="xfjy",
        accountable_id="xfjy",
        opened_at=clock.now(),
    )
    acts = (
        lambda: services.withdraw_matter(row, by=officer),
        lambda: services.offer_handover(row, "scjg", by=officer, reason="x"),
        lambda: services.request_collaboration(row, "zjj", by=officer, text="x"),
        lambda: services.renew_secret(row, by=officer),
    )
    for act in acts:
        with pytest.raises(DeniedError):
            act()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/cases/m/{row.code}/")
    assert page.status_code == 200
    assert "/withdraw/" not in page.content.decode()


def test_the_rungs_of_a_task_reach_officer_head_and_above(matter, task, linjiang, now):
    fire = task("Task_Fire")
    now.advance(days=60)
    while poll():
        pass
    levels = dict.fromkeys(n.level for n in Notice.objects.filter(link=f"cases.task:{fire.pk}"))
    assert set(levels) == {"remind", "warn", "escalate"}
    assert any(n.level == "escalate" for n in inbox(linjiang["supervisor1"]))
    assert any(n.level == "escalate" for n in inbox(linjiang["xfjy01"]))
    assert any(n.level == "escalate" for n in inbox(linjiang["zwzx01"]))
    with_clock = {task.clock.state for task in _shown(Task.objects.filter(matter=matter))}
    assert with_clock == {"late"}


def _shown(rows):
    from heli.cases.selectors.clocks import with_clocks

    return with_clocks(rows)


def test_a_timer_of_the_procedure_opens_its_task(now, linjiang):
    from tests.cases.conftest import renewal_form

    started = services.start_matter(
        "urban-renewal", renewal_form(), by=linjiang["zwzx02"], on_behalf={}
    )
    matter = started.matter
    assert not matter.tasks.filter(node="Task_Coordinate").exists()
    now.advance(days=50)
    while poll():
        pass
    assert matter.tasks.filter(node="Task_Coordinate").count() == 1
    assert matter.tasks.filter(node="Task_Land", closed_at=None).exists()
    matter.refresh_from_db()
    assert matter.state == "running"


def test_a_timer_is_disarmed_with_what_it_sat_on(now, linjiang):
    from tests.cases.conftest import renewal_form

    from heli.clocks.models import Clock

    started = services.start_matter(
        "urban-renewal", renewal_form(), by=linjiang["zwzx02"], on_behalf={}
    )
    for task in started.tasks:
        services.approve(task.pk, by=linjiang_person(task.assignee_id))
    timer = Clock.objects.get(kind="cases.timer")
    assert timer.state == "stopped"
    now.advance(days=90)
    while poll():
        pass
    assert not started.matter.tasks.filter(node="Task_Coordinate").exists()


def linjiang_person(pk):
    from heli.organisation.models import Person

    return Person.objects.select_related("department").get(pk=pk)


# -- exactly one department, from intake to end ----------------------------------------------------

DEPARTMENTS = ("zwzx", "scjg", "xfjy", "sthj")


def accountable_by_facts(code):
    """Replay the facts: who was accountable, instant by instant; fails on a gap or a double."""
    holder = None
    for fact in Fact.objects.filter(matter=code).order_by("id"):
        if fact.verb == "cases.matter.received":
            assert holder is None
            holder = fact.data["accountable"]
        elif fact.verb == "cases.handover.accepted":
            assert holder == fact.data["giver"]
            holder = fact.data["taker"]
        elif fact.verb in ("cases.matter.completed", "cases.matter.refused"):
            assert holder is not None
            return holder
        elif fact.verb == "cases.matter.withdrawn":
            return holder
        elif fact.verb.startswith("cases."):
            assert holder is not None
    assert holder is not None
    return holder


class FirstReceiver(RuleBasedStateMachine):
    """Departments offer, accept, decline, let expire, and work, in any order."""

    people = None
    clock = None

    @initialize()
    def start(self):
        applicant = self.people["applicant1"]
        self.matter = services.start_matter(
            "open-restaurant", restaurant_form(), by=applicant
        ).matter

    def staff(self, department):
        return self.people[f"{department}02"]

    @rule(giver=st.sampled_from(DEPARTMENTS), taker=st.sampled_from(DEPARTMENTS))
    def offer(self, giver, taker):
        before = Matter.objects.get(pk=self.matter.pk).accountable_id
        try:
            services.offer_handover(self.matter, taker, by=self.staff(giver), reason="x")
        except HeliError:
            return
        assert giver == before != taker

    @rule(who=st.sampled_from(DEPARTMENTS), accept=st.booleans())
    def answer(self, who, accept):
        offer = Handover.objects.filter(matter=self.matter).order_by("-offered_at").first()
        if offer is None:
            return
        try:
            if accept:
                services.accept_handover(offer.pk, by=self.staff(who))
            else:
                services.decline_handover(offer.pk, by=self.staff(who), reason="x")
        except HeliError:
            return
        assert offer.taker_id == who

    @rule(hours=st.integers(1, 60))
    def wait(self, hours):
        self.clock.advance(hours=hours)
        while poll():
            pass

    @rule(which=st.integers(0, 4))
    def work(self, which):
        tasks = list(self.matter.tasks.filter(closed_at=None).select_related("assignee"))
        if tasks:
            task = tasks[which % len(tasks)]
            services.approve(task.pk, by=task.assignee)

    @precondition(lambda self: getattr(self, "matter", None) is not None)
    @invariant()
    def exactly_one(self):
        row = Matter.objects.get(pk=self.matter.pk)
        assert row.accountable_id == accountable_by_facts(row.code)
        assert row.received_by_id == "zwzx"
        if row.state != "running":
            assert not row.handovers.filter(state="offered").exists()


def test_exactly_one_department_is_accountable_at_every_instant(now, linjiang):
    from hypothesis.stateful import run_state_machine_as_test

    machine = type("Machine", (FirstReceiver,), {"people": linjiang, "clock": now})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
