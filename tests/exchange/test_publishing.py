"""Publishing a resource from its file, on the page."""

import html
import os
import re
from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from heli.engines.contracts import describe, write_yaml
from heli.errors import BadInputError
from heli.exchange import selectors, services
from heli.exchange.connectors.text import CsvConnector
from heli.exchange.errors_applications import GroundError
from heli.exchange.errors_sources import FilesFullError
from heli.exchange.models import Resource
from heli.exchange.services import publishing
from heli.kernel.actor import HELI
from heli.kernel.home import folder
from heli.kernel.permissions import Role
from heli.organisation.services import NewPerson, create_person

PAGE = reverse("exchange:publish")
TABLE = "编号,名称,厕位数\nGC0001,滨江公厕,12\nGC0002,北山公厕,8\n"


@pytest.fixture
def keeper(exchange_city, client):
    signed_in(client)
    for file in snapshots("cgj/toilets.csv"):
        file.unlink()
    yield client
    for file in held():
        file.unlink()


def signed_in(client):
    person = create_person(
        NewPerson("keeper", "甲", "A", department="cgj", roles=frozenset({Role.STEWARD})),
        actor=HELI,
    )
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")


@pytest.fixture
def contract():
    rows = [line.split(",") for line in TABLE.splitlines()]
    draft = describe("toilets", rows[0], rows[1:], department="cgj")
    return named(write_yaml(draft.document | {"version": "1.0.0", "status": "active"}))


def named(text):
    """A draft whose placeholders a steward has replaced."""
    for number, title in enumerate(("Number", "Name", "Cubicles"), 1):
        text = text.replace(f"Field {number}", title)
    return text


def filled(contract, table=TABLE, name="toilets.csv", **change):
    given = {"contract": contract, "headings": "titles", "encoding": "utf-8", "part": "",
             "sharing": "unconditional", "update_cycle": "monthly", "ground": ""}  # fmt: skip
    return given | {"table": SimpleUploadedFile(name, table.encode())} | change


def hidden(page):
    """What the check page sends on."""
    found = re.findall(r'<input type="hidden" name="(\w+)"(?: value="([^"]*)")?', page.text)
    return {name: html.unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def publish(keeper, *args, **more):
    return keeper.post(PAGE, hidden(keeper.post(PAGE, filled(*args, **more))) | {"confirm": "1"})


def held():
    return list(folder("registers", "cgj").glob("held-*"))


def test_it_is_looked_over_before_it_is_published(keeper, contract):
    assert '<option value="conditional" selected>' in keeper.get(PAGE).text
    check = keeper.post(PAGE, filled(contract))
    for shown in ("无条件共享", "编号、名称、厕位数", "toilets.csv", "滨***"):
        assert shown in check.text
    assert not Resource.objects.filter(department="cgj").exists()
    sent = hidden(check)
    again = keeper.post(PAGE, sent | {"edit": "1"})
    assert "toilets.csv 已读取并保留" in again.text
    silent = keeper.post(PAGE, sent | {"sharing": "conditional"})
    assert "请写明在什么条件下共享。" in silent.text
    condition = {"sharing": "conditional", "condition_zh": "限公厕管理", "condition_en": "Upkeep"}
    changed = keeper.post(PAGE, sent | condition)
    assert "有条件共享" in changed.text
    assert "限公厕管理" in changed.text
    assert len(held()) == 1
    assert keeper.post(PAGE, hidden(changed) | {"confirm": "1"}).status_code == 302
    row = Resource.objects.get(department="cgj")
    assert (row.sharing, row.condition_zh, row.condition_en) == (
        "conditional", "限公厕管理", "Upkeep")  # fmt: skip
    assert held() == []
    shown = keeper.get(reverse("exchange:resource", args=["cgj", "toilets"])).text
    assert "限公厕管理" in shown
    assert "<dd></dd>" not in shown
    described = keeper.get(reverse("exchange:describe", args=["cgj", "toilets"]))
    assert described.context["form"]["condition_zh"].value() == "限公厕管理"
    assert described.context["form"]["condition_en"].value() == "Upkeep"


def test_a_held_file_is_only_for_who_handed_it_in(keeper, contract):
    sent = hidden(keeper.post(PAGE, filled(contract)))
    other = create_person(
        NewPerson("second", "丙", "C", department="cgj", roles=frozenset({Role.STEWARD})),
        actor=HELI,
    )
    keeper.force_login(other, backend="django.contrib.auth.backends.ModelBackend")
    for name in (sent["held"], "../../keys/log.csv", "toilets.csv"):
        refused = keeper.post(PAGE, sent | {"held": name, "confirm": "1"})
        assert "请重新选择" in refused.text
    assert not Resource.objects.filter(department="cgj").exists()


def test_a_file_is_published_with_its_contract_and_can_be_read(keeper, contract):
    answer = publish(keeper, contract)
    assert answer.url == reverse("exchange:describe", args=["cgj", "toilets"])
    row = Resource.objects.get(department="cgj", name="toilets")
    assert row.options["file"] == "cgj/toilets.csv"
    assert len(selectors.sample(row)) == 2
    assert reverse("exchange:publish") in keeper.get(reverse("exchange:catalogue")).text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"table": "编号,名称,厕位数\nGC0001,滨江公厕,many\n"}, "厕位数"),
        ({"name": "toilets.pdf"}, ".parquet"),
        ({"sharing": "not_shared"}, "法律"),
        ({"headings": "names"}, "field_"),
    ],
)
def test_what_does_not_keep_its_contract_is_not_published(keeper, contract, change, told):
    answer = keeper.post(PAGE, filled(contract, **change))
    assert told in answer.text
    assert "GC0001" not in answer.text.partition("textarea")[0]
    assert not Resource.objects.filter(department="cgj").exists()
    assert held() == []


