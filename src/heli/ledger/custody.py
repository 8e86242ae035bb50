"""The keys of this installation: the log's under ``HELI_HOME/keys``, each witness's in its folder.

Which witnesses count, and how many, is the *trust policy* (C2SP tlog-policy). Until one is set, it
is every witness with a folder here, and ``HELI_WITNESS_QUORUM`` of them.
"""

import os
import re
from functools import lru_cache
from pathlib import Path

from django.db import connection

from heli.engines.translog import (
    LOG_KEYS,
    WITNESS_KEYS,
    Algorithm,
    KeysError,
    SignatureType,
    Signer,
    TrustedKeys,
    VerifierKey,
)
from heli.errors import BadInputError, gettext_noop
from heli.kernel import prepared
from heli.kernel.home import folder
from heli.ledger.keyfiles import KeyFileError, make_key, read_key
from heli.ledger.models import TrustPolicy
from heli.ledger.questions import witness_departments

__all__ = ["KeyFileError", "log_keys", "log_signer", "log_signers", "trusted_keys"]

_DEPARTMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
MIN_WITNESSES = 3
_POLICY = f"SELECT text FROM {TrustPolicy._meta.db_table} ORDER BY id DESC LIMIT 1"  # noqa: S608


class UnknownAlgorithmError(BadInputError):
    """A setting names an algorithm that Heli does not know."""

    code = "ledger.unknown_algorithm"
    message = gettext_noop("{name} is no signature algorithm of Heli's.")
    remedy = gettext_noop("Use some of: {known}.")


def log_signers() -> list[Signer]:
    """The log's keys, made at first use: one for each algorithm in ``HELI_LOG_ALGORITHMS``.

    Their name is the log's origin (``HELI_LOG_ORIGIN``).

    Raises:
        UnknownAlgorithmError: The setting names another algorithm.
        KeyFileError: A key file cannot be used.
    """
    base = folder("keys", private=True)
    named = os.environ.get("HELI_LOG_ALGORITHMS", "").replace(",", " ").split()
    made: list[Signer] = []
    for algorithm in algorithms(named or [Algorithm.ED25519]):
        plain = algorithm is Algorithm.ED25519
        path = base / ("ledger-log" if plain else f"ledger-log.{algorithm}")
        name = made[0].name if made else _origin()
        made.append(_load_or_make(path, name, LOG_KEYS[algorithm]))
    return made


def algorithms(names: list[str]) -> list[Algorithm]:
    """Algorithms by their names, each once.

    Raises:
        UnknownAlgorithmError: One is not known.
    """
    known = {each.value: each for each in Algorithm}
    for name in names:
        if name not in known:
            raise UnknownAlgorithmError(name=name, known=", ".join(known))
    return [known[name] for name in dict.fromkeys(names)]


def _origin() -> str:
    return os.environ.get("HELI_LOG_ORIGIN") or "linjiang.example/heli"


def log_signer() -> Signer:
    """The first of the log's keys."""
    return log_signers()[0]


def log_keys() -> list[VerifierKey]:
    """The log's public keys."""
    return [signer.verifier for signer in log_signers()]


def witness_folder(department: str) -> Path:
    """Where the witness of a department that runs in this installation keeps key and state."""
    return folder("witnesses", department, private=True)


def witness_signer(department: str) -> Signer:
    """The key of a department's witness here, made at first use (``HELI_WITNESS_ALGORITHM``)."""
    path = witness_folder(department) / "key"
    if path in _loaded:
        return _loaded[path]
    name = f"{log_signer().name}/witness/{department}"
    named = os.environ.get("HELI_WITNESS_ALGORITHM") or Algorithm.ED25519
    return _load_or_make(path, name, WITNESS_KEYS[algorithms([named])[0]])


def local_witnesses() -> list[str]:
    """Departments with a witness here: those with a key, named by the city at first start."""
    base = folder("witnesses", private=True)
    present = sorted(name for name in os.listdir(base) if os.path.isfile(f"{base}/{name}/key"))
    if present:
        return present
    named = sorted(set(witness_departments()))
    if len(named) < MIN_WITNESSES or not all(_DEPARTMENT.fullmatch(name) for name in named):
        raise KeyFileError(path=str(base), reason=f"at least {MIN_WITNESSES} witnesses are needed")
    for name in named:
        witness_signer(name)
    return named


def trusted_keys() -> TrustedKeys:
    """What a verifier is to trust: the trust policy in force, which the ledger publishes.

    Raises:
        KeyFileError: It names a witness that is neither here nor at an address.
    """
    if row := prepared.run(connection, _POLICY, []).fetchone():
        return _parsed(row[0], tuple(log_keys()))
    witnesses = tuple((name, witness_signer(name).verifier) for name in local_witnesses())
    wanted = int(os.environ.get("HELI_WITNESS_QUORUM") or 2)
    return _threshold(tuple(log_keys()), witnesses, max(1, min(wanted, len(witnesses))))


@lru_cache(maxsize=16)
def _threshold(
    logs: tuple[VerifierKey, ...], witnesses: tuple[tuple[str, VerifierKey], ...], wanted: int
) -> TrustedKeys:
    return TrustedKeys.threshold(logs, dict(witnesses), wanted)


@lru_cache(maxsize=16)
def _parsed(text: str, logs: tuple[VerifierKey, ...]) -> TrustedKeys:
    return TrustedKeys.parse(text, logs=logs)


def check_policy(text: str) -> TrustedKeys:
    """Read a trust policy that is to be put in force here.

    Raises:
        KeysError: It is malformed, or asks what this installation cannot do.
    """
    keys = TrustedKeys.parse(text, logs=log_keys())
    lines = text.split("\n")
    here = {name: witness_signer(name).verifier for name in local_witnesses()}
    origin = log_signer().name
    for number, words in enumerate((line.split() for line in lines), start=1):
        reason = ""
        if words[:1] == ["log"] and VerifierKey.parse(words[1]).name != origin:
            reason = f"this log is {origin}"
        elif (
            words[:1] == ["witness"]
            and len(words) == 3
            and here.get(words[1]) != (keys.witnesses[words[1]])
        ):
            reason = f"the witness {words[1]} has no address, and no such key is here"
        elif words[:1] == ["witness"] and not _DEPARTMENT.fullmatch(words[1]):
            reason = f"{words[1]!r} is no name of a witness"
        elif words[:1] == ["witness"] and len(words) == 4 and not _http(words[3]):
            reason = f"{words[3]!r} is no http or https address"
        if reason:
            raise KeysError(line=number, reason=reason)
    if not keys.needed:
        raise KeysError(line=len(lines), reason="a quorum of no witness would prove nothing")
    return keys


def _http(address: str) -> bool:
    return re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", address) is not None


def _load_or_make(path: Path, name: str, kind: SignatureType) -> Signer:
    signer = _loaded.get(path)
    if signer is None:
        if not path.exists():
            make_key(path, name, kind)
        signer = _loaded[path] = read_key(path)
    return signer


_loaded: dict[Path, Signer] = {}
