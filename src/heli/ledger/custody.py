"""Keys on disk: the log's under ``HELI_HOME/keys``, each witness's under its own folder.

A key file holds one line in the form of the reference signed-note tools,
``PRIVATE+KEY+<name>+<key id>+<base64(type || seed)>``, readable by its owner only.
"""

import os
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from heli.engines.translog import SignatureType, Signer, TrustedKeys, VerifierKey
from heli.engines.translog.encoding import decode64, encode64
from heli.errors import HeliError, gettext_noop
from heli.kernel.home import folder, keep_secret
from heli.ledger.questions import witness_departments

_PREFIX = "PRIVATE+KEY+"
_DEPARTMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
MIN_WITNESSES = 3


class KeyFileError(HeliError):
    """A key file cannot be used."""

    code = "ledger.key_file"
    message = gettext_noop("The key file {path} cannot be used: {reason}.")
    remedy = gettext_noop("Restore the file from its backup; a new key would break the log.")


def log_signer() -> Signer:
    """The log's key, made at first use; its name is the log's origin (``HELI_LOG_ORIGIN``)."""
    path = folder("keys", private=True) / "ledger-log"
    origin = os.environ.get("HELI_LOG_ORIGIN") or "linjiang.example/heli"
    return _load_or_make(path, origin, SignatureType.NOTE)


def witness_folder(department: str) -> Path:
    """Where a department's witness keeps its key and its state."""
    return folder("witnesses", department, private=True)


def witness_signer(department: str) -> Signer:
    """A department's witness key, made at first use."""
    path = witness_folder(department) / "key"
    name = f"{log_signer().name}/witness/{department}"
    return _load_or_make(path, name, SignatureType.COSIGNATURE)


def witness_names() -> list[str]:
    """Departments whose witnesses cosign: those with a key, named by the city at first start."""
    base = folder("witnesses", private=True)
    present = sorted(path.parent.name for path in base.glob("*/key"))
    if present:
        return present
    named = sorted(set(witness_departments()))
    if len(named) < MIN_WITNESSES or not all(_DEPARTMENT.fullmatch(name) for name in named):
        raise KeyFileError(path=str(base), reason=f"at least {MIN_WITNESSES} witnesses are needed")
    for name in named:
        witness_signer(name)
    return named


def quorum() -> int:
    """Cosignatures a checkpoint needs: ``HELI_WITNESS_QUORUM``, at most all witnesses."""
    wanted = int(os.environ.get("HELI_WITNESS_QUORUM") or 2)
    return max(1, min(wanted, len(witness_names())))


def witness_keys() -> dict[str, VerifierKey]:
    """Public keys of the witnesses, by department."""
    return {name: witness_signer(name).verifier for name in witness_names()}


def trusted_keys() -> TrustedKeys:
    """What a verifier is to trust: the keys file the ledger publishes."""
    return TrustedKeys.threshold(log_signer().verifier, witness_keys(), quorum())


def _load_or_make(path: Path, name: str, kind: SignatureType) -> Signer:
    signer = _loaded.get(path)
    if signer is None:
        if not path.exists():
            _make(path, name, kind)
        signer = _loaded[path] = _read(path, kind)
    return signer


_loaded: dict[Path, Signer] = {}


def _make(path: Path, name: str, kind: SignatureType) -> None:
    signer = Signer(name, kind, Ed25519PrivateKey.generate())
    seed = signer.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    material = encode64(bytes([kind]) + seed)
    line = f"{_PREFIX}{name}+{signer.verifier.key_id.hex()}+{material}\n"
    keep_secret(path, line.encode())


def _read(path: Path, kind: SignatureType) -> Signer:
    if path.stat().st_mode & 0o077:
        raise KeyFileError(path=str(path), reason="others than its owner can read it")
    try:
        name, key_id, material = path.read_text().strip().removeprefix(_PREFIX).split("+", 2)
        raw = decode64(material)
        signer = Signer(name, SignatureType(raw[0]), Ed25519PrivateKey.from_private_bytes(raw[1:]))
    except ValueError as error:
        raise KeyFileError(path=str(path), reason="it is malformed") from error
    if signer.kind is not kind or signer.verifier.key_id.hex() != key_id:
        raise KeyFileError(path=str(path), reason="its key id does not belong to its key")
    return signer
