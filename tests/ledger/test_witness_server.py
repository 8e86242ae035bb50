"""``heli witness serve`` over real HTTP: every status of C2SP tlog-witness, and what survives."""

import json
import random
import resource
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import httpx
import pytest
from tests.engines.translog.conftest import ORIGIN, Log, signer
from tests.ledger.outside import WitnessProcess, heli

from heli.engines.translog import (
    Checkpoint,
    Note,
    SignatureType,
    Submission,
    VerifierKey,
    cosignatures,
    prove_consistency,
    read_signatures,
    sign_checkpoint,
    verify_consistency,
)


def grown(*, leaves=3):
    log = Log()
    log.add(*(f"leaf {n}".encode() for n in range(leaves)))
    return log


def offer(log, old=0, size=None, note=None):
    size = log.size if size is None else size
    proof = prove_consistency(old, size, log.node) if 0 < old <= size else []
    return Submission(old, tuple(proof), note or log.checkpoint(size))


@pytest.fixture
def made(tmp_path):
    return WitnessProcess(tmp_path / "witness", str(grown().signer.verifier))


@pytest.fixture
def witness(made):
    yield made.start()
    made.stop()


def where(log_origin=ORIGIN):
    return f"/{sha256(log_origin.encode()).hexdigest()}/checkpoint"


def test_200_with_a_cosignature_and_the_checkpoint_it_serves(witness):
    log = grown()
    assert httpx.get(witness.address + where()).status_code == 404
    answer = witness.post(offer(log))
    assert answer.status_code == 200
    key = VerifierKey.parse(witness.vkeys[0])
    note = log.checkpoint().signed(read_signatures(answer.text))
    (found,) = cosignatures(note, [key])
    assert found.time > 1_700_000_000
    log.add(b"more")
    assert witness.post(offer(log, old=3)).status_code == 200
    assert witness.post(offer(log, old=4)).status_code == 200, "the same again"
    served = httpx.get(witness.address + where())
    assert served.headers["content-type"].startswith("text/plain")
    note = Note.parse(served.text)
    assert note.text == log.checkpoint().text
    assert cosignatures(note, [key])
    assert note.signatures[0].by(log.signer.verifier)


def test_400_for_what_is_no_request(witness):
    log = grown()
    good = str(offer(log))
    for body in ("", "old 1", good.replace("old 0", "old 00"), good[:-1], b"\xff" * 10,
                 good.replace("\n3\n", "\nthree\n")):  # fmt: skip
        assert witness.post(body).status_code == 400
    assert witness.post(offer(log, old=9)).status_code == 400, "old beyond the checkpoint"
    assert witness.post(b"x" * 300_000).status_code == 413
    assert httpx.get(f"{witness.address}/add-checkpoint").status_code == 405
    assert httpx.delete(f"{witness.address}/").status_code == 405
    assert httpx.get(f"{witness.address}/nothing").status_code == 404


def test_403_and_404_for_signatures_it_does_not_know(witness):
    log = grown()
    stranger = grown()
    stranger.signer = signer(ORIGIN, SignatureType.NOTE, 2)
    assert witness.post(offer(stranger)).status_code == 403
    unsigned = Note(log.checkpoint().text, stranger.checkpoint().signatures)
    assert witness.post(offer(log, note=unsigned)).status_code == 403
    wrong = Note(log.checkpoint().text, log.checkpoint(2).signatures)
    assert witness.post(offer(log, note=wrong)).status_code == 403
    elsewhere = signer("elsewhere.example/log", SignatureType.NOTE, 1)
    note = sign_checkpoint(Checkpoint(elsewhere.name, 3, log.root()), elsewhere)
    assert witness.post(offer(log, note=note)).status_code == 404
    assert httpx.get(witness.address + where("elsewhere.example/log")).status_code == 404


def test_409_tells_the_size_it_knows(witness):
    log = grown(leaves=5)
    assert witness.post(offer(log)).status_code == 200
    log.add(b"more")
    for old, size in ((0, 6), (3, 6), (3, 4)):
        answer = witness.post(offer(log, old=old, size=size))
        assert answer.status_code == 409
        assert answer.headers["content-type"] == "text/x.tlog.size"
        assert answer.text == "5\n"


