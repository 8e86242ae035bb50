"""Private keys in files: one line in the form of the reference signed-note tools.

``PRIVATE+KEY+<name>+<key id>+<base64(type || secret)>``, readable by its owner only. The type tells
the algorithm.
"""

import os
from pathlib import Path

from heli.engines.translog import SCHEMES, SECRET_SIZE, SignatureType, Signer
from heli.engines.translog.encoding import decode64, encode64
from heli.errors import HeliError, gettext_noop
from heli.kernel.home import keep_secret

_PREFIX = "PRIVATE+KEY+"


class KeyFileError(HeliError):
    """A key file cannot be used."""

    code = "ledger.key_file"
    message = gettext_noop("The key file {path} cannot be used: {reason}.")
    remedy = gettext_noop("Restore the file from its backup; a new key would break the log.")


def make_key(path: Path, name: str, kind: SignatureType) -> None:
    """Make a key and keep it, unless the file is there already.

    Raises:
        AlgorithmError: This computer lacks the algorithm.
    """
    secret = os.urandom(SECRET_SIZE)
    signer = Signer(name, kind, SCHEMES[kind.algorithm].load(secret))
    material = encode64(kind.value + secret)
    line = f"{_PREFIX}{name}+{signer.verifier.key_id.hex()}+{material}\n"
    keep_secret(path, line.encode())


def read_key(path: Path) -> Signer:
    """The key in a file.

    Raises:
        KeyFileError: It is readable by others, or malformed.
        AlgorithmError: This computer lacks its algorithm.
    """
    if path.stat().st_mode & 0o077:
        raise KeyFileError(path=str(path), reason="others than its owner can read it")
    try:
        name, key_id, material = path.read_text().strip().removeprefix(_PREFIX).split("+", 2)
        raw = decode64(material)
        kind = SignatureType.of(raw)
        private = SCHEMES[kind.algorithm].load(raw[len(kind.value) :])
        signer = Signer(name, kind, private)
        found = signer.verifier.key_id.hex()
    except ValueError as error:
        raise KeyFileError(path=str(path), reason="it is malformed") from error
    if found != key_id:
        raise KeyFileError(path=str(path), reason="its key id does not belong to its key")
    return signer
