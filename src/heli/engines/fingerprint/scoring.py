"""Scoring: how much more a file looks like one recipient's than like anybody's.

All evidence is given as an *e-value*: a number whose mean, over the secret words of somebody who
has nothing to do with the file, is at most 1 whatever the file holds. By Markov's inequality it
exceeds ``1/a`` with probability at most ``a``: no assumption about how the file came to be, no
approximation, no dependence on what attackers did. E-values of independent words multiply, and
their mean over several hypotheses is one again (Vovk and Wang, "E-values", Annals of Statistics
2021).

The e-value of the code is a likelihood ratio: the file's bit at a position is the recipient's own
with weight ``w`` and anybody's else (Laarhoven's interleaving decoder, 2014, which needs no guess
how colluders mixed their copies). The weight is not known, so a mean over several is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heli.engines.fingerprint.code import biases, codeword, probabilities
from heli.engines.fingerprint.keys import derive
from heli.engines.fingerprint.lattice import Numbers
from heli.engines.fingerprint.prf import Prf
from heli.engines.fingerprint.reading import Reading

WEIGHTS = (1.0, 0.5, 0.25, 0.12, 0.05, 0.0)
"""A recipient's share in the file's bits: alone, one of two, one of four, …, mostly noise, none."""

ASCENTS = (0.5, 0.55, 0.65, 0.8, 0.95, 0.995)
"""How often neighbours stand in the recipient's order."""

HITS = (0.0, 0.02, 0.2, 0.9)
"""Which part of a recipient's decoys the file may hold, if more than by chance."""


@dataclass(frozen=True, slots=True)
class Score:
    """The evidence against one recipient, in natural logarithms of e-values.

    Attributes:
        recipient: Name of the extract.
        code: From marked values.
        order: From the order of records.
        decoys: From decoy records.
    """

    recipient: str
    code: float
    order: float
    decoys: float = 0.0

    @property
    def total(self) -> float:
        """All evidence together."""
        return self.code + self.order + self.decoys


def score(secret: bytes, reading: Reading, recipients: Sequence[str]) -> list[Score]:
    """The evidence of marks and order against each recipient."""
    levels = biases(secret)
    chance = probabilities(levels)
    used = np.flatnonzero(reading.trust)
    bits, trust = reading.bits[used], reading.trust[used]
    prior = np.where(bits, chance[used], 1 - chance[used])
    hit = np.stack([np.log1p(w * trust * (1 / prior - 1)) for w in WEIGHTS])
    miss = np.stack([np.log1p(-w * trust) for w in WEIGHTS])
    base, gain = miss.sum(axis=1), hit - miss
    found = []
    for recipient in recipients:
        same = (codeword(secret, recipient, levels)[used] == bits).astype(np.float64)
        found.append(
            Score(recipient, log_mean(base + gain @ same), _ordered(secret, reading, recipient))
        )
    return found


def _ordered(secret: bytes, reading: Reading, recipient: str) -> float:
    """Whether neighbours in the file stand in the recipient's order more often than by chance.

    Which virtual key orders a stretch of the file is not known, and it may be one that the file has
    not, which says nothing: the mean over all of them is an e-value, those of stretches multiply,
    and their mean over how well the order was kept is one again.
    """
    if not reading.sequences:
        return 0.0
    prf = Prf(derive(secret, "order", recipient))
    size = 1 + max(int(each.stretches.max(initial=0)) for each in reading.sequences)
    rising, pairs = np.zeros((2, len(reading.sequences), size))
    for number, each in enumerate(reading.sequences):
        ranks, _ = prf.words([each.words])
        rises = ranks[::2] < ranks[1::2]
        rising[number] = np.bincount(each.stretches, weights=rises, minlength=size)
        pairs[number] = np.bincount(each.stretches, minlength=size)
    return log_mean(
        np.array([
            _log_means(rising * np.log(2 * a) + (pairs - rising) * np.log(2 * (1 - a))).sum()
            for a in ASCENTS
        ])
    )  # fmt: skip


def _log_means(logs: Numbers) -> Numbers:
    """The logarithms of means over the first axis."""
    most = logs.max(axis=0)
    return np.asarray(most + np.log(np.mean(np.exp(logs - most), axis=0)))


def score_decoys(hits: int, decoys: int, chance: float) -> float:
    """The evidence of a recipient's decoys in a file.

    Args:
        hits: How many of them the file holds.
        decoys: How many the recipient's extract was given.
        chance: At most so likely does a file hold one that was never given out.
    """
    if not decoys:
        return 0.0
    tried = np.array([max(part, chance) for part in HITS])
    return log_mean(
        hits * np.log(tried / chance) + (decoys - hits) * np.log((1 - tried) / (1 - chance))
    )


def log_mean(logs: Numbers) -> float:
    """The logarithm of the mean of numbers given by their logarithms."""
    most = float(np.max(logs))
    return most + float(np.log(np.mean(np.exp(logs - most))))


@dataclass(frozen=True, slots=True)
class Finding:
    """A recipient whose extract a file comes from.

    Attributes:
        score: The evidence.
        error: At most so likely would anybody have been named who has nothing to do with it.
    """

    score: Score
    error: float


def accuse(scores: Sequence[Score], *, suspects: int, limit: float) -> list[Finding]:
    """Name those against whom the evidence suffices, the strongest first.

    Args:
        scores: Of all recipients looked at.
        suspects: How many recipients and hypotheses were looked at in all (Bonferroni).
        limit: The most that :attr:`Finding.error` may be.
    """
    found = [Finding(each, error_bound(each.total, suspects)) for each in scores]
    named = [each for each in found if each.error <= limit]
    return sorted(named, key=lambda each: -each.score.total)


def error_bound(evidence: float, suspects: int) -> float:
    """How likely anybody innocent of so many reaches such evidence, at most."""
    return float(min(1.0, np.exp(min(0.0, np.log(max(1, suspects)) - evidence))))
