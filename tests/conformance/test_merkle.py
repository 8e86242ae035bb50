"""Every inclusion and consistency vector of transparency-dev/merkle is classified right."""

import json
from base64 import b64decode
from pathlib import Path

import pytest

from heli.engines.translog import EMPTY_ROOT, ProofError, verify_consistency, verify_inclusion

pytestmark = pytest.mark.reference


def vectors(folder: Path) -> list[tuple[str, dict]]:
    found = [
        (str(p.relative_to(folder)), json.loads(p.read_text())) for p in folder.rglob("*.json")
    ]
    assert found
    return sorted(found, key=lambda each: each[0])


def holds(check, *arguments) -> bool:
    try:
        check(*arguments)
    except ProofError:
        return False
    return True


def raw(text: str | None) -> bytes:
    return b64decode(text or "")


def test_inclusion_vectors(reference_data):
    wrong = []
    cases = vectors(reference_data / "merkle" / "inclusion")
    for name, case in cases:
        proof = [raw(node) for node in case["proof"] or []]
        got = holds(
            verify_inclusion,
            case["leafIdx"],
            case["treeSize"],
            raw(case["leafHash"]),
            proof,
            raw(case["root"]),
        )
        if got is case["wantErr"]:
            wrong.append(name)
    assert not wrong
    assert len(cases) >= 90


def test_consistency_vectors(reference_data):
    wrong = []
    cases = vectors(reference_data / "merkle" / "consistency")
    for name, case in cases:
        proof = [raw(node) for node in case["proof"] or []]
        got = holds(
            verify_consistency,
            case["size1"],
            case["size2"],
            proof,
            raw(case["root1"]),
            raw(case["root2"]),
        )
        if got is case["wantErr"]:
            wrong.append(name)
    assert not wrong
    assert len(cases) >= 90


def test_nothing_is_consistent_with_an_empty_tree(reference_data):
    """From size 0 there is nothing to prove: refused whatever proof and roots are given."""
    for _, case in vectors(reference_data / "merkle" / "consistency"):
        proof = [raw(node) for node in case["proof"] or []]
        for size2 in (0, 1, case["size2"]):
            assert not holds(
                verify_consistency, 0, size2, proof, raw(case["root1"]), raw(case["root2"])
            )
            assert not holds(verify_consistency, 0, size2, [], EMPTY_ROOT, raw(case["root2"]))
