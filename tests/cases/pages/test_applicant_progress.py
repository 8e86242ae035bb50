"""Progress by code and secret, and the page of imported history."""

import time

import pytest
from django.urls import reverse

from heli.cases import codes
from heli.cases.models import Matter
from heli.cases.selectors.progress import MOST_PER_CODE
from heli.kernel import clock
from heli.organisation.models import Department

URL = "/cases/progress/"
LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])


def ask(client, code, secret, language="zh-hans"):
    return client.post(URL, {"code": code, "secret": secret}, headers={"accept-language": language})


def secret_of(matter):
    return codes.secret_of(matter.pk, matter.secret_version)


@LANGUAGES
def test_the_code_of_the_qr_is_filled_in(client, matter, language):
    page = client.get(URL, {"code": matter.code}, headers={"accept-language": language})
    assert page.status_code == 200
    assert f'value="{matter.code}"' in page.content.decode()


@LANGUAGES
def test_progress_shows_departments_and_nobody(client, matter, language):
    page = ask(client, matter.code, secret_of(matter), language)
    text = page.content.decode()
    assert page.status_code == 200
    assert ("消防救援支队" if language == "zh-hans" else "Fire and Rescue") in text
    for private in ("演示 经营者", "13900000000", "江畔小馆", "演示路", "经营者"):
        assert private not in text
    assert page["Cache-Control"] == "no-store"


def test_sloppy_typing_is_forgiven(client, matter):
    typed = matter.code.lower().replace("-", " ")
    assert ask(client, typed, secret_of(matter).lower()).status_code == 200


def test_a_typing_mistake_is_told_from_a_wrong_secret(client, matter):
    last = matter.code[-1]
    mistyped = matter.code[:-1] + ("1" if last != "1" else "2")
    wrong = ask(client, mistyped, secret_of(matter))
    assert "code" in wrong.context["form"].errors
    malformed = ask(client, "什么", secret_of(matter))
    assert "code" in malformed.context["form"].errors


def test_codes_cannot_be_probed(client, matter):
    """An unknown code and a wrong secret answer with the same words and status, as fast."""
    unknown = codes.new_code()
    answers, times = [], []
    for code in (matter.code, unknown):
        begun = time.perf_counter()
        page = ask(client, code, "AAAAAAAA")
        times.append(time.perf_counter() - begun)
        answers.append((page.status_code, str(page.context["form"].errors["secret"])))
    assert answers[0] == answers[1]
    assert abs(times[0] - times[1]) < 0.25


def test_a_draft_has_no_progress(client, matter):
    Matter.objects.filter(pk=matter.pk).update(state=Matter.State.DRAFT)
    assert ask(client, matter.code, secret_of(matter)).status_code == 403


def test_guessing_is_slowed_down(client, matter):
    for _ in range(MOST_PER_CODE):
        assert ask(client, matter.code, "AAAAAAAA").status_code == 403
    page = ask(client, matter.code, secret_of(matter))
    assert page.status_code == 429
    assert page.context["form"].non_field_errors()


@LANGUAGES
@pytest.mark.parametrize(("name", "status"), [("leader1", 200), ("applicant1", 404)])
def test_imported_history_has_a_page(client, linjiang, name, status, language):
    row = Matter.objects.create(
        code=codes.new_code(),
        title="case-10011",
        state=Matter.State.COMPLETED,
        origin=Matter.Origin.IMPORTED,
        source="permits",
        external_id="case-10011",
        opened_at=clock.now(),
        closed_at=clock.now(),
        accountable=Department.objects.get(pk="zwzx"),
    )
    client.force_login(linjiang[name])
    page = client.get(
        reverse("cases:matter", args=[row.code]), headers={"accept-language": language}
    )
    assert page.status_code == status
    if status == 200:
        text = page.content.decode()
        assert "case-10011" in text
        assert "hx-trigger" not in text
