"""Strict base64: one spelling for one value, so that no bit of a text is free to change."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error


def encode64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4)."""
    return b64encode(data).decode("ascii")


def decode64(text: str) -> bytes:
    """Decode standard base64.

    Raises:
        ValueError: when ``text`` is not the one spelling :func:`encode64` gives its value.
    """
    try:
        data = b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise ValueError("not base64") from error
    if encode64(data) != text:
        raise ValueError("not canonical base64")
    return data
