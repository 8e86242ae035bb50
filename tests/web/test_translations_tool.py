"""The catalogue tool finds every message and says what is wrong with a translation."""

from pathlib import Path

import pytest
from tools import translations
from tools.translations import Room

TEMPLATE = """{% load i18n %}
    {% if x %}<p title="{% translate "Hello" %}">it's {% translate "May" context "month" %}
  {% blocktranslate count n=items|length trimmed %}
    One item of {{ who }}
  {% plural %}
    {{ n }} items of {{ who }}
  {% endblocktranslate %}{% endif %}
"""
MODULE = """
from django.utils.translation import gettext_lazy as _, ngettext
class A:
    message = gettext_noop("{what} was not found.")
    label = _("Label")
    def many(self, n):
        return ngettext("%d day", "%d days", n)
"""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    folder = tmp_path / "src" / "heli" / "garden"
    (folder / "templates" / "garden").mkdir(parents=True)
    (folder / "templates" / "garden" / "page.html").write_text(TEMPLATE)
    (folder / "things.py").write_text(MODULE)
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    return Room("garden", folder)


def _translate(room: Room, pairs: dict[str, str]) -> None:
    text = room.po.read_text()
    for message_id, text_in_chinese in pairs.items():
        for empty in ('msgstr ""', 'msgstr[0] ""'):
            marker = f'"{message_id}"\n{empty}'
            text = text.replace(marker, marker[:-1] + text_in_chinese + '"')
    room.po.write_text(text)


def test_messages_are_found_in_templates_and_modules(room: Room) -> None:
    translations.update(room)
    found = {(message.id, message.context) for message in translations.stored(room) if message.id}
    assert found == {
        ("Hello", None),
        ("May", "month"),
        (("One item of %(who)s", "%(n)s items of %(who)s"), None),
        ("{what} was not found.", None),
        ("Label", None),
        (("%d day", "%d days"), None),
    }


def test_translations_survive_an_update_and_complete_catalogues_pass(room: Room) -> None:
    translations.update(room)
    _translate(
        room,
        {
            "Hello": "您好",
            "May": "五月",
            "%(n)s items of %(who)s": "%(who)s的 %(n)s 项",
            "{what} was not found.": "未找到{what}。",
            "Label": "标签",
            "%d days": "%d 天",
        },
    )
    first = room.po.read_text()
    translations.update(room)
    assert room.po.read_text() == first
    assert list(translations.problems(room)) == []


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda text: text.replace('"您好"', '""'), "not translated"),
        (lambda text: text.replace('"未找到{what}。"', '"未找到{thing}。"'), "placeholders differ"),
        (lambda text: text.replace('msgid "Hello"', '#, fuzzy\nmsgid "Hello"'), "fuzzy"),
        (lambda text: text + '\nmsgid "Gone"\nmsgstr "没了"\n', "obsolete"),
        (lambda text: text.replace('msgid "Hello"', 'msgid "Hallo"'), "not in the catalogue"),
    ],
)
def test_each_fault_is_named(room: Room, spoil, complaint: str) -> None:
    test_translations_survive_an_update_and_complete_catalogues_pass(room)
    room.po.write_text(spoil(room.po.read_text()))
    assert any(complaint in line for line in translations.problems(room))


def test_compiling_writes_what_django_reads(room: Room) -> None:
    test_translations_survive_an_update_and_complete_catalogues_pass(room)
    assert translations.compile_room(room)
    assert not translations.compile_room(room)
    assert "您好".encode() in room.po.with_suffix(".mo").read_bytes()


def test_an_unknown_room_is_refused_by_name() -> None:
    with pytest.raises(SystemExit, match="no such room: attic"):
        translations.chosen(["attic"])
