"""Credentials of data sources at rest, under a key of their own; see :mod:`heli.kernel.sealing`."""

from cryptography.exceptions import InvalidTag

from heli.kernel.sealing import Sealing

_sources = Sealing("exchange-sources")


def seal(address: str, secret: str) -> bytes:
    """Encrypt a credential, bound to the address of its source."""
    return _sources.seal_bytes(address, secret.encode())


def unseal(address: str, sealed: bytes | memoryview) -> str:
    """The credential of a source.

    Raises:
        OSError: It was sealed for another source or under a key that is gone.
    """
    if not sealed:
        return ""
    try:
        return _sources.unseal_bytes(address, bytes(sealed)).decode()
    except (InvalidTag, ValueError) as error:
        raise OSError("the credential cannot be unsealed; enter it anew") from error
