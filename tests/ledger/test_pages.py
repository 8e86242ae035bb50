"""Who sees which fact, what its receipt says, and what the ledger serves to verifiers."""

import json
import uuid
from dataclasses import replace

import pytest
from django.urls import reverse
from tests.ledger.happenings import enter, record

from heli.engines import translog
from heli.engines.translog import (
    CompactRange,
    Note,
    Receipt,
    TileId,
    TrustedKeys,
    verify_consistency,
    verify_receipt,
)
from heli.engines.translog.encoding import decode64
from heli.ledger import policy, questions, selectors, shown
from heli.ledger.models import Checkpoint, Fact

BACKEND = "django.contrib.auth.backends.ModelBackend"
READERS = {"supervisor", "leader", "auditor", "steward"}
EVERYBODY = {
    "owner", "partner", "outsider", "ambassador", "head", "leader", "steward", "supervisor",
    "auditor", "system_admin", "security_admin", "applicant", "other_applicant",
}  # fmt: skip


@pytest.fixture
def matter(monkeypatch):
    """The matter LJ-1 concerns the applicant and the departments xfjy and scjg."""

    def concerns(user, code):
        own = user.username == "applicant" or user.department_id in {"xfjy", "scjg"}
        return code == "LJ-1" and own

    monkeypatch.setattr(questions.concerns_matter, "_answer", concerns)
    return "LJ-1"


@pytest.fixture
def entry(city, matter):
    """A fact of the fire brigade in the matter."""
    return enter(1, matter=matter)[0]


def as_(client, person):
    client.force_login(person, backend=BACKEND)
    return client


SEES = EVERYBODY - {"outsider", "ambassador", "other_applicant", "system_admin", "security_admin"}


@pytest.mark.parametrize("name", sorted(EVERYBODY))
def test_who_sees_a_fact(name, request, entry, client):
    person = request.getfixturevalue(name)
    decision = policy.may_see_fact(person, entry)
    assert bool(decision) == (name in SEES), decision.reason
    assert decision.reason
    as_(client, person)
    api = f"/api/v1/ledger/facts/{entry.pk}/receipt"
    paths = [reverse(f"ledger:{page}", args=[entry.pk]) for page in PAGES]
    for path in [*paths, api]:
        assert client.get(path).status_code == (200 if name in SEES else 403), path


PAGES = ("fact", "receipt", "receipt_file")


@pytest.mark.parametrize("name", sorted(EVERYBODY))
def test_seals_lead_only_where_the_reader_may_go(name, request, entry, client):
    person = request.getfixturevalue(name)
    found = shown.receipts(person, [entry.pk, uuid.UUID(int=0)])
    assert set(found) == ({entry.pk} if name in SEES else set())
    assert all(as_(client, person).get(url).status_code == 200 for url in found.values())


def test_visitors_are_asked_to_sign_in(entry, client):
    for page in PAGES:
        assert client.get(reverse(f"ledger:{page}", args=[entry.pk])).status_code == 302
    assert client.get(reverse("ledger:state")).status_code == 302
    assert client.get(f"/api/v1/ledger/facts/{entry.pk}/receipt").status_code == 401


def test_a_fact_of_no_matter_is_its_departments_own(city, matter, owner, partner, applicant):
    (row,) = enter(1)
    assert policy.may_see_fact(owner, row).code == "department"
    assert not policy.may_see_fact(partner, row)
    assert not policy.may_see_fact(applicant, row)


@pytest.mark.parametrize("name", sorted(EVERYBODY))
def test_who_sees_the_state_of_the_log(name, request, entry, client):
    person = request.getfixturevalue(name)
    answer = as_(client, person).get(reverse("ledger:state"))
    assert answer.status_code == (200 if name in READERS else 403)


def test_the_state_page(entry, client, supervisor):
    record(2)
    page = as_(client, supervisor).get(reverse("ledger:state")).content.decode()
    for words in (
        "账本是否完好",
        "已共同签署",
        "全部条目",
        "等待入账",
        reverse("ledger:fact", args=[entry.pk]),
    ):
        assert words in page
    assert 'href="/ledger/"' in page


def test_a_refusal_stands_on_the_state_page(city, client, auditor, fresh_home):
    enter(3)
    path = next((fresh_home / "witnesses").glob("*/state.json"))
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "size": 2}))
    enter(1)
    page = as_(client, auditor).get(reverse("ledger:state")).content.decode()
    assert "拒绝签署" in page
    assert "与此前所签内容不相衔接" in page


