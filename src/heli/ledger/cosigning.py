"""Asking the witnesses, those here and those at an address, without letting the log wait for long.

Each witness at an address has one question on its way at most. A round waits for answers until
enough have signed, and never longer than :data:`PATIENCE`; what comes later is taken in by the next
round. One that does not answer is asked again after a pause that doubles.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import cache

from heli.engines.translog import (
    Answer,
    Cosigned,
    Note,
    NoteError,
    Refusal,
    SignatureError,
    Signer,
    Submission,
    TrustedKeys,
    cosignatures,
    read_signatures,
)
from heli.engines.translog.submission import SIZE_TYPE
from heli.kernel import clock
from heli.ledger import custody, remote
from heli.ledger.remote import Fault, SilentError
from heli.ledger.witnesses import local_memory

PATIENCE = 1.5
"""Seconds a round waits at most for witnesses at an address."""
LONGEST_PAUSE = 60.0
SILENT_AFTER = 3
"""Failed questions in a row after which a witness counts as silent."""
_RETRIES = 2

Proofs = Callable[[int], Sequence[bytes]]
"""Gives the consistency proof from an older size to the checkpoint offered."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a witness said to a checkpoint.

    Attributes:
        names: Its names in the trust policy; several while it replaces its key.
        size: Entries of the checkpoint.
        lines: Signature lines by name; empty when it refused.
        offer: What it was asked.
        refusal: Why it refused.
        remembered: The checkpoint it signed last, where it refused.
        remembered_size: Entries of that.
    """

    names: tuple[str, ...]
    size: int
    offer: Submission
    lines: Mapping[str, str] = field(default_factory=dict)
    refusal: Refusal | None = None
    remembered: str = ""
    remembered_size: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking.

    Attributes:
        replies: Answers, also late ones to earlier checkpoints.
        silent: Witnesses that failed to answer for the third time in a row, and how.
        back: Witnesses that answered for the first time, or after they had failed to.
    """

    replies: tuple[Reply, ...]
    silent: tuple[tuple[str, Fault], ...] = ()
    back: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Stale:
    """The witness signed another size last than it was believed to have."""

    known: int
    remembered: str


@dataclass(slots=True)
class _Standing:
    """How things stand with the witness at one address."""

    known: int = 0
    met: bool = False
    failures: int = 0
    not_before: float = 0.0
    size: int = 0
    offer: Submission | None = None
    future: "Future[Reply | _Stale] | None" = None
    asked_at: float = 0.0


class Desk:
    """Asks the witnesses of a policy; one for a process, used by one round at a time."""

    def __init__(self) -> None:
        self._standings: dict[str, _Standing] = {}
        self._silent: list[tuple[str, Fault]] = []
        self._back: list[str] = []

    def ask(
        self, size: int, note: Note, keys: TrustedKeys, answered: Iterable[str], proofs: Proofs
    ) -> Asked:
        """Offer the latest checkpoint to those that have not answered it.

        Args:
            size: Its entries.
            note: The checkpoint, signed by the log.
            keys: The trust policy.
            answered: Names of witnesses that signed it already.
            proofs: Gives proofs that lead to it.
        """
        self._silent, self._back = [], []
        signed = set(answered)
        seats = _seats(keys, signed)
        here = [names[0] for address, names in seats if not address]
        replies = _ask_here(size, note, here, proofs)
        signed |= {name for reply in replies for name in reply.lines}
        there = {address: names for address, names in seats if address}
        round_ = _Round(self, size, note, keys, there, proofs)
        round_.start()
        while not keys.agrees(signed) and round_.wait():
            signed |= {
                name for reply in round_.replies if reply.size == size for name in reply.lines
            }
        return Asked((*replies, *round_.replies), tuple(self._silent), tuple(self._back))

    def standing(self, address: str) -> _Standing:
        """How things stand with the witness at an address."""
        return self._standings.setdefault(address, _Standing())

    def answered(self, standing: _Standing, names: tuple[str, ...]) -> None:
        """Note that a witness answered."""
        if standing.failures or not standing.met:
            self._back.append(names[0])
        standing.failures, standing.met = 0, True

    def failed(self, standing: _Standing, names: tuple[str, ...], fault: Fault) -> None:
        """Note that a witness did not answer, and leave it alone for a while."""
        standing.failures += 1
        pause = min(LONGEST_PAUSE, 2.0 ** (standing.failures - 1))
        standing.not_before = time.monotonic() + pause
        if standing.failures == SILENT_AFTER:
            self._silent.append((names[0], fault))


