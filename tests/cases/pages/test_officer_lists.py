"""Requests, handovers, matters, the inbox, procedures and the search, for those they are for."""

import json
from importlib import resources

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from heli.cases import services
from heli.cases.models import CollaborationRequest, Handover, Matter, Notice, Procedure
from heli.cases.selectors import unread
from heli.cases.selectors.inbox import notices_of as officer_notices
from heli.kernel import clock

LANGUAGES = ("zh-hans", "en")
HTMX = {"hx-request": "1"}


def text_of(answer):
    return answer.content.decode()


@pytest.fixture
def asked(matter, task):
    """The fire brigade asks the environment bureau for help."""
    fire = task("Task_Fire")
    return services.request_collaboration(
        matter, "sthj", by=fire.assignee, text="请提供油烟排放口位置", task=fire
    )


@pytest.fixture
def offered(matter, linjiang):
    """The service centre offers the matter to the market bureau."""
    return services.offer_handover(
        matter, "scjg", by=linjiang["zwzx02"], reason="餐饮许可由你局主办"
    )


PAGES = (
    "cases:requests",
    "cases:requests_asked",
    "cases:requests_closed",
    "cases:handovers",
    "cases:handover_new",
    "cases:matters",
    "cases:inbox",
    "cases:procedures_admin",
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_officers_read_every_page(client, linjiang, asked, offered, name, language):
    client.force_login(linjiang["sthj02"])
    assert client.get(reverse(name), headers={"accept-language": language}).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_applicants_have_only_their_inbox(client, applicant, asked, name):
    client.force_login(applicant)
    expected = 200 if name == "cases:inbox" else 403
    assert client.get(reverse(name)).status_code == expected


@pytest.mark.parametrize("name", [*PAGES, "cases:search", "cases:publish"])
def test_visitors_sign_in_first(client, db, name):
    assert client.get(reverse(name))["Location"].startswith("/sign-in/?next=")


# -- requests -----------------------------------------------------------------------------------


def test_both_sides_see_a_request(client, linjiang, asked):
    client.force_login(linjiang["sthj02"])
    assert asked.matter.code in text_of(client.get(reverse("cases:requests")))
    assert asked.matter.code not in text_of(client.get(reverse("cases:requests_asked")))
    client.force_login(linjiang["xfjy02"])
    assert asked.matter.code in text_of(client.get(reverse("cases:requests_asked")))
    assert asked.matter.code not in text_of(client.get(reverse("cases:requests")))


@pytest.mark.parametrize("name", ["jyj02", "applicant2"])
def test_a_request_is_none_of_others_business(client, linjiang, asked, name):
    client.force_login(linjiang[name])
    answer = client.get(reverse("cases:request", args=[asked.pk]))
    assert answer.status_code == (404 if name == "jyj02" else 403)


def test_answering_without_words_is_refused_then_done(client, linjiang, asked):
    client.force_login(linjiang["sthj02"])
    url = reverse("cases:request", args=[asked.pk])
    answer = client.post(url, {"do": "answer", "answer": " "}, headers=HTMX)
    assert answer.status_code == 422
    assert 'href="#id_answer"' in text_of(answer)
    answer = client.post(url, {"do": "answer", "answer": "位于后巷"}, headers=HTMX)
    assert answer["HX-Trigger"] == "cases-changed"
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == (CollaborationRequest.State.ANSWERED, "位于后巷")
    assert client.post(url, {"do": "answer", "answer": "又"}).status_code == 409
    assert asked.matter.code in text_of(client.get(reverse("cases:requests_closed")))


def test_refusing_to_help_needs_a_ground(client, linjiang, asked):
    client.force_login(linjiang["sthj02"])
    url = reverse("cases:request", args=[asked.pk])
    answer = client.post(url, {"do": "refuse", "ground": "", "answer": "想写的"})
    assert answer.status_code == 422
    assert "想写的" in text_of(answer)
    assert client.post(url, {"do": "refuse", "ground": "保守国家秘密法第三条"})["Location"] == url
    asked.refresh_from_db()
    assert asked.ground == "保守国家秘密法第三条"


def test_only_the_asked_answer_and_only_the_asker_takes_back(client, linjiang, asked):
    url = reverse("cases:request", args=[asked.pk])
    client.force_login(linjiang["xfjy02"])
    assert client.post(url, {"do": "answer", "answer": "x"}).status_code == 403
    assert client.post(url, {"do": "nothing"}).status_code == 422
    client.force_login(linjiang["sthj02"])
    assert client.post(url, {"do": "withdraw"}).status_code == 403
    client.force_login(linjiang["xfjy02"])
    client.post(url, {"do": "withdraw"})
    asked.refresh_from_db()
    assert asked.state == CollaborationRequest.State.WITHDRAWN


# -- handovers ----------------------------------------------------------------------------------


def test_a_matter_is_offered_by_its_code_however_typed(client, linjiang, matter):
    client.force_login(linjiang["zwzx02"])
    url = reverse("cases:handover_new")
    assert matter.code in text_of(client.get(url, {"matter": matter.code}))
    typed = {"code": matter.code.lower(), "taker": "scjg", "reason": ""}
    answer = client.post(url, typed)
    assert answer.status_code == 422
    assert matter.code.lower() in text_of(answer)
    client.post(url, {**typed, "reason": "由你局主办"})
    row = Handover.objects.get(matter=matter)
    assert (row.giver_id, row.taker_id) == ("zwzx", "scjg")


@pytest.mark.parametrize("code", ["LJ-222222-00", "什么", ""])
def test_a_wrong_code_is_told_beside_its_field(client, linjiang, now, code):
    client.force_login(linjiang["zwzx02"])
    typed = {"code": code, "taker": "scjg", "reason": "x"}
    answer = client.post(reverse("cases:handover_new"), typed)
    assert answer.status_code in {404, 422}
    assert 'href="#id_code"' in text_of(answer)


def test_who_is_not_accountable_cannot_offer(client, linjiang, matter):
    client.force_login(linjiang["xfjy02"])
    typed = {"code": matter.code, "taker": "scjg", "reason": "x"}
    assert client.post(reverse("cases:handover_new"), typed).status_code == 403


def test_accepting_moves_the_accountability(client, linjiang, offered):
    url = reverse("cases:handover", args=[offered.pk])
    client.force_login(linjiang["zwzx02"])
    assert client.post(url, {"do": "accept"}).status_code == 403
    client.force_login(linjiang["scjg02"])
    assert 'value="accept"' in text_of(client.get(url))
    client.post(url, {"do": "accept"})
    assert Matter.objects.get(pk=offered.matter_id).accountable_id == "scjg"


def test_declining_needs_a_reason_and_bounces_back(client, linjiang, offered):
    url = reverse("cases:handover", args=[offered.pk])
    client.force_login(linjiang["scjg02"])
    answer = client.post(url, {"do": "decline", "reason": ""}, headers=HTMX)
    assert answer.status_code == 422
    assert 'href="#id_reason"' in text_of(answer)
    client.post(url, {"do": "decline", "reason": "不属我局职责"}, headers=HTMX)
    assert Matter.objects.get(pk=offered.matter_id).accountable_id == "zwzx"
    client.force_login(linjiang["zwzx02"])
    assert 'class="note bounced"' in text_of(client.get(url))
    assert 'class="tag at_risk"' in text_of(client.get(reverse("cases:handovers")))


def test_an_offer_is_taken_back(client, linjiang, offered):
    client.force_login(linjiang["zwzx02"])
    client.post(reverse("cases:handover", args=[offered.pk]), {"do": "withdraw"})
    offered.refresh_from_db()
    assert offered.state == Handover.State.WITHDRAWN
    client.force_login(linjiang["jyj02"])
    assert client.get(reverse("cases:handover", args=[offered.pk])).status_code == 404


# -- matters and search -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "seen"), [("scjg02", True), ("jyj02", False), ("leader1", True), ("steward1", False)]
)
def test_a_department_sees_the_matters_it_takes_part_in(client, linjiang, matter, name, seen):
    client.force_login(linjiang[name])
    assert (matter.code in text_of(client.get(reverse("cases:matters")))) is seen


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"q": "小馆"}, True),
        ({"q": "没有"}, False),
        ({"state": "running"}, True),
        ({"state": "completed"}, False),
        ({"origin": "imported"}, False),
        ({"procedure": "open-restaurant"}, True),
    ],
)
def test_matters_are_searched_and_filtered(client, linjiang, matter, query, shown):
    client.force_login(linjiang["leader1"])
    answer = client.get(reverse("cases:matters"), query)
    assert ("<tr data-row" in text_of(answer)) is shown


