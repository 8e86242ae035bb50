"""A running log that signs with several algorithms, with witnesses of each."""

import pytest
from tests.ledger.happenings import ACTOR, enter

from heli.engines.translog import Algorithm, Receipt, SignatureType, TrustedKeys, verify_receipt
from heli.ledger import custody, offline, selectors, services
from heli.ledger.audit import audit


def test_a_log_takes_further_algorithms_up_and_old_receipts_hold(db, monkeypatch):
    (first,) = enter(1)
    old_keys, old_receipt = selectors.trusted_keys(), selectors.receipt(first.pk)
    monkeypatch.setenv("HELI_LOG_ALGORITHMS", "ed25519, ml-dsa-44, sm2-sm3")
    (second,) = enter(1)
    receipt, keys = selectors.receipt(second.pk), selectors.trusted_keys()
    assert [key.kind.algorithm for key in keys.logs] == list(Algorithm)
    assert len(receipt.checkpoint.signatures) == 3 + 3
    assert TrustedKeys.parse(str(keys)) == keys
    verify_receipt(old_receipt, keys)
    verify_receipt(Receipt.from_json(receipt.to_json()), old_keys)
    for log in keys.logs:
        only = TrustedKeys((log,), keys.witnesses, keys.groups, keys.quorum)
        verify_receipt(receipt, only)
    assert audit().clean


@pytest.mark.parametrize("algorithm", ["ml-dsa-44", "sm2-sm3"])
def test_a_log_and_witnesses_of_another_algorithm(db, monkeypatch, algorithm, tmp_path):
    """What a deployment that must use Chinese algorithms sets, from the first start."""
    monkeypatch.setenv("HELI_LOG_ALGORITHMS", algorithm)
    monkeypatch.setenv("HELI_WITNESS_ALGORITHM", algorithm)
    (row,) = enter(1)
    keys = selectors.trusted_keys()
    kinds = {key.kind for key in (*keys.logs, *keys.witnesses.values())}
    assert kinds == {SignatureType[algorithm.replace("-", "_").upper()]}
    (tmp_path / "receipt.json").write_text(selectors.receipt(row.pk).to_json())
    (tmp_path / "keys.txt").write_text(str(keys))
    verdict = offline.check(tmp_path / "receipt.json", tmp_path / "keys.txt")
    assert len(verdict.proven.cosignatures) == 3
    assert audit().clean
    services.set_policy(f"witness sfj {keys.witnesses['sfj']}\nquorum sfj\n", actor=ACTOR)


def test_an_unknown_algorithm(db, monkeypatch):
    monkeypatch.setenv("HELI_LOG_ALGORITHMS", "rsa")
    with pytest.raises(custody.UnknownAlgorithmError) as caught:
        enter(1)
    assert "sm2-sm3" in caught.value.advice()
