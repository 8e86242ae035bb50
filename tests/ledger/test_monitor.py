"""``heli ledger monitor`` against real web servers: an honest log, and each way to be dishonest."""

import json
import time

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.translog.conftest import ORIGIN, Log, signer
from tests.ledger.happenings import enter
from tests.ledger.outside import heli, served, write_log

from heli.engines.translog import (
    Checkpoint,
    CompactRange,
    SignatureType,
    TrustedKeys,
    cosign,
    leaf_hash,
    sign_checkpoint,
)
from heli.ledger.monitor import FaultError, Kind, LogUnreachableError, Monitor, Seen

NOTHING = Seen()
WITNESSES = {f"w{n}": signer(f"w.example/{n}", SignatureType.COSIGNATURE, 10 + n) for n in range(3)}


def cosigned(note, count=3):
    now = int(time.time())
    return note.signed(cosign(note, each, now) for each in list(WITNESSES.values())[:count])


class Published:
    """A log in a folder, with its keys."""

    def __init__(self, folder, size):
        self.folder, self.log = folder, Log()
        self.grow(size)
        public = {name: each.verifier for name, each in WITNESSES.items()}
        self.keys = TrustedKeys.threshold([self.log.signer.verifier], public, 2)
        self.publish()

    def grow(self, count):
        self.log.add(*(f"leaf {self.log.size + n}".encode() for n in range(count)))

    def publish(self, note=None, count=3):
        write_log(self.folder, self.log, cosigned(note or self.log.checkpoint(), count), self.keys)


@pytest.fixture
def published(tmp_path):
    return Published(tmp_path / "log", 700)


@pytest.fixture
def look(published):
    with served(published.folder) as url:
        yield lambda seen=NOTHING, **more: Monitor(url, published.keys, **more).look(seen)


def fault(look, *arguments, **more):
    with pytest.raises(FaultError) as caught:
        look(*arguments, **more)
    return caught.value.fault


def test_an_honest_log_that_grows(published, look):
    first = look()
    assert (first.seen.tree.size, first.entries, len(first.cosignatures)) == (700, 700, 3)
    assert first.tiles == 4
    published.grow(400)
    published.publish()
    second = look(first.seen)
    assert (second.entries, second.seen.tree.root()) == (400, published.log.root())
    again = look(second.seen)
    assert (again.entries, again.tiles) == (0, 0)


@given(old=st.integers(1, 600), more=st.integers(0, 600))
@settings(max_examples=8, deadline=None)
def test_any_sizes(tmp_path_factory, old, more):
    published = Published(tmp_path_factory.mktemp("log"), old)
    with served(published.folder) as url:
        seen = Monitor(url, published.keys).look(Seen()).seen
        published.grow(more)
        published.publish()
        passed = Monitor(url, published.keys).look(seen)
    assert passed.seen.tree == CompactRange().extend(map(leaf_hash, published.log.leaves))


@pytest.mark.parametrize(
    "path", ["tile/0/000", "tile/0/002.p/188", "tile/1/000.p/2", "tile/entries/001"]
)
def test_a_tampered_tile(published, look, path):
    file = published.folder / path
    data = bytearray(file.read_bytes())
    data[40] ^= 1
    file.write_bytes(data)
    found = fault(look)
    assert found.kind is Kind.TILE
    assert found.resource
    assert found.now.startswith(f"{ORIGIN}\n700\n")


@pytest.mark.parametrize("path", ["tile/0/001", "tile/1/000.p/2", "tile/entries/002.p/188"])
def test_a_tile_that_is_missing_or_short(published, look, path):
    file = published.folder / path
    file.write_bytes(file.read_bytes()[:-1])
    assert fault(look).kind is Kind.TILE
    file.unlink()
    assert fault(look).kind is Kind.TILE


def test_tiles_and_entries_rewritten_together(published, look):
    """All hashes fit each other; the root that was signed does not."""
    note = published.log.checkpoint()
    other = Log()
    other.add(*published.log.leaves[:300], b"rewritten", *published.log.leaves[301:])
    write_log(published.folder, other, cosigned(note), published.keys)
    assert fault(look).kind is Kind.FORK