def test_a_code_leads_straight_to_its_matter(client, linjiang, matter):
    url = reverse("cases:matter", args=[matter.code])
    for name in ("scjg02", "applicant1"):
        client.force_login(linjiang[name])
        for typed in (matter.code, matter.code.lower().replace("-", "")):
            assert client.get(reverse("cases:search"), {"q": typed})["Location"] == url


def test_whose_business_it_is_not_finds_nothing(client, linjiang, matter):
    client.force_login(linjiang["jyj02"])
    answer = client.get(reverse("cases:search"), {"q": matter.code})
    assert answer.status_code == 200
    assert "<tr data-row" not in text_of(answer)
    assert 'class="toast warning"' in text_of(answer)


def test_words_lead_to_a_list(client, linjiang, matter):
    client.force_login(linjiang["scjg02"])
    assert matter.code in text_of(client.get(reverse("cases:search"), {"q": "小馆"}))


# -- inbox --------------------------------------------------------------------------------------


def test_the_inbox_is_searched_filtered_and_paged(client, linjiang, asked):
    officer = linjiang["sthj02"]
    client.force_login(officer)
    code, page = asked.matter.code, reverse("cases:inbox")
    everything = text_of(client.get(page))
    assert everything.count('class="what"') == officer_notices(officer).count() > 0
    assert 'class="what"' in text_of(client.get(page, {"q": code.lower().replace("-", "")}))
    assert 'class="what"' not in text_of(client.get(page, {"q": "no such title"}))
    assert 'class="what"' not in text_of(client.get(page, {"level": "escalate"}))
    Notice.objects.bulk_create(
        Notice(person=officer, key="request.asked", created_at=clock.now(), matter=asked.matter)
        for _ in range(30)
    )
    first = text_of(client.get(page))
    assert first.count('class="what"') == 25
    assert "page=2" in first
    rest = text_of(client.get(page, {"page": "2"}))
    assert rest.count('class="what"') == officer_notices(officer).count() - 25