def test_the_entries_are_searched_filtered_and_sorted(matter, client, supervisor):
    """By matter, by number, by what they are about; oldest or newest first."""
    enter(3, matter="LJ-1")
    enter(2, first=3)
    reader = as_(client, supervisor)
    url = reverse("ledger:state")
    table = reader.get(url, {"q": "lj-1", "sort": "position"}).context["table"]
    assert {row.matter for row in table.page.rows} == {"LJ-1"}
    positions = [row.position for row in table.page.rows]
    assert positions == sorted(positions)
    one = reader.get(url, {"q": str(positions[1])}).context["table"]
    assert positions[1] in {row.position for row in one.page.rows}
    assert reader.get(url, {"room": "exchange"}).context["table"].count == 0
    assert reader.get(url, {"room": "organisation"}).context["table"].count > 0


def test_a_fact_shows_its_words_first_and_what_was_entered_below(entry, client, supervisor):
    page = as_(client, supervisor).get(reverse("ledger:fact", args=[entry.pk])).text
    words, entered = page.split('<details class="entry">')
    assert "tests.thing.happened" not in words
    assert "tests.thing.happened" in entered
    assert str(entry.pk) in entered


def test_the_receipt_leads_back_to_where_the_reader_came_from(entry, client, supervisor, owner):
    url = reverse("ledger:receipt", args=[entry.pk])
    reader = as_(client, supervisor)

    def back(came):
        page = reader.get(url, headers={"referer": came} if came else {}).text
        return page.split('class="back" href="')[1].split('"')[0]

    assert back("http://testserver/exchange/accesses/?page=2") == "/exchange/accesses/?page=2"
    ledger = reverse("ledger:state")
    for odd in ("", "https://evil.example/x", f"http://testserver{url}", "http://testserver"):
        assert back(odd) == ledger
    assert back("http://testserver" + reverse("ledger:fact", args=[entry.pk])) == ledger
    reader = as_(client, owner)
    assert back("") == "/"


def test_a_steward_sees_only_the_departments_entries(city, client, steward):
    from tests.ledger.happenings import Happened

    from heli.kernel.actor import Actor
    from heli.ledger import services

    (own,) = enter(1)
    with_other = services.record(Happened(n=5), actor=Actor("person", "9", "jyj"))
    services.integrate()
    page = as_(client, steward).get(reverse("ledger:state")).content.decode()
    assert str(own.pk) in page
    assert str(with_other.pk) not in page


def test_the_receipt_page_in_both_languages(entry, client, applicant):
    as_(client, applicant)
    path = reverse("ledger:receipt", args=[entry.pk])
    page = client.get(path).content.decode()
    for words in ("证明了什么", "消防救援支队", "heli ledger verify", "3 个部门的见证", "keys.txt"):
        assert words in page
    client.cookies["django_language"] = "en"
    page = client.get(path).content.decode()
    assert "Fire and Rescue Brigade: thing 0 happened in LJ-1" in page
    assert "exactly these words" in page


def test_a_receipt_that_is_not_ready(city, client, owner):
    (row,) = record(1)
    answer = as_(client, owner).get(reverse("ledger:receipt", args=[row.pk]))
    assert answer.status_code == 200
    assert "凭证尚未生成" in answer.content.decode()
    told = client.get(f"/api/v1/ledger/facts/{row.pk}/receipt")
    assert (told.status_code, told.json()["code"]) == (503, "ledger.not_durable")


def test_a_receipt_that_does_not_hold_is_told(entry, client, owner):
    from tests.ledger import tampering

    tampering.unguard()
    tampering.alter(entry.leaf_index)
    page = as_(client, owner).get(reverse("ledger:receipt", args=[entry.pk])).content.decode()
    assert "未能证明" in page
    assert "该凭证不成立" in page


def test_unknown_facts_are_not_found(city, client, supervisor):
    unknown = "01a17af8-3c8a-71f6-8bb5-bc769dc71112"
    assert as_(client, supervisor).get(reverse("ledger:fact", args=[unknown])).status_code == 404


