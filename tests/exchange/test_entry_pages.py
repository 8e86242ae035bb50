"""How a resource is described, found and shown, on pages and over REST."""

from urllib.parse import quote

import pytest
from django.urls import reverse
from tests.exchange.cast import API, as_, people, post

from heli.exchange.models import (
    Provision,
)
from heli.exchange.selectors import FACETS
from heli.ledger.models import Fact

__all__ = ["as_", "people"]


def test_provisions_are_registered_on_their_page(as_):
    there = reverse("exchange:provisions")
    body = {"law_zh": "示例条例", "article": "第一条", "kind": "local", "says_zh": "示例",
            "effective_on": "2026-01-01", "code": "sample-1"}  # fmt: skip
    assert as_("officer").post(there, body).status_code == 403
    as_("source").post(there, body)
    assert Provision.objects.get(pk="sample-1").law_zh == "示例条例"
    assert "已登记" in as_("source").post(there, body).text
    gone = post(as_("authority"), "/provisions/sample-1/repeal", {"repealed_on": "2026-06-01"})
    assert gone.json()["in_force"] is False


def test_a_resource_is_described_on_its_page(as_, exchange_city):
    there = reverse("exchange:describe", args=["gaj", "residents"])
    assert as_("asker").get(there).status_code == 403
    body = {"category": "101001", "summary_zh": "新的摘要", "sharing": "not_shared",
            "openness": "closed"}  # fmt: skip
    assert "有效条款" in as_("source").post(there, body).text
    as_("source").post(there, body | {"ground": "pipl-34"})
    shown = as_("officer").get(reverse("exchange:resource", args=["gaj", "residents"])).text
    assert "新的摘要" in shown
    assert "第三十四条" in shown


def test_a_missing_condition_is_asked_for_in_plain_words(as_):
    there = reverse("exchange:describe", args=["gaj", "residents"])
    body = {"category": "101001", "summary_zh": "摘要", "sharing": "conditional",
            "openness": "closed"}  # fmt: skip
    answer = as_("source").post(there, body).text
    assert "请写明在什么条件下共享。" in answer
    assert "输入" not in answer.partition("error-summary")[2][:400]
    as_("source").post(there, body | {"condition_zh": "限履职", "condition_en": "For duties only"})
    reader = as_("officer")
    reader.cookies["django_language"] = "en"
    shown = reader.get(reverse("exchange:resource", args=["gaj", "residents"])).text
    assert "For duties only" in shown


def test_facets_and_search_go_together(as_):
    officer = as_("officer")
    there = reverse("exchange:catalogue")
    narrowed = officer.get(there, {"sharing": "unconditional", "q": "床位"})
    assert "医院床位信息" in narrowed.text
    assert "宗地信息" not in narrowed.text.partition("queue-table")[2]
    part = officer.get(there, {"q": "床位"}, headers={"HX-Target": "queue-table"})
    assert 'id="facets" hx-swap-oob="true"' in part.text
    assert "<html" not in part.text
    over_rest = officer.get(f"{API}/facets", {"q": "床位"}).json()
    assert {"value": "wjw", "label": "演示wjw", "count": 1} in next(
        each["choices"] for each in over_rest if each["name"] == "department")  # fmt: skip
    listed = officer.get(f"{API}/resources", {"form": "table"}).json()["items"]
    assert [each["address"] for each in listed] == ["wjw/hospital_beds"]


ODD = ["abc", "0", "-1", "9", "٣", "9" * 30, "'", "%", "\ud800", "a" * 5000]


@pytest.mark.parametrize("name", [*FACETS, "q", "sort", "page"])
def test_a_value_that_no_resource_has_breaks_no_list(as_, name):
    officer = as_("officer")
    for odd in ODD:
        asked = f"?{name}={quote(odd, errors='surrogatepass')}"
        assert officer.get(reverse("exchange:catalogue") + asked).status_code == 200, odd
        assert officer.get(f"{API}/facets{asked}").status_code == 200, odd


def test_a_sample_is_shown_in_part_and_alone(as_):
    there = reverse("exchange:sample", args=["wjw", "hospital_beds"])
    part = as_("officer").get(there, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert "***" in part.text
    assert "<html" in as_("officer").get(there).text
    assert as_("resident").get(there).status_code == 403
    rows = as_("officer").get(f"{API}/resources/wjw/hospital_beds/sample").json()["rows"]
    assert rows[0][0] == "***"


def test_who_was_shown_a_sample_is_a_fact(as_, people, monkeypatch):
    there = reverse("exchange:sample", args=["wjw", "hospital_beds"])
    shown = as_("officer").get(there, headers={"HX-Request": "true"}).text.count("<tr>") - 1
    as_("officer").get(f"{API}/resources/wjw/hospital_beds/sample")
    as_("resident").get(there)
    facts = Fact.objects.filter(verb="exchange.sample.read").order_by("id")
    assert [(fact.actor, fact.department, fact.subject) for fact in facts] == [
        (str(people["officer"].actor), "jyj", "exchange.resource:wjw/hospital_beds")
    ] * 2
    assert {fact.data["rows"] for fact in facts} == {shown}

    def fails(*_args, **_more):
        raise OSError("gone")

    monkeypatch.setattr("heli.exchange.selectors.entries.open_connector", fails)
    assert "gone" not in as_("officer").get(there).text
    assert facts.count() == 2


def test_an_entry_over_rest_says_all_of_the_guide(as_):
    entry = as_("officer").get(f"{API}/resources/jyj/pupils/entry").json()
    assert entry["code"] == "203001/000001"
    assert (entry["sharing"], entry["ground"], entry["openness"]) == (
        "not_shared", "pipl-28", "closed")  # fmt: skip
    elements = as_("officer").get(f"{API}/resources/gaj/residents/entry").json()["elements"]
    assert {"element": "person.name", "field": "name", "standing": "source"} in elements
    body = {"title_zh": "新类"}
    assert as_("source").put(f"{API}/categories/104", body,
                             content_type="application/json").status_code == 403  # fmt: skip
    made = as_("authority").put(f"{API}/categories/104", body, content_type="application/json")
    assert made.json()["code"] == "104"