def test_a_notice_is_counted_opened_and_read(client, linjiang, asked):
    officer = linjiang["sthj02"]
    client.force_login(officer)
    page = text_of(client.get(reverse("cases:queue")))
    assert unread(officer) > 0
    assert f'count-badge">{unread(officer)}<span' in page
    notice = Notice.objects.get(key="request.asked")
    answer = client.post(reverse("cases:notice", args=[notice.pk]))
    assert answer["Location"] == reverse("cases:request", args=[asked.pk])
    notice.refresh_from_db()
    assert notice.read_at is not None


def test_notices_are_marked_as_read_one_by_one_and_at_once(client, linjiang, asked):
    officer = linjiang["sthj02"]
    client.force_login(officer)
    services.offer_handover(asked.matter, "sthj", by=linjiang["zwzx02"], reason="由你局主办")
    before = unread(officer)
    notice = Notice.objects.get(key="request.asked")
    client.post(reverse("cases:inbox_read"), {"notice": str(notice.pk)})
    assert unread(officer) == before - 1
    client.post(reverse("cases:inbox_read"))
    assert unread(officer) == 0
    assert 'class="unread"' not in text_of(client.get(reverse("cases:inbox")))


def test_the_notice_of_another_is_not_found(client, linjiang, asked):
    client.force_login(linjiang["jyj02"])
    notice = Notice.objects.get(key="request.asked")
    assert client.post(reverse("cases:notice", args=[notice.pk])).status_code == 404
    client.post(reverse("cases:inbox_read"), {"notice": str(notice.pk)})
    notice.refresh_from_db()
    assert notice.read_at is None


