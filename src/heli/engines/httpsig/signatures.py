"""HTTP message signatures with Ed25519 and HMAC-SHA256 (RFC 9421) over requests.

Supported: the derived components ``@method``, ``@target-uri``, ``@authority``, ``@scheme``,
``@request-target``, ``@path``, ``@query`` and plain header fields; the parameters ``created``,
``expires``, ``nonce``, ``alg``, ``keyid``, ``tag``. Component parameters (``;sf``, ``;bs``,
``;req`` …) are refused by name. Limits: a field that occurs several times is combined in order of
appearance as section 2.1 says; obsolete line folding is not undone.
"""

import dataclasses
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256, sha512

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heli.engines.httpsig.errors import (
    BadSignatureError,
    DigestError,
    MalformedSignatureError,
    MissingSignatureError,
    StaleSignatureError,
    UncoveredComponentError,
    UnsupportedComponentError,
)
from heli.engines.httpsig.fields import (
    Bare,
    InnerList,
    parse_dictionary,
    write_bytes,
    write_inner_list,
)

DERIVED = ("@method", "@target-uri", "@authority", "@scheme", "@request-target", "@path", "@query")
PARAMETERS = ("created", "expires", "nonce", "alg", "keyid", "tag")
ALGORITHM = "ed25519"
MAC = "hmac-sha256"
SIGNATURE_BYTES, KEY_BYTES = 64, 32

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_DIGESTS = {"sha-256": sha256, "sha-512": sha512}


