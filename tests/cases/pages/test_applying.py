"""Applying, page by page: the offer, drafts, the check before sending, taking in at a desk."""

import re

import pytest
from django.test import TestCase
from django.urls import reverse
from tests.cases.conftest import CREDIT_CODE, RESIDENT_ID, UNIT_CODE
from tests.cases.pages.drafts import LANGUAGES, draft_of, fill

from heli.cases import codes, services
from heli.cases.models import Matter, Task
from heli.kernel.home import home
from heli.ledger.models import Fact
from heli.ledger.sentences import tell


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


def test_unit_code_is_not_asked_again(as_, now):
    """What identifies is kept under seal in the draft and comes back as typed."""
    client = as_("applicant1")
    code = draft_of(client)
    client.post(reverse("cases:step", args=[code, 3]), {"unit_code": UNIT_CODE})
    matter = Matter.objects.get(code=code)
    assert UNIT_CODE not in str(matter.form)
    assert UNIT_CODE in client.get(reverse("cases:step", args=[code, 3])).content.decode()


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
