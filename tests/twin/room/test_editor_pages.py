"""The editor of scenarios: who may use it, that it saves, and that nothing is lost on the way."""

import re

import pytest
from django.urls import reverse

from heli.ledger.models import Fact
from heli.twin import services
from heli.twin.models import Scenario
from heli.twin.scenarios import to_yaml

PLATE = {
    "tab": "form",
    "do": "save",
    "title_zh": "单号限行",
    "title_en": "Odd plates",
    "id": "",
    "days": ["mon", "tue", "wed", "thu", "fri"],
    "start": "07:00",
    "end": "20:00",
    "m": ["0"],
    "m0-kind": "plate-rule",
    "m0-area": "+",
    "m0-area-zones": ["s02", "s03"],
    "m0-digits": ["1", "3"],
    "m0-for-uses": ["private"],
}


@pytest.fixture
def enter(client):
    def make(person):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        client.cookies["django_language"] = "en"
        return client

    return make


@pytest.fixture
def editor(version, planner, enter):
    return enter(planner)


def new():
    return reverse("twin:scenario_new", args=["linjiang"])


def edit(name):
    return reverse("twin:scenario_edit", args=["linjiang", name])


@pytest.mark.parametrize(
    ("who", "status"),
    [("planner", 200), ("leader", 200), ("outsider", 403), ("owner", 403), ("applicant", 403)],
)
def test_only_planners_and_leaders_edit(saved, enter, request, who, status) -> None:
    client = enter(request.getfixturevalue(who))
    assert client.get(new()).status_code == status
    assert client.get(edit("odd-plates")).status_code == status
    assert client.post(new(), PLATE).status_code == (302 if status == 200 else 403)
    assert Scenario.objects.count() == (3 if status == 200 else 2)


def test_a_form_makes_a_scenario(editor, version) -> None:
    answer = editor.post(new(), PLATE)
    row = Scenario.objects.get()
    assert answer.url == edit(row.name)
    assert row.name == "odd-plates"
    assert row.document == {
        "id": "odd-plates",
        "title": {"zh": "单号限行", "en": "Odd plates"},
        "model": version.digest[:12],
        "window": {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "07:00", "to": "20:00"},
        "measures": [
            {
                "kind": "plate-rule",
                "area": ["s02", "s03"],
                "digits": [1, 3],
                "for": {"uses": ["private"]},
            }
        ],
    }
    assert Fact.objects.filter(verb__contains="scenario").count() == 1
    assert "Saved: Odd plates." in editor.get(answer.url).text


def test_what_is_wrong_is_told_and_nothing_is_lost(editor) -> None:
    answer = editor.post(new(), PLATE | {"m0-digits": [], "start": "7"})
    assert answer.status_code == 422
    assert "2 answers need correcting" in answer.text
    assert 'href="#m0-digits"' in answer.text
    assert "Measure 1, Plate numbers stay out: Choose at least one." in answer.text
    assert 'value="单号限行"' in answer.text
    assert ticked(answer, "m0-area-zones") == ["s02", "s03"]
    assert not Scenario.objects.exists()


def test_what_the_city_refuses_is_told_at_the_measure(editor) -> None:
    outside = editor.post(new(), PLATE | {"start": "10:00"})
    assert "does not hold on all working days from 08:00" in outside.text
    nobody = editor.post(new(), PLATE | {"m0-except-uses": ["private"]})
    assert nobody.status_code == 422
    assert 'href="#m0"' in nobody.text
    assert "Measure 1, Plate numbers stay out: the measure “plate-rule” concerns no" in nobody.text
    assert not Scenario.objects.exists()


def test_measures_come_and_go_without_script(editor) -> None:
    answer = editor.post(new(), PLATE | {"do": "add", "add-kind": "toll"})
    assert kinds(answer) == ["plate-rule", "toll"]
    assert ticked(answer, "m0-digits") == ["1", "3"]
    two = PLATE | {"m": ["0", "1"], "m1-kind": "toll", "m1-roads": ["ring"], "m1-yuan": "5"}
    answer = editor.post(new(), two | {"do": "remove-0"})
    assert kinds(answer) == ["toll"]
    assert ticked(answer, "m0-roads") == ["ring"]


def test_htmx_gets_the_measures_alone(editor) -> None:
    headers = {"HX-Request": "true"}
    answer = editor.post(new(), PLATE | {"do": "add", "add-kind": "closure"}, headers=headers)
    assert kinds(answer) == ["plate-rule", "closure"]
    assert "<html" not in answer.text


