"""The fixed personas against every act: owner, partner, outsider, auditor, applicant."""

from types import SimpleNamespace

import pytest

from heli.cases import policy, selectors, services
from heli.cases.errors import TaskNotFoundError, UnknownCodeError
from heli.exchange.questions import matter_address
from heli.kernel.actor import Actor

OWNER, PARTNER, OUTSIDER, AUDITOR, APPLICANT, STRANGER, LEADER, DESK = (
    "owner",
    "partner",
    "outsider",
    "auditor",
    "applicant",
    "stranger",
    "leader",
    "desk",
)


@pytest.fixture
def personas(matter, task, linjiang):
    return {
        OWNER: task("Task_Fire").assignee,
        PARTNER: task("Task_Food").assignee,
        OUTSIDER: linjiang["jyj02"],
        AUDITOR: linjiang["auditadmin"],
        APPLICANT: linjiang["applicant1"],
        STRANGER: linjiang["applicant2"],
        LEADER: linjiang["leader1"],
        DESK: linjiang["zwzx02"],
    }


# Who may: everybody not named may not.
MATRIX = {
    "see_matter": {OWNER, PARTNER, AUDITOR, APPLICANT, LEADER, DESK},
    "see_data": {OWNER, PARTNER, APPLICANT, DESK},
    "claim": {OWNER},
    "work": {OWNER},
    "assign": set(),
    "withdraw": {APPLICANT},
    "offer_handover": {DESK},
    "request": {OWNER, PARTNER, DESK},
    "deliver_message": {OWNER, PARTNER, DESK},
    "take_in": {DESK},
    "file": {APPLICANT, STRANGER, DESK},
    "publish": set(),
}


@pytest.mark.parametrize("act", MATRIX)
def test_who_may(act, personas, matter, task):
    fire = task("Task_Fire")
    asks = {
        "see_matter": lambda by: policy.may_see_matter(by, matter),
        "see_data": lambda by: policy.may_see_data(by, matter),
        "claim": lambda by: policy.may_claim(by, fire),
        "work": lambda by: policy.may_work(by, fire),
        "assign": lambda by: policy.may_assign(by, fire),
        "withdraw": lambda by: policy.may_withdraw(by, matter),
        "offer_handover": lambda by: policy.may_offer_handover(by, matter),
        "request": lambda by: policy.may_request(by, matter),
        "deliver_message": lambda by: policy.may_deliver_message(by, matter),
        "take_in": policy.may_take_in,
        "file": policy.may_file,
        "publish": policy.may_publish,
    }
    answers = {name: asks[act](person) for name, person in personas.items()}
    assert {name for name, answer in answers.items() if answer} == MATRIX[act]
    assert all(answer.reason and answer.code for answer in answers.values())


def test_what_one_may_not_see_does_not_exist(matter, personas, task):
    for name in (OUTSIDER, STRANGER):
        with pytest.raises(UnknownCodeError):
            selectors.matter_page(matter.code, personas[name])
        with pytest.raises(TaskNotFoundError):
            selectors.task_detail(task("Task_Fire").pk, personas[name])
        assert not selectors.matters(personas[name]).exists()


def test_other_rooms_lead_to_a_matter_only_those_who_may_see_it(matter, personas):
    led = {name for name, person in personas.items() if matter_address(person, matter.code)}
    assert led == MATRIX["see_matter"]
    assert matter_address(personas[LEADER], "LJ-000000-00") == ""
    assert matter_address(None, matter.code) == ""


def test_watchers_see_progress_and_no_answers(matter, personas):
    for name in (AUDITOR, LEADER):
        page = selectors.matter_page(matter.code, personas[name])
        assert page.tasks
        assert page.answers == page.subjects == page.needs == []
        assert selectors.matters(personas[name]).exists()


def test_partners_see_what_they_need(matter, personas, task):
    detail = selectors.task_detail(task("Task_Fire").pk, personas[PARTNER])
    assert detail.answers
    assert not detail.may["approve"]
    own = selectors.task_detail(task("Task_Fire").pk, personas[OWNER])
    assert own.may["approve"]
    assert own.may["return"].code == "not_returnable"
    assert len(own.others) == 3


def test_asking_a_department_lets_it_see_the_matter_but_not_the_answers(matter, personas):
    outsider = personas[OUTSIDER]
    services.request_collaboration(matter, "jyj", by=personas[OWNER], text="请协助")
    page = selectors.matter_page(matter.code, outsider)
    assert page.answers == []
    assert [row.asked_id for row in page.requests] == ["jyj"]


def test_a_head_without_the_role_of_officer_still_assigns(matter, task, linjiang):
    assert policy.may_assign(linjiang["xfjy01"], task("Task_Fire"))
    assert not policy.may_assign(linjiang["scjg01"], task("Task_Fire"))


def system(department):
    return SimpleNamespace(actor=Actor("system", "s1", department))


def test_a_system_acts_for_its_department_only(matter, task):
    fire = task("Task_Fire")
    with pytest.raises(TaskNotFoundError):
        services.approve(fire.pk, by=system("jyj"))
    assert not policy.may_work(system("scjg"), fire)
    done = services.approve(fire.pk, by=system("xfjy"), opinion="系统核验通过")
    assert done.closed_by == "system:s1"
    assert done.reason == {"rule": "department"}


def test_departments_read_each_others_queues_never(matter, personas):
    queue = selectors.queue(personas[OWNER], "department")
    assert {row.department_id for row in queue} == {"xfjy"}
    assert not selectors.queue(personas[OUTSIDER], "department").exists()
