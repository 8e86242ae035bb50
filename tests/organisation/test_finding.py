"""The search of the top bar finds departments and officials, for officials."""

import pytest
from django.urls import reverse

from heli.organisation import selectors


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("消防", ["xfjy"]),
        ("fire and", ["xfjy"]),
        ("xfjy", ["xfjy"]),
        ("局", ["jyj", "scjg", "sjj"]),
    ],
)
def test_departments_are_found_by_name_and_code(owner, text, codes):
    assert [card.code for card in selectors.find(text, owner).departments] == codes


def test_officials_are_found_and_applicants_are_not(owner, partner, applicant):
    assert list(selectors.find("demo partner", owner).people) == [partner]
    assert list(selectors.find("partner", owner).people) == [partner]
    assert selectors.find("applicant", owner).people == ()
    assert selectors.find("  ", owner) == selectors.Found()


def test_the_directory_is_shut_to_applicants(applicant, owner):
    assert selectors.find("消防", applicant) == selectors.Found()


def test_the_search_page_links_to_them(client, owner, applicant):
    client.force_login(owner)
    page = client.get(reverse("cases:search"), {"q": "市场监督"}).text
    assert reverse("organisation:department", args=["scjg"]) in page
    client.force_login(applicant)
    page = client.get(reverse("cases:search"), {"q": "市场监督"}).text
    assert reverse("organisation:department", args=["scjg"]) not in page
    assert "部门" not in client.get(reverse("cases:mine")).text.split('id="top-search"')[1][:200]


def test_the_tree_is_searched(client, owner):
    client.force_login(owner)
    url = reverse("organisation:departments")
    assert len(client.get(url).context["branches"]) > 3
    assert [row.department.code for row in client.get(url, {"q": "消防"}).context["branches"]] == [
        "xfjy"
    ]
    assert "没有这个名称的部门" in client.get(url, {"q": "没有"}).text