# -- procedures ---------------------------------------------------------------------------------


@pytest.fixture
def supervisor(linjiang):
    return next(p for p in linjiang.values() if "supervisor" in p.roles)


@pytest.fixture
def shipped():
    folder = resources.files("heli.cases") / "procedures"
    given = json.loads((folder / "open-restaurant.json").read_text("utf-8"))
    return (folder / "open-restaurant.bpmn").read_text("utf-8"), given


def upload(shipped, model=None):
    xml, given = shipped
    return {
        "key": "open-restaurant",
        "name_zh": given["name_zh"],
        "name_en": given["name_en"],
        "summary_zh": "新版",
        "model": SimpleUploadedFile("m.bpmn", (model or xml).encode()),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_procedure_shows_who_does_what_by_which_law(client, linjiang, now, language):
    client.force_login(linjiang["xfjy02"])
    url = reverse("cases:procedure", args=["open-restaurant", 1])
    page = text_of(client.get(url, headers={"accept-language": language}))
    assert "消防法第十五条" in page
    assert "data-bpmn=" in page
    assert client.get(reverse("cases:procedure", args=["open-restaurant", 9])).status_code == 404


def test_a_new_version_is_published_by_upload(client, supervisor, shipped, now):
    client.force_login(supervisor)
    answer = client.post(reverse("cases:publish"), upload(shipped))
    assert answer["Location"] == reverse("cases:procedure", args=["open-restaurant", 2])
    active = Procedure.objects.get(key="open-restaurant", active=True)
    assert active.version == 2
    assert active.form == shipped[1]["form"]


def test_refused_elements_are_named(client, supervisor, shipped, now):
    client.force_login(supervisor)
    model = shipped[0].replace("userTask", "scriptTask")
    answer = client.post(reverse("cases:publish"), upload(shipped, model))
    assert answer.status_code == 422
    page = text_of(answer)
    assert "<code>scriptTask</code>" in page
    assert "新版" in page
    assert Procedure.objects.get(key="open-restaurant").version == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"model": SimpleUploadedFile("m.bpmn", b"this is no XML")},
        {"model": SimpleUploadedFile("m.bpmn", b"\xff\xfe\x00")},
        {"schema": SimpleUploadedFile("f.json", b"[1")},
        {"schema": SimpleUploadedFile("f.json", b"[]")},
        {"key": ""},
    ],
)
def test_what_cannot_be_read_is_refused(client, supervisor, shipped, now, changes):
    client.force_login(supervisor)
    answer = client.post(reverse("cases:publish"), upload(shipped) | changes)
    assert answer.status_code == 422
    assert 'role="alert"' in text_of(answer)


def test_officers_do_not_publish(client, linjiang, shipped, now):
    client.force_login(linjiang["xfjy02"])
    assert client.get(reverse("cases:publish")).status_code == 403
    assert client.post(reverse("cases:publish"), upload(shipped)).status_code == 403


def test_own_matters_are_offered_to_choose_from_and_lead_to_the_form(client, linjiang, matter):
    new = reverse("cases:handover_new")
    page = reverse("cases:matter", args=[matter.code])
    client.force_login(linjiang["zwzx02"])
    assert f'<option value="{matter.code}">' in text_of(client.get(new))
    assert f"{new}?matter={matter.code}" in text_of(client.get(page))
    services.offer_handover(matter, "scjg", by=linjiang["zwzx02"], reason="由你局主办")
    assert f'<option value="{matter.code}">' not in text_of(client.get(new))
    assert new not in text_of(client.get(page))
    client.force_login(linjiang["xfjy02"])
    assert f'<option value="{matter.code}">' not in text_of(client.get(new))
    assert new not in text_of(client.get(page))


def test_all_that_is_missing_in_an_offer_is_said_at_once(client, linjiang, matter):
    client.force_login(linjiang["zwzx02"])
    shown = text_of(client.post(reverse("cases:handover_new"), {"code": "", "taker": ""}))
    for field in ("code", "taker", "reason"):
        assert f'href="#id_{field}"' in shown, field
    assert "“”" not in shown