def test_a_resource_that_is_there_gets_a_version_instead(keeper, contract):
    publish(keeper, contract)
    answer = keeper.post(PAGE, filled(contract))
    assert answer.status_code == 409
    assert "cgj/toilets" in answer.text


def test_only_stewards_publish(keeper, contract):
    officer = create_person(
        NewPerson("other", "乙", "B", department="cgj", roles=frozenset({Role.OFFICER})),
        actor=HELI,
    )
    keeper.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    assert keeper.post(PAGE, filled(contract)).status_code == 403


def test_a_contract_is_drafted_from_the_file_and_published_once_its_columns_are_named(keeper):
    answer = keeper.post(PAGE, filled("", do="draft", sharing="conditional"))
    assert not answer.context["form"].errors
    assert not Resource.objects.filter(department="cgj").exists()
    assert "厕位数" in answer.text
    assert "尚未发布" in answer.text
    form = answer.context["form"]
    sent = filled(
        form["contract"].value(),
        sharing="unconditional",
        held=form["held"].value(),
        held_as="toilets.csv",
    )
    del sent["table"]
    refused = keeper.post(PAGE, sent)
    assert "名称 (field_2, Field 2)" in refused.text
    assert not Resource.objects.filter(department="cgj").exists()
    sent |= {"contract": named(sent["contract"]), "held": refused.context["form"]["held"].value()}
    check = keeper.post(PAGE, sent)
    assert "滨***" in check.text, "the file was kept"
    assert keeper.post(PAGE, hidden(check) | {"confirm": "1"}).status_code == 302
    assert held() == []
    assert Resource.objects.get(department="cgj", name="toilets").contract_version == "1.0.0"


def test_a_draft_says_how_the_file_is_encoded(keeper):
    table = SimpleUploadedFile("toilets.csv", TABLE.encode("gb18030"))
    answer = keeper.post(PAGE, filled("", do="draft") | {"table": table})
    assert answer.context["form"]["encoding"].value() == "gb18030"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"table": ""}, "table"),
        ({"table": "编号\n"}, "table"),
        ({"name": "toilets.json"}, "table"),
        ({"contract": "kind: DataContract"}, "contract"),
    ],
)
def test_what_cannot_be_drafted_says_so_and_keeps_what_was_typed(keeper, change, told):
    answer = keeper.post(PAGE, filled("", do="draft", sharing="conditional") | filled_in(change))
    form = answer.context["form"]
    assert list(form.errors) == [told]
    assert form["contract"].value() == change.get("contract", "")
    assert form["sharing"].value() == "conditional"


def filled_in(change):
    """A change of a form, with its table as a file."""
    if {"table", "name"} & set(change):
        name = change.get("name", "toilets.csv")
        return {"table": SimpleUploadedFile(name, change.get("table", TABLE).encode())}
    return change


def watched(monkeypatch):
    """Notes of every reading of a source whether a transaction was open meanwhile."""
    seen = []
    real = CsvConnector.scan

    def scan(self, *args, **more):
        seen.append(connection.in_atomic_block)
        return real(self, *args, **more)

    monkeypatch.setattr(CsvConnector, "scan", scan)
    return seen


def test_no_transaction_is_open_while_a_file_is_read(committed_city, client, contract, monkeypatch):
    seen = watched(monkeypatch)
    signed_in(client)
    publish(client, contract)
    services.measure(Resource.objects.get(department="cgj"))
    assert seen == [False] * 3, "to look it over, to publish it, to measure it"


def test_what_is_refused_leaves_every_file_as_it_was(keeper, contract, monkeypatch):
    there = folder("registers", "cgj") / "toilets.csv"
    there.write_text("as it was")

    def refused(**more):
        raise GroundError(field="ground", given="none")

    monkeypatch.setattr(publishing, "publish", refused)
    answer = publish(keeper, contract)
    assert answer.status_code == 422
    assert there.read_text() == "as it was"
    there.unlink()


def test_a_file_that_another_resource_is_read_from_is_not_replaced(keeper, contract):
    there = folder("registers", "cgj") / "toilets.csv"
    publish(keeper, contract)
    content = there.read_bytes()
    Resource.objects.filter(department="cgj").update(name="others")
    answer = keeper.post(PAGE, filled(contract))
    assert answer.status_code == 409
    assert "cgj/others" in answer.text
    assert there.read_bytes() == content