def test_422_for_forks_false_proofs_and_impossible_roots(witness):
    log = grown(leaves=5)
    impossible = sign_checkpoint(Checkpoint(ORIGIN, 0, bytes(32)), log.signer)
    assert witness.post(Submission(0, (), impossible)).status_code == 422
    assert witness.post(Submission(0, (bytes(32),), log.checkpoint())).status_code == 422
    assert witness.post(offer(log)).status_code == 200
    fork = sign_checkpoint(Checkpoint(ORIGIN, 5, bytes(32)), log.signer)
    assert witness.post(Submission(5, (), fork)).status_code == 422
    other = grown(leaves=2)
    other.add(*(b"other" for _ in range(5)))
    assert witness.post(offer(other, old=5)).status_code == 422
    log.add(b"more")
    assert witness.post(Submission(5, (), log.checkpoint())).status_code == 422
    assert witness.post(offer(log, old=5)).status_code == 200, "the honest log goes on"
    done = heli("witness", "status", "--home", witness.home, "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert [each["refusal"] for each in told["evidence"]] == ["fork", "bad_proof", "bad_proof"]
    assert told["evidence"][0]["offered"] == str(fork)
    assert told["evidence"][0]["signed_before"].startswith(log.checkpoint(5).text)


def test_two_keys_while_one_replaces_the_other(witness):
    """The log's policy may name either; a retired key no longer signs."""
    log = grown()
    new = heli("witness", "rotate", "--home", witness.home, "--algorithm", "ml-dsa-44")
    keys = [VerifierKey.parse(each) for each in (*witness.vkeys, new.stdout.strip())]
    lines = read_signatures(witness.post(offer(log)).text)
    note = log.checkpoint().signed(lines)
    assert [len(cosignatures(note, [key])) for key in keys] == [1, 1]
    old_id = keys[0].key_id.hex()
    assert heli("witness", "retire", old_id, "--home", witness.home).returncode == 0
    assert heli("witness", "key", "--home", witness.home).stdout.strip() == str(keys[1])
    (line,) = read_signatures(witness.post(offer(log, old=3)).text)
    assert line.by(keys[1])
    last = heli("witness", "retire", keys[1].key_id.hex(), "--home", witness.home)
    assert last.returncode == 2


def test_requests_at_once_never_sign_two_histories(witness):
    """Forty requests in parallel from two branches of one log; what was signed is one branch."""
    branches = [grown(leaves=4), grown(leaves=4)]
    for number, log in enumerate(branches):
        log.add(*(f"branch {number} {n}".encode() for n in range(20)))
    assert witness.post(offer(branches[0], size=4)).status_code == 200
    signed, gate = [], threading.Barrier(8)

    def run(seed):
        order = random.Random(seed)
        gate.wait()
        for _ in range(5):
            number, size = order.randrange(2), order.randrange(5, 24)
            answer = witness.post(offer(branches[number], old=4, size=size))
            if answer.status_code == 200:
                signed.append((size, branches[number].root(size)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(8)))
    assert len(signed) == 1, "all proofs start at 4, so only the first can be signed"


def test_killed_at_random_it_never_forgets_what_it_signed(made):
    """kill -9 while requests come in; whatever it answered stands in its memory afterwards."""
    log, order = grown(leaves=1), random.Random(20261128)
    top = (0, b"")
    for _ in range(6):
        made.start()
        timer = threading.Timer(order.uniform(0.01, 0.4), made.process.send_signal, [9])
        timer.start()
        try:
            for _ in range(2000):
                served = httpx.get(made.address + where(), timeout=5)
                old = int(served.text.split("\n")[1]) if served.status_code == 200 else 0
                log.add(f"leaf {log.size}".encode())
                if made.post(offer(log, old=old)).status_code == 200:
                    top = (log.size, log.root())
        except httpx.HTTPError:
            pass
        timer.join()
        made.stop(signal.SIGKILL)
    status = json.loads(heli("witness", "status", "--home", made.home, "--json").stdout)
    remembered = Checkpoint.parse(status["logs"][0]["checkpoint"].partition("\n\n")[0] + "\n")
    assert top[0] > 6
    assert remembered.size >= top[0]
    proof = prove_consistency(top[0], remembered.size, log.node)
    verify_consistency(top[0], remembered.size, proof, top[1], remembered.root)


def test_when_its_disk_is_full_it_signs_nothing(made):
    """A limit on file size stands for the full disk: writing its memory fails."""
    log = grown()
    made.start()
    assert made.post(offer(log)).status_code == 200
    made.stop()
    log.add(b"more")
    limit = (64, 64)
    made.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
    answer = made.post(offer(log, old=3))
    assert answer.status_code == 500
    assert "cannot keep its memory" in answer.text
    made.stop()
    made.start()
    assert made.post(offer(log, old=3)).status_code == 200, "its memory is what it was"
    made.stop()


def test_a_damaged_memory_is_not_begun_afresh(made):
    log = grown()
    made.start()
    assert made.post(offer(log)).status_code == 200
    (state,) = made.home.glob("logs/*/state.json")
    state.write_text("{")
    answer = made.post(offer(log))
    assert answer.status_code == 500
    assert "ledger.key_file" in answer.text
    made.stop()


def test_setting_up(tmp_path):
    key = str(grown().signer.verifier)
    (tmp_path / "keys.txt").write_text(f"# trusted\nlog {key} https://log.example\nquorum none\n")
    words = ("witness", "init", "w.example", "--home", tmp_path / "w")
    done = heli(*words, "--log", tmp_path / "keys.txt", "--algorithm", "sm2-sm3")
    assert done.returncode == 0, done.stderr
    assert VerifierKey.parse(done.stdout.strip()).kind is SignatureType.SM2_SM3
    for path in (tmp_path / "w").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    again = heli(*words, "--log", key)
    assert (again.returncode, "already" in again.stderr) == (2, True)
    assert heli("witness", "serve", "--home", tmp_path / "none").returncode == 2
    bad = heli("witness", "init", "w.example", "--home", tmp_path / "v", "--log", "nonsense")
    assert (bad.returncode, "Traceback" in bad.stderr) == (2, False)
    assert heli("witness", "status", "--home", tmp_path / "w").returncode == 0
