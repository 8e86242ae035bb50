"""Every page of the gallery renders, in both languages, without anything inline."""

import re

import pytest

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