def test_files_verify(entry, client, owner):
    as_(client, owner)
    keys = TrustedKeys.parse(client.get(reverse("ledger:keys")).content.decode())
    for path in (
        reverse("ledger:receipt_file", args=[entry.pk]),
        f"/api/v1/ledger/facts/{entry.pk}/receipt",
    ):
        proven = verify_receipt(Receipt.from_json(client.get(path).content), keys)
        assert proven.content["id"] == str(entry.pk)
        assert len(proven.cosignatures) == 3


def test_a_verifier_needs_only_the_public_addresses(log, client):
    """Checkpoint, keys, consistency and tiles, without signing in; the tiles give the root."""
    keys = TrustedKeys.parse(client.get("/api/v1/ledger/keys").content.decode())
    head, found = keys.check(Note.parse(client.get("/api/v1/ledger/checkpoint").content.decode()))
    assert (head.size, len(found)) == (300, 3)

    leaves = b"".join(
        client.get("/api/v1/ledger/" + TileId(0, index).path(width)).content
        for index, width in ((0, 256), (1, 44))
    )
    hashes = [leaves[start : start + 32] for start in range(0, len(leaves), 32)]
    assert CompactRange().extend(hashes).root() == head.root

    body = client.get("/api/v1/ledger/consistency", {"first": 100, "second": 300}).json()
    older = bytes(Checkpoint.objects.get(size=100).root)
    verify_consistency(100, 300, [decode64(node) for node in body["proof"]], older, head.root)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("tile/0/002", 404),
        ("tile/0/001", 404),
        ("tile/0/001.p/45", 404),
        ("tile/0/001.p/0", 404),
        ("tile/0/1", 404),
        ("tile/0/x000/001.p/44", 404),
        ("tile/64/000", 404),
        ("tile/0/001.p/44", 200),
        ("consistency?first=0&second=300", 422),
        ("consistency?first=200&second=100", 422),
        ("consistency?first=1&second=301", 422),
        ("consistency?first=300&second=300", 200),
    ],
)
def test_odd_questions(log, client, path, status):
    assert client.get(f"/api/v1/ledger/{path}").status_code == status


def test_leaves_tell_nothing_about_anybody(city, matter):
    """Same content, other salt, other leaf; and no text of the fact in log, tiles or checkpoint."""
    one, other = enter(1, matter=matter)[0], enter(1, matter=matter)[0]
    assert bytes(one.commitment) != bytes(other.commitment)
    from heli.ledger.content import leaf_of
    from heli.ledger.models import Tile

    held = leaf_of(one.commitment).encode() + b"".join(
        bytes(each) for each in Tile.objects.values_list("hashes", flat=True)
    )
    held += "".join(Checkpoint.objects.values_list("note", flat=True)).encode()
    for text in (matter, "xfjy", "tests.thing", str(one.pk), one.actor):
        assert text.encode() not in held
    assert len(leaf_of(one.commitment).encode()) == len(leaf_of(other.commitment).encode())
    assert len(bytes(one.salt)) == translog.SALT_SIZE
    assert Fact.objects.count() > 2


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_witnesses_in_the_hands_of_who_runs_the_system_are_called_that(
    entry, client, supervisor, language
):
    """The sentence that departments keep watch stands only where they do."""
    client.cookies["django_language"] = language
    answer = as_(client, supervisor).get(reverse("ledger:state"))
    words = {
        "zh-hans": ("全部见证都在本系统内运行", "不能防范掌管本机的人", "由不负责运行本系统的部门"),
        "en": (
            "All witnesses run inside this installation",
            "not against whoever runs this machine",
            "Departments that do not run this system sign",
        ),
    }[language]
    page = answer.content.decode()
    assert [each in page for each in words] == [True, True, False]
    assert "heli witness serve" in page


@pytest.mark.parametrize(("outside", "own_hand"), [(0, True), (1, True), (2, False), (3, False)])
def test_too_many_witnesses_in_one_hand_are_told(
    entry, client, supervisor, monkeypatch, outside, own_hand
):
    keys = selectors.trusted_keys()
    away = dict.fromkeys(list(keys.witnesses)[:outside], "https://w.example/")
    monkeypatch.setattr(selectors, "trusted_keys", lambda: replace(keys, addresses=away))
    answer = as_(client, supervisor).get(reverse("ledger:state"))
    assert answer.context["log"].quorum == 2
    assert len(answer.context["witnesses"]) == 3
    assert answer.context["own_hand"] is own_hand
    assert ("heli witness serve" in answer.content.decode()) is own_hand
