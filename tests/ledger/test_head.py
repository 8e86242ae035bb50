"""Which checkpoint stands behind what leaves, found in one query or by looking further back."""

from itertools import product

import pytest

from heli.engines import translog
from heli.kernel import clock
from heli.ledger import custody, selectors, sequencer
from heli.ledger.models import Checkpoint, Cosignature
from heli.ledger.services import NotDurableError

pytestmark = pytest.mark.django_db

SIZES = (3, 5, 8)
ANSWERS = {"enough": ("sign", "sign", ""), "few": ("sign", "stale", ""), "none": ("", "", "")}


def make(size, answers):
    """A checkpoint of the log with what each of its witnesses said."""
    signers = custody.log_signers()
    head = translog.Checkpoint(signers[0].name, size, bytes(32))
    note = translog.sign_checkpoint(head, *signers)
    row = Checkpoint.objects.create(size=size, root=head.root, note=str(note), at=clock.now())
    for name, answer in zip(sorted(custody.trusted_keys().witnesses), answers, strict=False):
        line = str(translog.cosign(note, custody.witness_signer(name), 1_700_000_000))
        if answer:
            Cosignature.objects.create(
                checkpoint=row, department=name, line=line if answer == "sign" else "",
                refusal="" if answer == "sign" else answer, at=clock.now(),
            )  # fmt: skip


@pytest.mark.parametrize("told", list(product(ANSWERS, repeat=3)), ids="-".join)
def test_the_quick_way_finds_what_the_long_way_finds(told):
    for size, answers in zip(SIZES, told, strict=True):
        make(size, ANSWERS[answers])
    keys = custody.trusted_keys()
    quick, long = sequencer.newest_head(keys), sequencer.cosigned_checkpoint()
    if "enough" in told[1:]:
        assert quick is not None
        assert quick[0] == long.size
        assert str(quick[1]) == str(selectors.checkpoint_note(long))
    else:
        assert quick is None
    for place in (0, *SIZES):
        check(place, long, told)


def check(place, cosigned, told):
    """The head over a place is cosigned where one is, else the newest, which says who lacks."""
    if place >= SIZES[-1]:
        with pytest.raises(NotDurableError):
            selectors.head_over(place)
        return
    head = selectors.head_over(place)
    assert head.size > place
    if cosigned is not None and place < cosigned.size:
        assert (head.size, head.lacking) == (cosigned.size, ())
    else:
        signed = ANSWERS[told[2]].count("sign")
        witnesses = custody.trusted_keys().witnesses
        assert (head.size, len(head.lacking)) == (SIZES[-1], len(witnesses) - signed)


def test_without_a_checkpoint_nothing_may_leave():
    assert sequencer.newest_head(custody.trusted_keys()) is None
    for place in (None, 0):
        with pytest.raises(NotDurableError):
            selectors.head_over(place)
