"""The page of a matter, as applicants, desks and officials see it."""

import re

import pytest
from django.urls import reverse
from tests.cases.pages.drafts import LANGUAGES

from heli.cases import services
from heli.cases.errors import AttachmentRefusedError
from heli.cases.models import Matter, Supplement, Task
from heli.kernel.localise import explain
from heli.web.confluence import leaves


@LANGUAGES
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("applicant1", 200),
        ("applicant2", 404),
        ("xfjy02", 200),
        ("scjg02", 200),
        ("jyj02", 404),
        ("leader1", 200),
        ("auditadmin", 200),
    ],
)
def test_who_sees_the_page_of_a_matter(as_, matter, name, status, language):
    client = as_(name)
    for page in ("cases:matter", "cases:matter_live"):
        answer = client.get(
            reverse(page, args=[matter.code]), headers={"accept-language": language}
        )
        assert answer.status_code == status, page


def test_who_watches_sees_no_answers_and_no_files(as_, matter, applicant):
    row = services.attach(matter, "图.png", b"\x89PNG\r\n\x1a\n0", by=applicant)
    file_url = reverse("cases:attachment", args=[matter.code, row.pk])
    watcher = as_("leader1")
    text = watcher.get(reverse("cases:matter", args=[matter.code])).content.decode()
    assert "13900000000" not in text
    assert "图.png" not in text
    assert watcher.get(file_url).status_code == 403
    own = as_("applicant1")
    text = own.get(reverse("cases:matter", args=[matter.code])).content.decode()
    assert "13900000000" in text
    assert "图.png" in text
    answer = own.get(file_url)
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content).startswith(b"\x89PNG")


def ask(task, **more):
    row = task("Task_Fire")
    services.claim(row.pk, by=row.assignee)
    return services.ask_supplement(
        row.pk, by=row.assignee, text="请补交疏散通道图。", ground="消防法第十五条", **more
    )


def test_what_is_needed_comes_first_and_can_be_answered(as_, task, matter):
    asked = ask(task, items=[{"label": "餐位数", "field": "seats"}])
    client = as_("applicant1")
    url = reverse("cases:supplement", args=[matter.code, asked.pk])
    assert url in client.get(reverse("cases:mine")).content.decode()
    assert url in client.get(reverse("cases:matter", args=[matter.code])).content.decode()
    page = client.get(url)
    assert "请补交疏散通道图。" in page.content.decode()
    for nothing in ("", str(matter.form["seats"])):
        refused = client.post(url, {"seats": nothing, "answer": ""})
        assert refused.status_code == 422
    file = as_file("图.pdf", b"%PDF-1.7 demo")
    done = client.post(url, {"seats": "36", "answer": "已补交。", "files": [file]})
    assert done.status_code == 302
    assert 'class="toast success"' in client.get(done["Location"]).content.decode()
    asked.refresh_from_db()
    assert asked.state == Supplement.State.ANSWERED
    assert asked.answer == "已补交。"
    assert [row.name for row in asked.attachments.all()] == ["图.pdf"]
    assert Matter.objects.get(pk=matter.pk).form["seats"] == 36
    assert task("Task_Fire").state == Task.State.CLAIMED
    again = client.get(url)
    assert again.context["form"] is None


def as_file(name, content):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, content)


def test_a_refused_file_keeps_the_request_open(as_, task, matter):
    asked = ask(task)
    client = as_("applicant1")
    url = reverse("cases:supplement", args=[matter.code, asked.pk])
    good, bad = as_file("a.pdf", b"%PDF-1.7"), as_file("b.exe", b"MZ\x90\x00")
    page = client.post(url, {"answer": "看附件", "files": [good, bad]})
    assert page.status_code == 422
    assert page.context["form"].errors["files"]
    assert "看附件" in page.content.decode()
    asked.refresh_from_db()
    assert asked.state == Supplement.State.ASKED
    assert not asked.attachments.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("evil.exe", b"plain words"),
        ("evil.txt.exe", b"plain words"),
        ("picture.pdf", b"\x89PNG\r\n\x1a\n0"),
        ("noending", b"plain words"),
        ("evil\u202etxt.exe", b"plain words"),
    ],
)
def test_a_file_whose_name_lies_about_its_kind_is_refused(matter, applicant, name, content):
    with pytest.raises(AttachmentRefusedError) as refusal:
        services.attach(matter, name, content, by=applicant)
    assert ".txt" in explain(refusal.value).remedy
    assert not matter.attachments.exists()


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("C:\\说明.TXT", "说明".encode(), "说明.TXT"),
        ("a\u202eb.Jpeg", b"\xff\xd8\xff0", "ab.Jpeg"),
        (f"{'长' * 200}.pdf", b"%PDF-1.7", f"{'长' * 156}.pdf"),
    ],
)
def test_a_file_whose_name_fits_is_taken(matter, applicant, name, content, kept):
    assert services.attach(matter, name, content, by=applicant).name == kept


def test_only_applicant_or_desk_answer(as_, task, matter):
    asked = ask(task)
    url = reverse("cases:supplement", args=[matter.code, asked.pk])
    assert as_("applicant2").get(url).status_code == 404
    assert as_("scjg02").get(url).status_code == 403
    assert as_("zwzx02").get(url).status_code == 200


def test_the_page_follows_the_matter(as_, task, matter):
    client = as_("applicant1")
    page = client.get(reverse("cases:matter", args=[matter.code]))
    live = re.search(r'hx-get="([^"]+)"', page.content.decode())[1]
    assert client.get(live).status_code == 204
    ask(task)
    changed = client.get(live)
    assert changed.status_code == 200
    assert "请补交疏散通道图。" in changed.content.decode()