def test_the_form_turns_into_yaml_and_back(editor, version) -> None:
    answer = editor.post(new(), PLATE | {"do": "yaml", "id": "tried"})
    text = text_of(answer)
    assert "digits:" in text
    back = editor.post(new(), {"tab": "yaml", "text": text, "do": "form"})
    assert ticked(back, "m0-area-zones") == ["s02", "s03"]
    kept = editor.post(new(), {"tab": "yaml", "text": text, "do": "save"})
    assert kept.status_code == 302
    assert Scenario.objects.get().document["model"] == version.digest[:12]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace("plate-rule", "plate-rul"), "plate-rul"),
        (lambda text: text + "\nfoo: 1\n", "foo"),
        (lambda text: "{", "cannot be read"),
        (lambda text: text.replace("s02", "s99"), "there is no zone “s99”"),
        (lambda text: re.sub(r"model: .*", "model: 'abcdefabcdef'", text), "abcdefabcdef"),
    ],
)
def test_wrong_yaml_is_told_and_kept(editor, change, told) -> None:
    text = change(text_of(editor.post(new(), PLATE | {"do": "yaml", "id": "tried"})))
    answer = editor.post(new(), {"tab": "yaml", "text": text, "do": "save"})
    assert answer.status_code == 422
    assert told in answer.text
    assert text_of(answer) == text
    assert not Scenario.objects.exists()


def test_a_scenario_is_changed_under_its_name(saved, editor) -> None:
    page = editor.get(edit("bridge-toll"))
    assert kinds(page) == ["toll", "parking-price"]
    assert 'name="opened" value="1"' in page.text
    changed = {**PLATE, "opened": "1", "id": "other"}
    assert editor.post(edit("bridge-toll"), changed).status_code == 302
    row = Scenario.objects.get(name="bridge-toll")
    assert (row.revision, row.title_zh) == (2, "单号限行")


def test_a_change_meanwhile_is_not_overwritten(saved, editor, model, planner, policies) -> None:
    services.save_scenario(
        model, policies["bridge-toll"], actor=planner.actor, department="zrzy", opened=1
    )
    answer = editor.post(edit("bridge-toll"), {**PLATE, "opened": "1"})
    assert answer.status_code == 422
    assert "was changed meanwhile" in answer.text
    assert 'name="opened" value="1"' in answer.text
    assert Scenario.objects.get(name="bridge-toll").revision == 2


def test_yaml_keeps_the_name_of_what_is_changed(saved, editor, policies) -> None:
    text = to_yaml(policies["odd-plates"])
    sent = {"tab": "yaml", "text": text, "do": "save", "opened": "1"}
    answer = editor.post(edit("bridge-toll"), sent)
    assert "The id must stay “bridge-toll”" in answer.text
    assert editor.post(edit("odd-plates"), sent).status_code == 302


@pytest.mark.parametrize("name", ["odd-plates", "bridge-toll"])
def test_a_saved_scenario_goes_through_the_form_unchanged(saved, editor, name) -> None:
    before = Scenario.objects.get(name=name).digest
    page = editor.get(edit(name))
    assert editor.post(edit(name), form_of(page) | {"do": "save"}).status_code == 302
    row = Scenario.objects.get(name=name)
    assert (row.revision, row.digest) == (2, before)


def test_what_is_not_there_is_not_found(version, editor) -> None:
    assert editor.get(edit("nowhere")).status_code == 404
    assert editor.get(reverse("twin:scenario_new", args=["nowhere"])).status_code == 404


def test_the_page_is_small_and_has_nothing_inline(saved, editor) -> None:
    page = editor.get(edit("bridge-toll"))
    assert len(page.content) < 400_000
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*(src=|json))", page.text)


def kinds(answer) -> list[str]:
    return re.findall(r'name="m\d-kind" value="([^"]+)"', answer.text)


def ticked(answer, name) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]+)" checked', answer.text)


def text_of(answer) -> str:
    from html import unescape

    found = re.search(r"<textarea[^>]*name=\"text\"[^>]*>(.*?)</textarea>", answer.text, re.S)
    return unescape(found[1])


def form_of(page) -> dict[str, list[str]]:
    """What a browser would send of the form on a page."""
    from lxml import html

    (form,) = html.fromstring(page.text).xpath('//form[@id="scenario"]')
    sent: dict[str, list[str]] = {}
    for name, value in form.form_values():
        sent.setdefault(name, []).append(value)
    return sent
