"""What people read of the demo city's facts: no code, no machine's date, no key of a message."""

import re

from django.utils import translation

from heli.cockpit.selectors import news
from heli.ledger import shown
from heli.ledger.models import Fact

ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T")
CODE = re.compile(r"\b[a-z]+[_.][a-z_.]+\b|\b[a-z]{3,4}/[a-z]")
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
# Chinese by nature: laws, and what people wrote.
CHINESE_BY_NATURE = ("finding", "ground", "legal_basis", "legal_ground", "reason", "title")


def test_facts_are_told_in_words(seeded):
    verbs = sorted(set(Fact.objects.values_list("verb", flat=True)))
    facts = [Fact.objects.filter(verb=verb).order_by("id").last() for verb in verbs]
    assert len(facts) > 30
    for language in ("zh-hans", "en"):
        with translation.override(language):
            for fact in facts:
                read = [shown.sentence(fact), *(text for _name, text in shown.particulars(fact))]
                for text in read:
                    found = ISO.search(text) or CODE.search(text) or "{" in text
                    assert not found, (language, fact.verb, text)
    with translation.override("zh-hans"):
        names = {name for fact in facts for name, _value in shown.particulars(fact)}
        assert [name for name in names if not CHINESE.search(name)] == []
    with translation.override("en"):
        for fact in facts:
            told = shown.sentence(fact)
            for field in CHINESE_BY_NATURE:
                told = told.replace(str(fact.data.get(field) or ""), "")
            assert not CHINESE.search(told), told
        told = {item.verb: item.sentence() for item in news.latest(2000)}
    assert told["exchange.lookup.answered"].endswith("Bureau")
    assert "exchange." not in told["exchange.lookup.denied"]