def test_withdrawing_is_for_the_applicant(as_, matter):
    url = reverse("cases:withdraw", args=[matter.code])
    assert as_("applicant2").post(url).status_code == 404
    assert as_("xfjy02").post(url).status_code == 403
    client = as_("applicant1")
    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 302
    matter.refresh_from_db()
    assert matter.state == Matter.State.WITHDRAWN
    page = client.get(reverse("cases:matter", args=[matter.code])).content.decode()
    assert "hx-trigger" not in page
    assert url not in page


def test_the_diagram_is_served(as_, matter):
    client = as_("applicant1")
    page = client.get(reverse("cases:matter", args=[matter.code])).content.decode()
    url = re.search(r'data-bpmn="([^"]+)"', page)[1]
    assert "bpmn:definitions" in client.get(url).content.decode()


def test_a_mistyped_code_says_so(as_, matter):
    wrong = matter.code[:-2] + f"{(int(matter.code[-2:]) + 1) % 97:02d}"
    page = as_("applicant1").get(reverse("cases:matter", args=[wrong]))
    assert page.status_code in (400, 422)
    assert "校验" in page.content.decode()


def test_who_may_not_read_it_is_told_that_something_is_asked(as_, task, matter):
    ask(task)
    url = reverse("cases:matter", args=[matter.code])
    text = as_("leader1").get(url).content.decode()
    assert "请补交疏散通道图。" not in text
    assert "目前无需申请人补正" not in text
    assert "有 1 件事等申请人补正" in text
    assert "请补交疏散通道图。" in as_("applicant1").get(url).content.decode()


def test_an_overdue_matter_promises_no_day_that_has_passed(as_, matter, now):
    url = reverse("cases:matter", args=[matter.code])
    client = as_("applicant1")
    page = client.get(url)
    assert page.context["end"].startswith("预计")
    assert page.context["page"].standing == ("on_time", "办理中")
    assert "个工作日" in page.content.decode()
    now.advance(days=60)
    page = client.get(url)
    assert page.context["end"] == "已超时"
    assert 'class="tag late"' in page.content.decode()
    assert 'class="tag late"' in client.get(reverse("cases:mine")).content.decode()
    listed = as_("leader1").get(reverse("cases:matters")).content.decode()
    assert 'class="tag late"' in listed
    assert 'class="clock late"' in listed


def test_times_are_told_in_a_unit_that_fits(as_, task, matter, now):
    now.advance(minutes=10)
    services.withdraw_matter(matter, by=matter.applicant)
    text = as_("applicant1").get(reverse("cases:matter", args=[matter.code])).content.decode()
    assert "10 分钟" in text
    assert "<b>0</b>" not in text


def test_parts_stand_in_the_order_of_their_lanes(as_, matter):
    page = as_("applicant1").get(reverse("cases:matter", args=[matter.code])).context["page"]
    lanes = [leaf.label for leaf in leaves(page.tree)]
    parts = [task.label for task in page.tasks]
    assert parts == [label for label in lanes if label in parts]


RULED = ("Task_Food", "Task_Fire", "Task_Environment", "Task_Signboard", "Task_Issue")


@LANGUAGES
def test_after_the_end_it_tells_what_each_department_decided(as_, work, matter, language):
    for node in RULED:
        work(node, opinion="只供存档的意见")
    client = as_("applicant1")
    tongue = {"accept-language": language}
    url = reverse("cases:outcome", args=[matter.code])
    page = client.get(reverse("cases:matter", args=[matter.code]), headers=tongue)
    assert url in page.content.decode()
    printed = client.get(url, headers=tongue)
    found = printed.context["outcome"]
    text = printed.content.decode()
    assert [item.refused for item in found.rulings] == [False] * len(RULED)
    assert all(item.receipt_url in text and item.fact in text for item in found.rulings)
    assert matter.code in text
    assert "<svg" in text
    assert "data-print" in text
    assert "只供存档的意见" not in text
    assert as_("applicant2").get(url).status_code == 404


def test_a_refusal_is_told_with_its_ground(as_, task, matter):
    row = task("Task_Fire")
    services.refuse(row.pk, by=row.assignee, ground="消防法第十五条")
    while rest := Task.objects.filter(matter=matter, closed_at=None).first():
        services.approve(rest.pk, by=rest.assignee)
    page = as_("applicant1").get(reverse("cases:outcome", args=[matter.code]))
    refused = [item for item in page.context["outcome"].rulings if item.refused]
    assert [item.ground for item in refused] == ["消防法第十五条"]
    assert "消防法第十五条" in page.content.decode()


def test_what_runs_has_no_outcome_yet(as_, matter):
    answer = as_("applicant1").get(reverse("cases:outcome", args=[matter.code]))
    assert answer["Location"] == reverse("cases:matter", args=[matter.code])


@pytest.mark.parametrize("name", ["", "applicant1", "xfjy02"])
def test_badges_lead_only_where_the_reader_may_go(client, linjiang, now, name):
    if name:
        client.force_login(linjiang[name])
    text = client.get(reverse("cases:procedures")).content.decode()
    links = re.findall(r'<a class="dept" href="([^"]+)"', text)
    assert bool(links) is (name == "xfjy02")
    assert all(client.get(link).status_code == 200 for link in links[:2])
    assert "dept-badge" in text
