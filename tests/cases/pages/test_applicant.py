"""From applying to the page of the matter, as applicants, desks and officials see it."""

import re

import pytest
from django.test import TestCase
from django.urls import reverse
from tests.cases.conftest import CREDIT_CODE, RESIDENT_ID, UNIT_CODE, restaurant_form

from heli.cases import codes, services
from heli.cases.errors import AttachmentRefusedError
from heli.cases.models import Matter, Supplement, Task
from heli.kernel.home import home
from heli.kernel.localise import explain
from heli.ledger.models import Fact
from heli.ledger.sentences import tell
from heli.web.confluence import leaves

LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])
SECTIONS = (
    ("person_id", "person_name", "mobile"),
    ("credit_code", "enterprise_name", "trade"),
    ("unit_code", "address", "area"),
    ("shop_name", "dishes", "seats", "fume", "signboard"),
)


@pytest.fixture
def as_(client, linjiang):
    """Sign in by login name; returns the client."""

    def sign_in(name):
        client.force_login(linjiang[name])
        return client

    return sign_in


def fill(client, code):
    """Answer every section, as often as the page asks for something new."""
    form = restaurant_form()
    for number, keys in enumerate(SECTIONS, 1):
        url = reverse("cases:step", args=[code, number])
        for _ in range(3):
            answer = client.post(url, {key: form[key] for key in keys if key in form})
            assert answer.status_code == 302
            if "found" not in answer["Location"]:
                break


def draft_of(client):
    answer = client.post(reverse("cases:begin", args=["open-restaurant"]))
    return re.search(r"/drafts/(LJ-\w+-\d\d)/1/", answer["Location"])[1]


@LANGUAGES
@pytest.mark.parametrize("signed_in", [True, False])
def test_everybody_sees_what_can_be_applied_for(client, now, applicant, language, signed_in):
    if signed_in:
        client.force_login(applicant)
    for url in (
        reverse("cases:procedures"),
        *(
            reverse("cases:apply", args=[key])
            for key in ("open-restaurant", "start-enterprise", "urban-renewal")
        ),
    ):
        page = client.get(url, headers={"accept-language": language})
        assert page.status_code == 200
        assert ("局</span>" in page.content.decode()) == (language == "zh-hans"), url


def test_the_offer_tells_both_times_and_what_is_spared(client, now):
    page = client.get(reverse("cases:apply", args=["open-restaurant"]))
    offer = page.context["offer"]
    assert offer.together == 4
    assert offer.serial_days > offer.parallel_days > 1
    assert {"姓名", "经营场所地址"} <= set(offer.known)
    assert "店名" in offer.asked
    assert "姓名" not in offer.asked


def test_apply_check_send_see(as_, now):
    client = as_("applicant1")
    code = draft_of(client)
    fill(client, code)
    check = client.get(reverse("cases:check", args=[code]))
    assert "江畔小馆" in check.content.decode()
    sent = client.post(reverse("cases:check", args=[code]), {"agree": "on"}, follow=True)
    matter = Matter.objects.get(code=code)
    secret = codes.secret_of(matter.pk, matter.secret_version)
    text = sent.content.decode()
    assert code in text
    assert secret in text
    assert "<svg" in text
    assert matter.state == Matter.State.RUNNING
    assert Task.objects.filter(matter=matter).count() == 4
    page = client.get(reverse("cases:matter", args=[code]))
    assert "消防救援" in page.content.decode()
    mine = client.get(reverse("cases:mine"))
    assert code in mine.content.decode()


def test_the_secret_is_shown_for_a_quarter_of_an_hour(as_, now):
    client = as_("applicant1")
    code = draft_of(client)
    fill(client, code)
    client.post(reverse("cases:check", args=[code]), {"agree": "on"})
    matter = Matter.objects.get(code=code)
    secret = codes.secret_of(matter.pk, 1)
    url = reverse("cases:slip", args=[code])
    assert secret in client.get(url).content.decode()
    now.advance(minutes=16)
    assert secret not in client.get(url).content.decode()
    client.post(reverse("cases:renew", args=[code]))
    fresh = client.get(url).content.decode()
    assert codes.secret_of(matter.pk, 2) in fresh
    assert secret not in fresh


