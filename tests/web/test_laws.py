"""Citations of law on pages of either language."""

import pytest
from django.utils import translation

from heli.web.laws import cited

TEXT = "《中华人民共和国食品安全法》第三十五条"


def test_text_that_is_more_than_a_citation_is_marked_and_what_it_cites_follows() -> None:
    said = f"依据{TEXT}，应当提供"
    with translation.override("en"):
        marked = '<span lang="zh-Hans">{}</span>'
        assert cited(said) == f"{marked.format(said)} (Food Safety Law, article 35)"
        assert cited("《某市办法》") == marked.format("《某市办法》")
        both = f"{TEXT}、《某市办法》第一条"
        assert cited(both) == f"{marked.format(both)} (Food Safety Law, article 35)"
        assert cited("Fire Protection Law, article 15") == "Fire Protection Law, article 15"
        assert cited("<b>法") == marked.format("&lt;b&gt;法")
    with translation.override("zh-hans"):
        assert cited(TEXT) == TEXT
        assert cited("<b>") == "&lt;b&gt;"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT, "Food Safety Law, article 35"),
        ("《全国污染源普查条例》", "Regulations on the National Census of Pollution Sources"),
        (
            "《政务数据共享条例》（国务院令第809号）第二十六条；《个人信息保护法》第四十六条",
            "Regulations on the Sharing of Government Data (State Council Decree No. 809), "
            "article 26; Personal Information Protection Law, article 46",
        ),
        (
            "《行政复议法》（2023年修订）第六十二条第一款",
            "Administrative Reconsideration Law (revised 2023), article 62, paragraph 1",
        ),
        (
            "《个人信息保护法》第十三条第（二）项",
            "Personal Information Protection Law, article 13, item 2",
        ),
    ],
)
def test_a_citation_is_said_in_english_with_its_article(text: str, words: str) -> None:
    with translation.override("en"):
        assert cited(text) == words
