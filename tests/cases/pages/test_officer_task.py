"""One task: what its page shows to whom, and each act through its form."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from heli.cases import services
from heli.cases.models import CollaborationRequest, Supplement, Task
from heli.demo import registers as linjiang_registers
from heli.kernel.actor import Actor
from heli.ledger.services import record
from heli.twin.facts import RunCited

LANGUAGES = ("zh-hans", "en")
HTMX = {"hx-request": "1"}


def text_of(answer):
    return answer.content.decode()


@pytest.fixture
def fire(task):
    return task("Task_Fire")


@pytest.fixture
def officer(fire):
    return fire.assignee


@pytest.fixture
def page(client, fire, officer):
    client.force_login(officer)
    return reverse("cases:task", args=[fire.pk])


@pytest.fixture
def do(client, page, fire):
    """Post an act; returns the answer with the task read afresh."""

    def post(headers=HTMX, **typed):
        answer = client.post(page, typed, headers=headers)
        fire.refresh_from_db()
        return answer

    return post


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_officer_sees_all_that_is_needed(client, page, fire, language):
    answer = client.get(page, headers={"accept-language": language})
    shown = text_of(answer)
    assert answer.status_code == 200
    assert fire.matter.code in shown
    assert reverse("cases:matter", args=[fire.matter.code]) in shown
    assert "江畔小馆" in shown
    for act in ("approve", "supplement", "request", "refuse"):
        assert f'value="{act}"' in shown, act
    assert ("Assigned to you because" in shown) is (language == "en")


@pytest.mark.parametrize(
    ("name", "status"),
    [("scjg02", 200), ("leader1", 200), ("jyj02", 404), ("applicant1", 403), ("applicant2", 403)],
)
def test_who_may_know_of_it(client, linjiang, page, name, status):
    client.force_login(linjiang[name])
    answer = client.get(page)
    assert answer.status_code == status
    assert 'value="approve"' not in text_of(answer)
    assert 'value="claim"' not in text_of(answer)


def test_who_only_watches_sees_no_answers(client, linjiang, page, fire):
    assert "临江演示餐饮有限公司" in text_of(client.get(page))
    client.force_login(linjiang["leader1"])
    assert "临江演示餐饮有限公司" not in text_of(client.get(page))


def test_htmx_gets_the_pane_alone(client, page):
    assert "<html" not in text_of(client.get(page, headers=HTMX))
    assert "<html" in text_of(client.get(page))


def test_approving_is_checked_once(do, fire):
    answer = do(do="approve", opinion="现场符合要求")
    assert fire.closed_at is None
    assert 'name="confirm"' in text_of(answer)
    assert "现场符合要求" in text_of(answer)
    answer = do(do="approve", opinion="现场符合要求", confirm="1")
    assert (fire.state, fire.opinion) == (Task.State.DONE, "现场符合要求")
    assert answer["HX-Trigger"] == "cases-changed"


def test_without_script_an_act_leads_back_to_the_page(client, do, page, fire):
    answer = do(headers={}, do="approve", opinion="", confirm="1")
    assert answer["Location"] == page
    assert fire.state == Task.State.DONE
    assert 'class="toast success"' in text_of(client.get(page))


@pytest.mark.parametrize("step", [{"open": "approve"}, {"do": "approve"}, {"confirm": "1"}])
def test_from_a_stale_page_it_says_what_happened_and_keeps_the_opinion(do, fire, officer, step):
    services.ask_supplement(fire.pk, by=officer, text="平面图", ground="许可法三十二条")
    answer = do(**{"do": "approve", "opinion": "现场符合要求"} | step)
    shown = text_of(answer)
    assert fire.closed_at is None
    assert 'role="alert"' in shown
    assert str(Task.State.SUPPLEMENT.label) in shown.partition("</h2>")[0]
    assert "现场符合要求" in shown.partition("<header")[0]


def test_what_was_closed_elsewhere_says_so_and_keeps_the_opinion(do, fire, officer):
    services.approve(fire.pk, by=officer, opinion="先前的意见")
    answer = do(do="approve", opinion="后来的意见")
    assert answer.status_code == 409
    assert answer["HX-Trigger"] == "cases-changed"
    said = text_of(answer).partition("<header")[0]
    assert str(Task.State.DONE.label) in said
    assert "后来的意见" in said


def test_all_that_is_missing_is_said_at_once(do):
    for act, fields in {
        "supplement": ("supplement", "supplement_ground"),
        "request": ("asked", "help"),
    }.items():
        answer = do(do=act)
        shown = text_of(answer)
        assert answer.status_code == 422
        for field in fields:
            assert f'href="#task_{field}"' in shown, field


def test_going_back_from_the_check_keeps_what_was_typed(do, fire):
    answer = do(open="approve", opinion="写了一半", confirm="1")
    assert "写了一半" in text_of(answer)
    assert fire.closed_at is None


def test_opening_another_act_carries_what_was_typed(do):
    shown = text_of(do(open="supplement", opinion="写了一半"))
    assert '<input type="hidden" name="opinion" value="写了一半">' in shown
    assert 'name="supplement_ground"' in shown


def test_a_supplement_suspends_the_clock(do, fire):
    answer = do(
        do="supplement", supplement="请补交平面图", supplement_ground="行政许可法第三十二条"
    )
    assert answer.status_code == 200
    assert fire.state == Task.State.SUPPLEMENT
    assert Supplement.objects.get(task=fire).text == "请补交平面图"
    assert 'value="approve"' not in text_of(answer)


def test_the_officer_names_which_answers_may_be_corrected(do, client, page, fire, matter):
    shown = text_of(do(open="supplement"))
    assert 'name="corrected" value="seats"' in shown
    given = fire.matter.form["seats"]
    assert f"餐位数 <small>{given} 个</small>" in shown, "with the answer it has"
    assert 'value="enterprise_name"' not in shown, "a register answers it"
    assert 'value="credit_code"' not in shown, "it names whom the matter concerns"
    typed = {"supplement": "餐位数有误", "supplement_ground": "", "corrected": ["seats", "fume"]}
    kept = text_of(do(do="supplement", **typed))
    assert len(re.findall(r'name="corrected" value="\w+"[^>]* checked', kept)) == 2
    elsewhere = text_of(do(open="approve", **typed))
    for key in ("seats", "fume"):
        assert f'<input type="hidden" name="corrected" value="{key}">' in elsewhere
    checked = text_of(do(do="approve", **typed))
    assert checked.count('<input type="hidden" name="corrected"') == 2
    answer = do(do="supplement", **typed | {"supplement_ground": "行政许可法第三十二条"})
    assert answer.status_code == 200
    asked = Supplement.objects.get(task=fire)
    assert [item["field"] for item in asked.items] == ["seats", "fume"]
    assert "餐位数、油烟排放方式" in text_of(answer)
    client.force_login(matter.applicant)
    form = client.get(reverse("cases:supplement", args=[matter.code, asked.pk])).context["form"]
    assert {"seats", "fume", "answer"} <= set(form.fields)


def test_what_a_supplement_cannot_correct_is_refused_at_its_field(do, fire):
    typed = {"supplement": "x", "supplement_ground": "行政许可法第三十二条"}
    answer = do(do="supplement", corrected=["credit_code"], **typed)
    assert answer.status_code == 422
    shown = text_of(answer)
    assert 'href="#task_corrected_0"' in shown
    assert "统一社会信用代码" in shown
    assert fire.state == Task.State.OPEN


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_corrected_is_seen_before_and_after(do, client, page, fire, matter, language):
    asked = services.ask_supplement(
        fire.pk, by=fire.assignee, text="核对", ground="某法", items=[{"field": "seats"}]
    )
    services.answer_supplement(asked.pk, by=matter.applicant, form={"seats": 55})
    words = {"accept-language": language}
    shown = text_of(client.get(page, headers=words))
    assert re.search(r"<del>40[^<]*</del> → <ins>55[^<]*</ins>", shown)
    assert {"zh-hans": "申请人更正了餐位数", "en": "The applicant corrected Seats"}[
        language
    ] in shown
    client.force_login(matter.applicant)
    url = reverse("cases:supplement", args=[matter.code, asked.pk])
    assert "<ins>55" in text_of(client.get(url, headers=words))


def test_answers_chosen_for_an_act_that_is_gone_are_told(do, fire, matter):
    services.ask_supplement(fire.pk, by=fire.assignee, text="核对", ground="某法")
    answer = do(do="supplement", supplement="再补", supplement_ground="x", corrected=["seats"])
    kept = text_of(answer).partition("<header")[0]
    assert "再补" in kept
    assert "餐位数" in kept


def test_a_supplement_without_ground_is_refused_and_kept(do, fire):
    answer = do(do="supplement", supplement="请补交平面图", supplement_ground="")
    shown = text_of(answer)
    assert answer.status_code == 422
    assert "请补交平面图" in shown
    assert 'href="#task_supplement_ground"' in shown
    assert fire.state == Task.State.OPEN


def test_another_department_is_asked_for_help(do, fire):
    answer = do(do="request", asked="sthj", help="请提供排污口位置", allowance="H48")
    assert answer.status_code == 200
    row = CollaborationRequest.objects.get(task=fire)
    assert (row.asked_id, row.asker_id, row.text) == ("sthj", "xfjy", "请提供排污口位置")
    assert reverse("cases:request", args=[row.pk]) in text_of(answer)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"asked": "sthj", "help": "", "allowance": "H48"}, "help"),
        ({"asked": "", "help": "请协助", "allowance": "H48"}, "asked"),
    ],
)
def test_a_request_that_says_too_little_is_refused_and_kept(do, typed, field):
    answer = do(do="request", **typed)
    assert answer.status_code == 422
    assert f'href="#task_{field}"' in text_of(answer)
    assert not typed["help"] or typed["help"] in text_of(answer)


def test_a_refusal_needs_its_ground_and_is_checked_once(do, fire):
    assert do(do="refuse", refusal_ground="").status_code == 422
    answer = do(do="refuse", refusal_ground="消防法第十五条", opinion="疏散通道不足")
    assert 'name="confirm"' in text_of(answer)
    assert fire.closed_at is None
    answer = do(do="refuse", refusal_ground="消防法第十五条", opinion="疏散通道不足", confirm="1")
    assert (fire.state, fire.ground) == (Task.State.REFUSED, "消防法第十五条")


def test_a_task_without_a_way_back_offers_none(do, page, client):
    assert 'value="return"' not in text_of(client.get(page))
    assert do(do="return", opinion="请重办", confirm="1").status_code == 409


def test_an_unknown_act_is_refused(do):
    assert do(do="explode").status_code == 422


def test_claim_and_put_back(do, fire, officer):
    do(do="claim")
    assert (fire.state, fire.assignee) == (Task.State.CLAIMED, officer)
    do(do="release")
    assert (fire.state, fire.assignee) == (Task.State.OPEN, None)


def test_of_two_officers_the_slower_sees_who_was_faster(page, fire, officer, linjiang):
    other = next(
        person
        for person in linjiang.values()
        if person.department_id == "xfjy" and person != officer and "officer" in person.roles
    )
    first, second = Client(), Client()
    first.force_login(other)
    second.force_login(officer)
    assert first.post(page, {"do": "claim"}, headers=HTMX).status_code == 200
    answer = second.post(page, {"do": "claim"}, headers=HTMX)
    assert answer.status_code == 409
    assert other.name in text_of(answer)
    assert answer["HX-Trigger"] == "cases-changed"
    fire.refresh_from_db()
    assert fire.assignee == other


def test_the_head_gives_it_to_an_officer(client, page, fire, linjiang):
    client.force_login(linjiang["xfjy01"])
    officers = [p for p in linjiang.values() if p.department_id == "xfjy" and "officer" in p.roles]
    chosen = officers[-1]
    assert client.post(page, {"do": "assign", "officer": ""}).status_code == 422
    client.post(page, {"do": "assign", "officer": str(chosen.pk)})
    fire.refresh_from_db()
    assert fire.assignee == chosen


def test_an_officer_of_another_department_can_do_nothing(client, page, fire, linjiang):
    client.force_login(linjiang["scjg02"])
    for typed in (
        {"do": "claim"},
        {"do": "approve", "confirm": "1"},
        {"do": "refuse", "refusal_ground": "法", "confirm": "1"},
        {"do": "supplement", "supplement": "x", "supplement_ground": "y"},
        {"do": "release"},
    ):
        assert client.post(page, typed).status_code == 403, typed
    fire.refresh_from_db()
    assert (fire.state, fire.assignee_id is None) == (Task.State.OPEN, False)


def test_what_is_done_cannot_be_done_again(do, officer, fire):
    services.approve(fire.pk, by=officer)
    assert do(do="approve", confirm="1").status_code == 409


def test_after_the_end_the_next_task_is_offered(do, fire, officer, applicant):
    from tests.cases.conftest import restaurant_form

    later = services.start_matter("open-restaurant", restaurant_form(), by=applicant).matter
    Task.objects.filter(matter=later, node="Task_Fire").update(assignee=officer)
    shown = text_of(do(do="approve", confirm="1"))
    following = Task.objects.get(matter=later, node="Task_Fire")
    assert reverse("cases:task", args=[following.pk]) in shown


def test_data_is_fetched_where_the_procedure_asks_for_it(do, page, client):
    assert 'value="prepare"' in text_of(client.get(page))
    answer = do(do="prepare")
    assert answer.status_code == 200
    assert 'class="table data"' in text_of(answer)


def test_a_post_needs_its_token(fire, officer):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(officer)
    answer = strict.post(reverse("cases:task", args=[fire.pk]), {"do": "claim"})
    assert answer.status_code == 403


def test_looked_up_values_are_told_in_words_and_units(client, page, fire):
    entry = {"resource": "zrzy/real_estate", "zh": "数据", "en": "Data", "at": "2026-03-02"}
    found, none = "019cac46-1500-7066-bc1d-82a8a70a4fbb", "019cac46-1500-7066-bc1d-82a8a70a4fbc"
    fire.prepared = [
        entry | {"column": "floor_area", "value": 150.0, "fact": found},
        entry | {"column": "use", "value": "shop", "fact": found},
        entry | {"column": "mortgaged", "value": None, "fact": found},
        entry | {"column": "owner", "value": None, "fact": none},
    ]
    fire.save(update_fields=["prepared"])
    linjiang_registers.seed_catalogue()
    values = re.findall(r'<td class="value">(.*?)</td>', text_of(client.get(page)))
    plain = [re.sub("<[^>]+>", "", value) for value in values]
    assert plain == ["150 平方米", "商业", "未登记", "该登记系统中无此记录"]
    english = client.get(page, headers={"accept-language": "en"})
    assert ">Shop</td>" in text_of(english)
    assert ">150 m²</td>" in text_of(english)


def test_a_simulation_that_is_cited_is_opened_by_officials_alone(client, page, fire, linjiang):
    matter = fire.matter
    cited = RunCited(run="TW-36M96S-05", result_hash="0" * 64)
    record(cited, actor=Actor("person", "7", "zrzy"), subject="twin.run:1", matter=matter.code)
    link = f'<a href="{reverse("twin:run", args=["TW-36M96S-05"])}">'
    assert link in client.get(page).content.decode()
    client.force_login(linjiang["applicant1"])
    shown = client.get(reverse("cases:matter", args=[matter.code])).content.decode()
    assert "TW-36M96S-05" in shown
    assert link not in shown