@dataclass(frozen=True, slots=True)
class Request:
    """What of an HTTP request can be signed.

    Attributes:
        method: In upper case.
        scheme: ``http`` or ``https``.
        authority: Host and port as in the Host header.
        path: Absolute path, percent-encoded as sent.
        query: Without the question mark.
        headers: Names and values in order of appearance.
    """

    method: str
    scheme: str
    authority: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    _combined: dict[str, str] = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Combine header fields of one name in order (RFC 9421, section 2.1)."""
        combined: dict[str, str] = {}
        for key, value in self.headers:
            name, text = key.lower(), value.strip()
            combined[name] = f"{combined[name]}, {text}" if name in combined else text
        object.__setattr__(self, "_combined", combined)

    def field(self, name: str) -> str | None:
        """The combined value of a header field, ``None`` if absent."""
        return self._combined.get(name)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as found in a message, not yet verified.

    Attributes:
        label: Its name in the dictionaries.
        components: Covered component names in order.
        parameters: Signature parameters in order.
        value: The signature bytes.
        text: Components and parameters as they are signed, where they were received so.
    """

    label: str
    components: tuple[str, ...]
    parameters: tuple[tuple[str, Bare], ...]
    value: bytes
    text: str = dataclasses.field(default="", compare=False)
    _by_name: dict[str, Bare] = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keep the parameters by name as well."""
        object.__setattr__(self, "_by_name", dict(self.parameters))

    def parameter(self, name: str) -> Bare | None:
        """One parameter, ``None`` if absent."""
        return self._by_name.get(name)

    @property
    def key_id(self) -> str:
        """The parameter ``keyid``, empty if absent."""
        return str(self.parameter("keyid") or "")

    @property
    def nonce(self) -> str:
        """The parameter ``nonce``, empty if absent."""
        return str(self.parameter("nonce") or "")

    @property
    def created(self) -> int | None:
        """The parameter ``created`` in seconds since 1970, ``None`` if absent."""
        value = self.parameter("created")
        return value if isinstance(value, int) and not isinstance(value, bool) else None


def content_digest(body: bytes) -> str:
    """The ``Content-Digest`` field of a body (RFC 9530, sha-256)."""
    return f"sha-256={write_bytes(sha256(body).digest())}"


def check_content_digest(field: str | None, body: bytes) -> None:
    """Check the body against its ``Content-Digest``.

    Every known algorithm in the field must agree and at least one must be known.

    Raises:
        DigestError: Absent, unreadable, of no known algorithm, or different.
    """
    if not field:
        raise DigestError
    if field == content_digest(body):
        return
    try:
        members = parse_dictionary(field)
    except MalformedSignatureError:
        raise DigestError from None
    known = [(_DIGESTS[name], value) for name, value in members.items() if name in _DIGESTS]
    if not known or any(make(body).digest() != value for make, value in known):
        raise DigestError


def signature_base(
    request: Request, components: Sequence[str], parameters: Sequence[tuple[str, Bare]]
) -> bytes:
    """The bytes that are signed (RFC 9421, section 2.5).

    Raises:
        UnsupportedComponentError: A derived component that is not supported.
        MalformedSignatureError: A covered field is absent, or a component is covered twice.
    """
    return _base(request, components, _inputs(components, parameters))


def _base(request: Request, components: Sequence[str], inputs: str) -> bytes:
    if len(set(components)) != len(components):
        raise MalformedSignatureError(reason="a component is covered twice")
    lines = [f'"{name}": {_component(request, name)}' for name in components]
    lines.append(f'"@signature-params": {inputs}')
    return "\n".join(lines).encode()


def _signed(request: Request, signature: Signature) -> bytes:
    """The bytes that a received signature was made over."""
    inputs = signature.text or _inputs(signature.components, signature.parameters)
    return _base(request, signature.components, inputs)


def sign(
    request: Request,
    components: Sequence[str],
    *,
    key: Ed25519PrivateKey | bytes,
    parameters: Sequence[tuple[str, Bare]],
    label: str = "sig1",
) -> dict[str, str]:
    """Sign a request.

    Args:
        request: The request as it will be sent, with every covered field present.
        components: Names to cover in order.
        key: The private key; bytes are the shared key of an HMAC (``alg`` ``hmac-sha256``).
        parameters: Signature parameters in order, for example ``[("created", 1618884473)]``.
        label: Name of the signature in the dictionaries.

    Returns:
        The header fields ``Signature-Input`` and ``Signature``.
    """
    base = signature_base(request, components, parameters)
    value = hmac.digest(key, base, "sha256") if isinstance(key, bytes) else key.sign(base)
    return {
        "Signature-Input": f"{label}={_inputs(components, parameters)}",
        "Signature": f"{label}={write_bytes(value)}",
    }


def read_signature(request: Request) -> Signature:
    """Find the one signature of a request.

    Raises:
        MissingSignatureError: There is none.
        MalformedSignatureError: The fields cannot be read or hold more than one signature.
        UnsupportedComponentError: Parameters or an algorithm that are not supported.
    """
    inputs_field, values_field = request.field("signature-input"), request.field("signature")
    if not inputs_field or not values_field:
        raise MissingSignatureError
    inputs, values = parse_dictionary(inputs_field), parse_dictionary(values_field)
    if len(inputs) != 1 or inputs.keys() != values.keys():
        raise MalformedSignatureError(reason="exactly one signature is expected")
    (label, covered), value = next(iter(inputs.items())), next(iter(values.values()))
    if not isinstance(covered, InnerList) or not isinstance(value, bytes):
        raise MalformedSignatureError(reason="a list of components and a signature are expected")
    _refuse_unsupported(covered)
    names = tuple(name for name, _ in covered.items)
    return Signature(label, names, covered.parameters, value, covered.text)


def verify(request: Request, signature: Signature, public_key: bytes) -> None:
    """Check a signature.

    Args:
        request: The request as received.
        signature: As :func:`read_signature` found it.
        public_key: Raw Ed25519 public key, 32 bytes.

    Raises:
        BadSignatureError: It does not match, or was made by another algorithm.
    """
    if signature.parameter("alg") not in (None, ALGORITHM):
        raise BadSignatureError
    # libsodium, because it needs half the time of OpenSSL; it does not look at these lengths.
    if (len(signature.value), len(public_key)) != (SIGNATURE_BYTES, KEY_BYTES):
        raise BadSignatureError
    # Loaded by who verifies first, as it takes 3 MB in each process.
    from nacl.bindings import crypto_sign_open
    from nacl.exceptions import CryptoError

    try:
        crypto_sign_open(signature.value + _signed(request, signature), public_key)
    except CryptoError:
        raise BadSignatureError from None


def verify_mac(request: Request, signature: Signature, key: bytes) -> None:
    """Check a signature made with a shared key (RFC 9421, section 3.3.3).

    Args:
        request: The request as received.
        signature: As :func:`read_signature` found it; it names ``hmac-sha256``.
        key: The shared key.

    Raises:
        BadSignatureError: It does not match, or was made by another algorithm.
    """
    if signature.parameter("alg") != MAC:
        raise BadSignatureError
    made = hmac.digest(key, _signed(request, signature), "sha256")
    if not hmac.compare_digest(made, signature.value):
        raise BadSignatureError


def require_coverage(signature: Signature, required: Sequence[str | tuple[str, ...]]) -> None:
    """Check that a signature covers what it must and carries ``created``, ``nonce``, ``keyid``.

    Args:
        signature: As found.
        required: Component names; of a tuple, one suffices.

    Raises:
        UncoveredComponentError: One is missing.
    """
    listed = [name if isinstance(name, str) else "/".join(name) for name in required]
    for name in required:
        choices = (name,) if isinstance(name, str) else name
        if not any(choice in signature.components for choice in choices):
            raise UncoveredComponentError(component="/".join(choices), required=", ".join(listed))
    present = {
        "created": signature.created is not None,
        "nonce": bool(signature.nonce),
        "keyid": bool(signature.key_id),
    }
    for parameter, given in present.items():
        if not given:
            raise UncoveredComponentError(component=parameter, required=", ".join(listed))


def check_age(signature: Signature, *, now: int, max_age: int, max_skew: int) -> None:
    """Check when a signature was made.

    Args:
        signature: With ``created`` and perhaps ``expires``.
        now: The verifier's time in seconds since 1970.
        max_age: Oldest acceptable signature in seconds.
        max_skew: How many seconds ahead the signer's clock may be.

    Raises:
        StaleSignatureError: Too old, expired or from the future.
    """
    created = signature.created
    if created is None:
        raise UncoveredComponentError(component="created", required="created")
    age = now - created
    if age > max_age or age < -max_skew:
        raise StaleSignatureError(age=age, limit=max_age)
    expires = signature.parameter("expires")
    if isinstance(expires, int) and now > expires:
        raise StaleSignatureError(age=age, limit=expires - created)


def _refuse_unsupported(covered: InnerList) -> None:
    for name, parameters in covered.items:
        if parameters:
            raise UnsupportedComponentError(
                what=f"{name};{parameters[0][0]}", supported=", ".join(DERIVED)
            )
    for name, value in covered.parameters:
        if name not in PARAMETERS:
            raise UnsupportedComponentError(what=name, supported=", ".join(PARAMETERS))
        if name == "alg" and value not in (ALGORITHM, MAC):
            raise UnsupportedComponentError(what=str(value), supported=f"{ALGORITHM}, {MAC}")


def _inputs(components: Sequence[str], parameters: Sequence[tuple[str, Bare]]) -> str:
    items = tuple((name, ()) for name in components)
    return write_inner_list(InnerList(items, tuple(parameters)))


def _component(request: Request, name: str) -> str:
    if not name.startswith("@"):
        value = request.field(name)
        if value is None or name != name.lower():
            raise MalformedSignatureError(reason=f"covered field {name} is not in the request")
        return value
    if name == "@method":
        return request.method
    query = f"?{request.query}"
    target = request.path + (query if request.query else "")
    values = {
        "@scheme": request.scheme,
        "@authority": _authority(request),
        "@path": request.path or "/",
        "@query": query,
        "@request-target": target,
        "@target-uri": f"{request.scheme}://{_authority(request)}{target}",
    }
    if name not in values:
        raise UnsupportedComponentError(what=name, supported=", ".join(DERIVED))
    return values[name]


def _authority(request: Request) -> str:
    return request.authority.lower().removesuffix(_DEFAULT_PORTS.get(request.scheme, ""))