def test_sending_twice_gives_one_matter(as_, now):
    client = as_("applicant1")
    code = draft_of(client)
    fill(client, code)
    url = reverse("cases:check", args=[code])
    first = client.post(url, {"agree": "on"})
    second = client.post(url, {"agree": "on"})
    assert first["Location"] == second["Location"] == reverse("cases:slip", args=[code])
    assert Matter.objects.exclude(state="draft").count() == 1
    assert Task.objects.count() == 4


def test_an_unconfirmed_declaration_sends_nothing(as_, now):
    client = as_("applicant1")
    code = draft_of(client)
    fill(client, code)
    page = client.post(reverse("cases:check", args=[code]))
    assert page.status_code == 422
    assert Matter.objects.get(code=code).state == Matter.State.DRAFT


def test_what_is_missing_is_named_when_sending(as_, now):
    client = as_("applicant1")
    code = draft_of(client)
    page = client.post(reverse("cases:check", args=[code]), {"agree": "on"})
    assert page.status_code == 422
    assert 'href="#answer-shop_name"' in page.content.decode()
    page = client.post(reverse("cases:check", args=[code]))
    faults = re.findall(r'<li><a href="#([^"]+)"', page.content.decode())
    assert "answer-shop_name" in faults
    assert faults[-1] == "id_agree"
    assert f"{len(faults)} " in page.content.decode().partition("data-error-summary")[2][:400]
    assert Matter.objects.get(code=code).state == Matter.State.DRAFT


@LANGUAGES
def test_an_error_keeps_what_was_typed(as_, now, language):
    client = as_("applicant1")
    code = draft_of(client)
    page = client.post(
        reverse("cases:step", args=[code, 4]),
        {"shop_name": "留住的店名", "dishes": "hot", "seats": "许多", "fume": "flue"},
        headers={"accept-language": language},
    )
    text = page.content.decode()
    assert page.status_code == 422
    assert 'value="留住的店名"' in text
    assert 'value="许多"' in text
    assert 'href="#id_seats"' in text
    assert "data-error-summary" in text


def test_a_wrong_credit_code_is_refused_in_words(as_, now):
    client = as_("applicant1")
    code = draft_of(client)
    wrong = CREDIT_CODE[:-1] + ("0" if CREDIT_CODE[-1] != "0" else "1")
    page = client.post(reverse("cases:step", args=[code, 2]), {"credit_code": wrong})
    assert page.status_code == 422
    assert page.context["form"].errors["credit_code"]


def test_a_change_that_comes_after_sending_is_told_and_not_taken(as_, now):
    client = as_("applicant1")
    code = draft_of(client)
    fill(client, code)
    client.post(reverse("cases:check", args=[code]), {"agree": "on"})
    late = client.post(reverse("cases:step", args=[code, 4]), {"shop_name": "改了的店名"})
    page = client.get(late["Location"]).content.decode()
    assert 'class="toast warning"' in page
    assert Matter.objects.get(code=code).form["shop_name"] == "江畔小馆"
    client.get(reverse("cases:step", args=[code, 4]))
    assert "toast" not in client.get(reverse("cases:matter", args=[code])).content.decode()


def test_nobody_opens_the_draft_of_another(as_, now):
    code = draft_of(as_("applicant1"))
    for name in ("applicant2", "zwzx02"):
        client = as_(name)
        assert client.get(reverse("cases:step", args=[code, 1])).status_code == 404
        assert client.post(reverse("cases:check", args=[code])).status_code == 404
    client = as_("xfjy02")
    assert client.get(reverse("cases:step", args=[code, 1])).status_code == 403


