"""Tracing: whose extract a found file comes from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from heli.engines.contracts import (
    Contract,
    ContractError,
    PolicyError,
    ReleasePolicy,
    parse_contract,
    parse_policy,
)
from heli.engines.fingerprint import (
    Plan,
    PlanError,
    Score,
    error_bound,
    log_mean,
    parse_plan,
    read,
    score,
    score_decoys,
)
from heli.exchange.extracts import decoys, marks
from heli.exchange.extracts.matching import Guess, guesses
from heli.exchange.extracts.outcome import LIMIT, Named, Trace
from heli.exchange.models import Extract, KeptPolicy

READ = 100_000
CONTROLS = 1_000
CAUTION = 7
"""Subjects counted in addition to those controls that were found."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Extracts that are marked alike under one policy."""

    plan: Plan
    contract: Contract
    policy: ReleasePolicy
    extracts: tuple[Extract, ...]


@dataclass(slots=True)
class _Evidence:
    """What speaks against one extract under each hypothesis.

    Attributes:
        decoys: Subjects of its decoys as they stand in its file.
        hits: How many of them the found file holds, at most.
    """

    extract: Extract
    decoys: frozenset[str]
    scores: list[Score] = field(default_factory=list)
    hits: int = 0

    @property
    def total(self) -> float:
        return log_mean(np.array([each.total for each in self.scores]))


def trace(table: pa.Table) -> Trace:
    """Look whose extract a table comes from, among all that were ever released."""
    every = list(Extract.objects.exclude(fact_id=None).select_related("resource", "grant"))
    suspects = len(every)
    evidence: list[_Evidence] = []
    best, columns, values = float("-inf"), {}, 0
    for group in _groups(every):
        found, names, count = _compare(group, table)
        evidence += found
        strongest = max((each.total for each in found), default=float("-inf"))
        if strongest > best:
            best, columns, values = strongest, names, count
    named = [_named(each, suspects) for each in evidence]
    sure = sorted((each for each in named if each.error <= LIMIT), key=lambda each: each.error)
    return Trace(table.num_rows, suspects, columns, values, tuple(sure))


def _named(evidence: _Evidence, suspects: int) -> Named:
    strongest = max(evidence.scores, key=lambda each: each.total)
    ten = float(np.log(10))
    return Named(
        extract=evidence.extract,
        error=error_bound(evidence.total, suspects),
        marks=strongest.code / ten,
        order=strongest.order / ten,
        decoys=evidence.hits,
    )


def _groups(extracts: Sequence[Extract]) -> list[_Group]:
    """Extracts by how they are marked; what cannot be read any more is left out."""
    by_plan: dict[tuple[str, str], list[Extract]] = {}
    for row in extracts:
        shape = {key: value for key, value in row.plan.items() if key != "decoys"}
        by_plan.setdefault((row.policy_hash, repr(sorted(shape.items()))), []).append(row)
    kept = KeptPolicy.objects.in_bulk([digest for digest, _shape in by_plan])
    groups = []
    for (digest, _shape), rows in by_plan.items():
        if digest not in kept:
            continue
        try:
            contract = parse_contract(kept[digest].contract)
            policy = parse_policy(contract, kept[digest].policy)
            groups.append(_Group(parse_plan(rows[0].plan), contract, policy, tuple(rows)))
        except (PlanError, ContractError, PolicyError):
            continue
    return groups


def _compare(group: _Group, table: pa.Table) -> tuple[list[_Evidence], dict[str, str], int]:
    """The evidence against each extract of a group, with the columns of the best hypothesis."""
    found = {str(row.pk): _Evidence(row, _decoys(group, row)) for row in group.extracts}
    controls = decoys.shown_subjects(
        group.contract, group.policy, "control", CONTROLS, salt=bytes(group.extracts[0].grant.salt)
    ) if any(each.decoys for each in found.values()) else frozenset()  # fmt: skip
    best, names, values = float("-inf"), {}, 0
    for guess in guesses(group.plan, group.contract, table):
        reading = read(group.plan, marks.secret(), _first(guess))
        subjects = _subjects(group, guess)
        chance = min(0.5, (len(controls & subjects) + CAUTION) / CONTROLS)
        for each in score(marks.secret(), reading, list(found)):
            evidence = found[each.recipient]
            hits = len(evidence.decoys & subjects)
            known = len(evidence.decoys) if subjects else 0
            whole = Score(each.recipient, each.code, each.order, score_decoys(hits, known, chance))
            evidence.scores.append(whole)
            evidence.hits = max(evidence.hits, hits)
            if whole.total > best:
                best, names, values = whole.total, guess.names, reading.values
    return [each for each in found.values() if each.scores], names, values


def _first(guess: Guess) -> dict[str, Any]:
    return {name: values.slice(0, READ) for name, values in guess.columns.items()}


def _decoys(group: _Group, extract: Extract) -> frozenset[str]:
    count = int(extract.plan.get("decoys", 0))
    salt = bytes(extract.grant.salt)
    return decoys.shown_subjects(group.contract, group.policy, str(extract.pk), count, salt=salt)


def _subjects(group: _Group, guess: Guess) -> frozenset[str]:
    values = guess.columns.get(group.contract.subject_field.name)
    return frozenset() if values is None else frozenset(map(str, values.drop_null().to_pylist()))
