"""Drafts of matters, filled in on pages."""

import re

import pytest
from django.urls import reverse
from tests.cases.conftest import restaurant_form

LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])
SECTIONS = (
    ("person_id", "person_name", "mobile"),
    ("credit_code", "enterprise_name", "trade"),
    ("unit_code", "address", "area"),
    ("shop_name", "dishes", "seats", "fume", "signboard"),
)


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