def test_the_desk_takes_a_matter_in(as_, now):
    client = as_("zwzx02")
    assert client.get(reverse("cases:intake")).status_code == 200
    url = reverse("cases:intake_for", args=["open-restaurant"])
    person = {"number": RESIDENT_ID, "name": "演示 来访者", "contact": "13900000001"}
    bad = client.post(url, person | {"number": "11010519491231002A"})
    assert bad.status_code == 422
    assert bad.context["form"].errors["number"]
    assert 'value="演示 来访者"' in bad.content.decode()
    begun = client.post(url, person)
    code = re.search(r"/drafts/(LJ-\w+-\d\d)/1/", begun["Location"])[1]
    fill(client, code)
    slip = client.post(reverse("cases:check", args=[code]), {"agree": "on"}, follow=True)
    matter = Matter.objects.get(code=code)
    assert matter.on_behalf["name"] == "演示 来访者"
    assert matter.applicant is None
    assert matter.subjects.filter(role="applicant").exists()
    text = slip.content.decode()
    assert codes.secret_of(matter.pk, 1) in text
    assert "data-print" in text
    assert RESIDENT_ID not in text
    assert code in client.get(reverse("cases:mine")).content.decode()


def test_applicants_do_not_take_in(as_, now):
    assert as_("applicant1").get(reverse("cases:intake")).status_code == 403


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
    nothing = client.post(url, {"seats": "", "answer": ""})
    assert nothing.status_code == 422
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


def test_unit_code_is_not_asked_again(as_, now):
    """What identifies is kept under seal in the draft and comes back as typed."""
    client = as_("applicant1")
    code = draft_of(client)
    client.post(reverse("cases:step", args=[code, 3]), {"unit_code": UNIT_CODE})
    matter = Matter.objects.get(code=code)
    assert UNIT_CODE not in str(matter.form)
    assert UNIT_CODE in client.get(reverse("cases:step", args=[code, 3])).content.decode()


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


def test_a_draft_can_be_discarded_by_its_applicant_alone(as_, now, linjiang):
    client = as_("applicant1")
    code = draft_of(client)
    services.attach(Matter.objects.get(code=code), "a.txt", b"words", by=linjiang["applicant1"])
    path = home() / Matter.objects.get(code=code).attachments.get().path
    url = reverse("cases:discard", args=[code])
    for page in (reverse("cases:mine"), reverse("cases:step", args=[code, 1])):
        assert url in client.get(page).content.decode()
    assert as_("applicant2").post(url).status_code == 404
    client = as_("applicant1")
    assert client.get(url).status_code == 405
    assert path.exists()
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = client.post(url, follow=True)
    assert 'class="toast success"' in answer.content.decode()
    assert not Matter.objects.filter(code=code).exists()
    assert not path.exists()
    fact = Fact.objects.get(matter=code, verb="cases.matter.discarded")
    assert tell(fact.verb, fact.data)


def test_what_was_sent_cannot_be_discarded(as_, now):
    client = as_("applicant1")
    code = draft_of(client)
    fill(client, code)
    client.post(reverse("cases:check", args=[code]), {"agree": "on"})
    answer = client.post(reverse("cases:discard", args=[code]), follow=True)
    assert 'class="toast warning"' in answer.content.decode()
    assert Matter.objects.get(code=code).state == Matter.State.RUNNING


@pytest.mark.parametrize("name", ["", "applicant1", "xfjy02"])
def test_badges_lead_only_where_the_reader_may_go(client, linjiang, now, name):
    if name:
        client.force_login(linjiang[name])
    text = client.get(reverse("cases:procedures")).content.decode()
    links = re.findall(r'<a class="dept" href="([^"]+)"', text)
    assert bool(links) is (name == "xfjy02")
    assert all(client.get(link).status_code == 200 for link in links[:2])
    assert "dept-badge" in text
