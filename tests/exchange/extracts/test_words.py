"""How sure a trace is, as people read it."""

import pytest
from django.utils import translation

from heli.exchange.extracts.shown import odds_words, power_words


@pytest.mark.parametrize(
    ("error", "chinese", "english"),
    [
        (1e-40, "不到十亿分之一", "less than once in a billion times"),
        (5e-10, "不到十亿分之一", "less than once in a billion times"),
        (5e-7, "至多 2,000,000 分之一", "at most once in 2,000,000 times"),
    ],
)
def test_odds_are_told_in_words(error, chinese, english):
    with translation.override("zh-hans"):
        assert odds_words(error) == chinese
    with translation.override("en"):
        assert odds_words(error) == english


def test_evidence_is_told_in_full_only_while_it_is_small():
    with translation.override("en"):
        said = [power_words(exponent) for exponent in (2, 6, 31)]
    assert said == ["100", "more than a million", "more than a billion"]