@dataclass(slots=True)
class _Round:
    """One round's questions to the witnesses at an address."""

    desk: Desk
    size: int
    note: Note
    keys: TrustedKeys
    seats: Mapping[str, tuple[str, ...]]
    proofs: Proofs
    replies: list[Reply] = field(default_factory=list)
    tries: dict[str, int] = field(default_factory=dict)
    until: float = 0.0

    def start(self) -> None:
        """Take in what came late, and ask whoever can be asked."""
        self.until = time.monotonic() + PATIENCE
        for address in self.seats:
            standing = self.desk.standing(address)
            if standing.future is not None and standing.future.done():
                self._take(address, standing)
            elif standing.future is None:
                self._offer(address, standing)

    def wait(self) -> bool:
        """Wait for further answers; false when there is nothing left to wait for."""
        now = time.monotonic()
        running = {}
        for address in self.seats:
            standing = self.desk.standing(address)
            if standing.future is not None and standing.asked_at + PATIENCE > now:
                running[standing.future] = address
        if not running or now >= self.until:
            return False
        done, _ = wait(running, timeout=self.until - now, return_when=FIRST_COMPLETED)
        for future in done:
            self._take(running[future], self.desk.standing(running[future]))
        return True

    def _offer(self, address: str, standing: _Standing) -> None:
        now, tries = time.monotonic(), self.tries.get(address, 0)
        if now < standing.not_before or tries > _RETRIES:
            return
        self.tries[address] = tries + 1
        old = standing.known if standing.known <= self.size else 0
        offer = Submission(old, tuple(self.proofs(old)), self.note)
        standing.size, standing.offer, standing.asked_at = self.size, offer, now
        names = self.seats[address]
        standing.future = _pool().submit(_put, address, names, self.size, offer, self.keys)

    def _take(self, address: str, standing: _Standing) -> None:
        """Take an answer in, and go on asking where it asks for that."""
        future, offer = standing.future, standing.offer
        standing.future = None
        assert future is not None
        assert offer is not None
        try:
            found = future.result()
        except SilentError as error:
            self.desk.failed(standing, self.seats[address], error.fault)
            return
        self.desk.answered(standing, self.seats[address])
        if isinstance(found, _Stale):
            standing.known = found.known
            if found.known > self.size:
                self.replies.append(_rolled_back(self.seats[address], self.size, offer, found))
                return
        else:
            self.replies.append(found)
            standing.known = standing.size if found.lines else found.remembered_size
        if isinstance(found, _Stale) or found.size != self.size:
            self._offer(address, standing)


def _rolled_back(names: tuple[str, ...], size: int, offer: Submission, found: _Stale) -> Reply:
    """The log has fewer entries than a witness signed."""
    return Reply(
        names,
        size,
        offer,
        refusal=Refusal.ROLLBACK,
        remembered=found.remembered,
        remembered_size=found.known,
    )


def _seats(keys: TrustedKeys, answered: set[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Address and names of each witness still to be asked; address empty where it runs here."""
    found: dict[str, list[str]] = {}
    here = []
    for name in keys.witnesses:
        if name not in answered:
            address = keys.addresses.get(name, "")
            if address:
                found.setdefault(address, []).append(name)
            else:
                here.append(("", (name,)))
    return [*here, *((address, tuple(names)) for address, names in found.items())]


def _ask_here(size: int, note: Note, names: Sequence[str], proofs: Proofs) -> list[Reply]:
    """Ask the witnesses of this installation; each waits for its disk, together they wait once."""
    logs = custody.log_keys()
    offers = []
    for name in names:
        old = local_memory(name).state().size
        proof = proofs(old) if old <= size else ()
        offers.append((name, custody.witness_signer(name), Submission(old, tuple(proof), note)))
    now = int(clock.now().timestamp())

    def submit(each: tuple[str, Signer, Submission]) -> Reply:
        name, signer, offer = each
        memory = local_memory(name)
        decision = memory.submit(offer, logs=logs, signers=[signer], time=now)
        if isinstance(decision, Cosigned):
            return Reply((name,), size, offer, {name: str(decision.signatures[0])})
        remembered = str(memory.note() or "") if decision.accuses else ""
        known = decision.known_size
        return Reply((name,), size, offer, {}, decision.reason, remembered, known)

    return list(_pool_here().map(submit, offers))


def _put(
    address: str, names: tuple[str, ...], size: int, offer: Submission, keys: TrustedKeys
) -> Reply | _Stale:
    """Ask one witness at its address; runs in a thread and touches no database."""
    answer = remote.submit(address, offer)
    if answer.status == 200:
        return Reply(names, size, offer, _lines(answer, names, offer.note, keys))
    if answer.status == 409:
        known = _known(answer)
        return _Stale(known, _remembered(address, keys) if known > size else "")
    reason = {
        400: Refusal.MALFORMED,
        403: Refusal.BAD_SIGNATURE,
        404: Refusal.UNKNOWN_LOG,
        422: Refusal.FORK if offer.old_size == size else Refusal.BAD_PROOF,
    }[answer.status]
    remembered = _remembered(address, keys) if answer.status == 422 else ""
    return Reply(names, size, offer, {}, reason, remembered, offer.old_size)


def _lines(answer: Answer, names: tuple[str, ...], note: Note, keys: TrustedKeys) -> dict[str, str]:
    """The valid signature lines of an answer, by name; others are ignored."""
    wanted = {name: keys.witnesses[name] for name in names}
    try:
        lines = read_signatures(answer.body)
        cosignatures(Note(note.text, lines), wanted.values())
    except (NoteError, SignatureError) as error:
        raise SilentError(Fault.BROKEN, error.detail()) from error
    found = {name: str(line) for name, key in wanted.items() for line in lines if line.by(key)}
    if not found:
        raise SilentError(Fault.BROKEN, "it signed with a key that the policy does not name")
    return found


def _known(answer: Answer) -> int:
    size = answer.body.strip()
    if answer.media_type.partition(";")[0] != SIZE_TYPE or not size.isdecimal():
        raise SilentError(Fault.BROKEN, "it told no size")
    return int(size)


def _remembered(address: str, keys: TrustedKeys) -> str:
    try:
        return str(remote.checkpoint(address, keys.logs[0].name) or "")
    except SilentError:
        return ""


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=32, thread_name_prefix="witness-at")


@cache
def _pool_here() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=8, thread_name_prefix="witness")
