from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.engines.translog.conftest import ORIGIN, Log, signer

from heli.engines.translog import (
    Checkpoint,
    Cosigned,
    Note,
    Refusal,
    Refused,
    SignatureType,
    WitnessState,
    cosignatures,
    decide,
    prove_consistency,
    sign_checkpoint,
)

WITNESS = signer("heli.example/witness/1", SignatureType.COSIGNATURE, 11)


def offer(log: Log, state: WitnessState, note=None, old_size=None, proof=None):
    old_size = state.size if old_size is None else old_size
    note = note or log.checkpoint()
    if proof is None:
        proof = prove_consistency(old_size, log.size, log.node) if 0 < old_size <= log.size else []
    return decide(
        state,
        note,
        old_size=old_size,
        proof=proof,
        logs=[log.signer.verifier],
        signers=[WITNESS],
        time=7,
    )


def reason(decision) -> Refusal:
    assert isinstance(decision, Refused)
    return decision.reason


def signed_state(log: Log) -> WitnessState:
    decision = offer(log, WitnessState())
    assert isinstance(decision, Cosigned)
    return decision.state


def test_it_signs_what_extends_its_state(log):
    log.add(b"a", b"b")
    state = signed_state(log)
    assert state == WitnessState(2, log.root())
    log.add(b"c")
    decision = offer(log, state)
    assert isinstance(decision, Cosigned)
    found = cosignatures(log.checkpoint().signed(decision.signatures), [WITNESS.verifier])
    assert [each.time for each in found] == [7]
    again = offer(log, decision.state)
    assert isinstance(again, Cosigned)


def test_every_refusal_has_its_name(log):
    log.add(b"a", b"b", b"c")
    state = signed_state(log)
    old = log.checkpoint(2)
    assert reason(offer(log, state, note=old)) is Refusal.ROLLBACK
    fork = sign_checkpoint(Checkpoint(ORIGIN, 3, bytes(32)), log.signer)
    assert reason(offer(log, state, note=fork, proof=[])) is Refusal.FORK
    log.add(b"d")
    assert reason(offer(log, state, old_size=2)) is Refusal.STALE
    assert reason(offer(log, state, proof=[])) is Refusal.BAD_PROOF
    assert reason(offer(log, WitnessState(), proof=[bytes(32)])) is Refusal.BAD_PROOF
    assert reason(offer(log, state, note=Note(log.checkpoint().text))) is Refusal.BAD_SIGNATURE
    assert reason(offer(log, state, note=Note("no checkpoint\n"))) is Refusal.MALFORMED
    stranger = Log()
    stranger.add(b"a", b"b", b"c", b"d")
    stranger.signer = signer(ORIGIN, SignatureType.NOTE, 2)
    assert reason(offer(log, state, note=stranger.checkpoint())) is Refusal.BAD_SIGNATURE
    elsewhere = signer("heli.example/elsewhere", SignatureType.NOTE, 2)
    unknown = sign_checkpoint(Checkpoint(elsewhere.name, 4, bytes(32)), elsewhere)
    assert reason(offer(log, state, note=unknown)) is Refusal.UNKNOWN_LOG
    assert reason(offer(log, state, old_size=5)) is Refusal.MALFORMED
    assert isinstance(offer(log, state), Cosigned)


class TwoHistories(RuleBasedStateMachine):
    """A log that lies as it likes: two branches, old sizes, foreign proofs, one witness."""

    @initialize(shared=st.integers(0, 9))
    def start(self, shared):
        self.logs = [Log(), Log()]
        for log in self.logs:
            log.add(*(f"shared {n}".encode() for n in range(shared)))
        self.state = WitnessState()
        self.signed: list[tuple[int, bytes]] = []

    @rule(branch=st.integers(0, 1), count=st.integers(1, 5))
    def grow(self, branch, count):
        log = self.logs[branch]
        log.add(*(f"branch {branch} {log.size + n}".encode() for n in range(count)))

    @rule(branch=st.integers(0, 1), prover=st.integers(0, 1), data=st.data())
    def submit(self, branch, prover, data):
        log = self.logs[branch]
        size = data.draw(st.integers(0, log.size))
        old = data.draw(st.just(self.state.size) | st.integers(0, 20))
        top = data.draw(st.just(size) | st.integers(0, self.logs[prover].size))
        proof = []
        if 0 < old <= top <= self.logs[prover].size:
            proof = prove_consistency(old, top, self.logs[prover].node)
        decision = offer(log, self.state, note=log.checkpoint(size), old_size=old, proof=proof)
        honest = branch == prover and top == size and old == self.state.size
        if isinstance(decision, Cosigned):
            self.state = decision.state
            self.signed.append((size, log.root(size)))
        elif honest and size >= old and self.state.root == log.root(old):
            raise AssertionError(f"refused an honest extension: {decision.reason}")

    @invariant()
    def all_signed_trees_are_one_history(self):
        sizes = [size for size, _ in getattr(self, "signed", [])]
        assert sizes == sorted(sizes)
        if sizes:
            assert any(
                all(size <= log.size and log.root(size) == root for size, root in self.signed)
                for log in self.logs
            )


TwoHistories.TestCase.settings = settings(max_examples=30, stateful_step_count=15, deadline=None)
TestTwoHistories = TwoHistories.TestCase
