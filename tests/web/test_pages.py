"""Every page of the gallery renders, in both languages, without anything inline."""

import re
from types import SimpleNamespace

import pytest
from django.template import Context, Template, TemplateSyntaxError

PAGES = ["/web/gallery/", "/web/gallery/queue/", "/web/gallery/queue/3/", "/web/gallery/applicant/"]
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*(src=|application/json))|javascript:"
)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_render_with_nothing_inline(client, page: str, language: str) -> None:
    client.cookies["django_language"] = language
    answer = client.get(page)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert not INLINE.search(text), INLINE.search(text)
    assert f'lang="{"zh-Hans" if language == "zh-hans" else "en"}"' in text
    assert "content-security-policy" in {name.lower() for name in answer.headers}


def test_a_live_region_takes_filters_with_equals_signs() -> None:
    text = '{% load heli %}{% live "/s?after="|add:n "/f" mode="prepend" %}<p>x</p>{% endlive %}'
    assert Template(text).render(Context({"n": "7"})) == (
        '<div data-live="/s?after=7" data-fallback="/f" data-live-mode="prepend"><p>x</p></div>'
    )


def test_a_live_region_without_address_is_refused() -> None:
    with pytest.raises(TemplateSyntaxError, match="address"):
        Template('{% load heli %}{% live mode="prepend" %}{% endlive %}')


@pytest.mark.parametrize(
    "tag",
    [
        "clock_badge c",
        "department_badge d",
        "state_tag s l",
        "receipt_badge u",
        "when t",
        "copy d.name",
    ],
)
def test_components_escape_what_they_show(tag: str) -> None:
    bad = "<img src=x>"
    clock = SimpleNamespace(state="late", fraction=1, remaining=None, due_at=None, words=bad)
    department = SimpleNamespace(badge=bad, name=bad, url='"><img>')
    values = {"c": clock, "d": department, "s": bad, "l": bad, "u": bad, "t": None}
    assert "<img" not in Template("{% load heli %}{% " + tag + " %}").render(Context(values))