def test_a_rollback(published, look):
    seen = look().seen
    published.publish(published.log.checkpoint(650))
    found = fault(look, seen)
    assert found.kind is Kind.ROLLBACK
    assert (found.before.split("\n")[1], found.now.split("\n")[1]) == ("700", "650")


@pytest.mark.parametrize(("at", "more"), [(10, 0), (10, 300), (690, 5), (300, 900)])
def test_a_fork_signed_with_the_real_keys(published, look, at, more):
    """The log and all witnesses collude; who looked before notices."""
    seen = look().seen
    leaves = published.log.leaves
    published.log = Log()
    published.log.add(*leaves[:at], b"another", *leaves[at + 1 :])
    published.grow(more)
    published.publish()
    found = fault(look, seen)
    assert found.kind is Kind.FORK
    assert found.before
    assert found.now
    fresh = look()
    assert fresh.seen.tree.size == 700 + more, "who looks for the first time cannot know"


def test_too_few_cosignatures_and_foreign_signatures(published, look):
    seen = look().seen
    published.publish(count=1)
    found = fault(look)
    assert (found.kind, "w1, w2" in found.detail) == (Kind.QUORUM, True)
    stranger = signer(ORIGIN, SignatureType.NOTE, 5)
    head = Checkpoint(ORIGIN, 700, published.log.root())
    published.publish(sign_checkpoint(head, stranger))
    assert fault(look).kind is Kind.SIGNATURE
    (published.folder / "checkpoint").write_text("nonsense")
    assert fault(look).kind is Kind.SIGNATURE
    (published.folder / "checkpoint").unlink()
    assert fault(look, seen).kind is Kind.SIGNATURE
    with pytest.raises(LogUnreachableError, match="no log at this address"):
        look()


def test_a_log_that_stands_still(published, look):
    note = published.log.checkpoint()
    old = note.signed(cosign(note, each, int(time.time()) - 600) for each in WITNESSES.values())
    write_log(published.folder, published.log, old, published.keys)
    assert fault(look, max_age=300).kind is Kind.STALE
    assert look(max_age=900).entries == 700


def test_the_command(published, tmp_path):
    keys, state = tmp_path / "keys.txt", tmp_path / "state.json"
    keys.write_text(str(published.keys))
    with served(published.folder) as url:
        words = ("ledger", "monitor", url, "--keys", keys, "--state", state, "--once")
        done = heli(*words)
        assert (done.returncode, done.stdout.startswith("OK ")) == (0, True), done.stderr
        assert "700 entries, 700 new" in done.stdout
        published.grow(1)
        published.publish()
        told = json.loads(heli(*words, "--json").stdout)
        assert (told["size"], told["new_entries"]) == (701, 1)
        published.publish(published.log.checkpoint(650))
        done = heli(*words)
        assert done.returncode == 1
        assert "FAULT (rollback)" in done.stdout
        evidence = json.loads((tmp_path / "state.json.evidence.json").read_text())
        assert evidence["checkpoint"].split("\n")[1] == "650"
        assert evidence["checkpoint_before"].split("\n")[1] == "701"
        assert json.loads(state.read_text())["size"] == 701, "what was seen is not forgotten"
        mistyped = heli("ledger", "monitor", f"{url}/nope", "--keys", keys, "--once")
        assert (mistyped.returncode, "no log at this address" in mistyped.stderr) == (2, True)
        elsewhere = heli(*words[:2], f"{url}/nope", *words[3:])
        assert (elsewhere.returncode, "FAULT" in elsewhere.stdout) == (1, True), "it was there"
        on_trust = heli("ledger", "monitor", url, "--once")
        assert (on_trust.returncode, "own word" in on_trust.stderr) == (1, True)
    done = heli(*words)
    assert (done.returncode, "ledger.log_unreachable" in done.stderr) == (2, True)
    state.write_text(state.read_text().replace("701", "703"))
    done = heli(*words)
    assert (done.returncode, "ledger.monitor_state" in done.stderr) == (2, True)


def test_a_running_installation_is_followed(transactional_db, live_server):
    enter(300)
    url = f"{live_server.url}/api/v1/ledger"
    keys = TrustedKeys.parse(httpx.get(f"{url}/keys").text)
    seen = Monitor(url, keys).look(Seen()).seen
    assert seen.tree.size == 300
    enter(30)
    assert Monitor(url, keys).look(seen).entries == 30