def test_what_was_looked_over_is_read_on_without_being_read_in_again(keeper, contract):
    check = keeper.post(PAGE, filled(contract))
    before = [path.stat().st_ino for path in snapshots(f"cgj/{hidden(check)['held']}")]
    assert len(before) == 1
    keeper.post(PAGE, hidden(check) | {"confirm": "1"})
    assert snapshots(f"cgj/{hidden(check)['held']}") == []
    after = snapshots("cgj/toilets.csv")
    assert [path.stat().st_ino for path in after] == before
    selectors.sample(Resource.objects.get(department="cgj"))
    assert snapshots("cgj/toilets.csv") == after


def test_one_file_is_held_for_a_person_and_goes_with_what_was_read_from_it(keeper, contract):
    first = hidden(keeper.post(PAGE, filled(contract)))["held"]
    second = hidden(keeper.post(PAGE, filled(contract)))["held"]
    assert [path.name for path in held()] == [second]
    assert snapshots(f"cgj/{first}") == []
    assert snapshots(f"cgj/{second}") != []


def test_a_file_that_nobody_published_is_dropped_after_a_day(keeper, contract):
    name = hidden(keeper.post(PAGE, filled(contract)))["held"]
    age(*held(), *snapshots(f"cgj/{name}"), hours=23)
    services.clean_files()
    assert len(held()) == len(snapshots(f"cgj/{name}")) == 1
    age(*held(), hours=25)
    assert services.clean_files() == 1
    assert held() == snapshots(f"cgj/{name}") == []


def test_what_no_resource_refers_to_is_not_kept(keeper, contract):
    publish(keeper, contract)
    row = Resource.objects.get(department="cgj")
    left = folder("snapshots") / "left-by-a-crash.raw"
    left.touch()
    age(left, *snapshots("cgj/toilets.csv"), hours=2)
    services.clean_files()
    assert not left.exists()
    assert len(snapshots("cgj/toilets.csv")) == 1
    services.withdraw(row, actor=HELI)
    services.clean_files()
    assert snapshots("cgj/toilets.csv") == []


def test_the_files_of_a_department_have_a_limit(keeper, contract, settings):
    settings.HELI_DEPARTMENT_FILES_MB = 1
    large = TABLE + "GC0003,滨江公厕,1\n" * 40_000
    first = keeper.post(PAGE, filled(contract, large))
    assert first.status_code == 200
    assert keeper.post(PAGE, filled(contract, large)).status_code == 200, "in place of the first"
    with pytest.raises(FilesFullError):
        services.receive_file(actor=HELI, department="cgj", name="more.csv", content=large.encode())
    assert not (folder("registers", "cgj") / "more.csv").exists()


def test_no_file_is_called_like_one_that_is_held(keeper):
    with pytest.raises(BadInputError):
        services.receive_file(
            actor=HELI, department="cgj", name="held-1-a.csv", content=TABLE.encode()
        )


def snapshots(file):
    """What was read from a file and is kept, by how it is known on the disk."""
    return sorted(folder("snapshots").glob(f"{sha256(file.encode()).hexdigest()[:12]}*"))


def age(*paths, hours):
    for path in paths:
        then = path.stat().st_mtime - hours * 3600
        os.utime(path, (then, then))


@pytest.mark.parametrize(
    "change",
    [
        {"sharing": "not_shared", "ground": "none"},
        {"sharing": "conditional"},
        {"update_cycle": "daily"},
        {"encoding": "gb18030"},
        {"mark": ""},
        {"mark": "0" * 64},
        {"table": SimpleUploadedFile("toilets.csv", TABLE.replace("12", "13").encode())},
    ],
)
def test_only_what_was_looked_over_is_published(keeper, contract, change):
    sent = hidden(keeper.post(PAGE, filled(contract)))
    answer = keeper.post(PAGE, sent | change | {"confirm": "1"})
    assert answer.status_code != 302
    assert not Resource.objects.filter(department="cgj").exists()


def test_what_was_not_looked_over_is_shown_once_more(keeper, contract):
    again = keeper.post(PAGE, filled(contract, confirm="1"))
    assert "滨***" in again.text
    assert "请再核对一次" in again.text
    sent = hidden(again)
    assert keeper.post(PAGE, sent | {"confirm": "1"}).status_code == 302


def test_what_one_looked_over_another_does_not_publish(keeper, contract):
    mark = hidden(keeper.post(PAGE, filled(contract)))["mark"]
    other = create_person(
        NewPerson("second", "丙", "C", department="cgj", roles=frozenset({Role.STEWARD})),
        actor=HELI,
    )
    keeper.force_login(other, backend="django.contrib.auth.backends.ModelBackend")
    sent = hidden(keeper.post(PAGE, filled(contract))) | {"mark": mark}
    assert keeper.post(PAGE, sent | {"confirm": "1"}).status_code == 200
    assert not Resource.objects.filter(department="cgj").exists()
