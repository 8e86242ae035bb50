"""HTTP message signatures (RFC 9421) and content digests (RFC 9530): Ed25519, HMAC-SHA256.

Shared by the gateway, which verifies, and the client library, which signs.
"""

from heli.engines.httpsig.errors import (
    BadSignatureError,
    DigestError,
    MalformedSignatureError,
    MissingSignatureError,
    SignatureError,
    StaleSignatureError,
    UncoveredComponentError,
    UnsupportedComponentError,
)
from heli.engines.httpsig.signatures import (
    MAC,
    Request,
    Signature,
    check_age,
    check_content_digest,
    content_digest,
    read_signature,
    require_coverage,
    sign,
    signature_base,
    verify,
    verify_mac,
)

__all__ = [
    "MAC",
    "BadSignatureError",
    "DigestError",
    "MalformedSignatureError",
    "MissingSignatureError",
    "Request",
    "Signature",
    "SignatureError",
    "StaleSignatureError",
    "UncoveredComponentError",
    "UnsupportedComponentError",
    "check_age",
    "check_content_digest",
    "content_digest",
    "read_signature",
    "require_coverage",
    "sign",
    "signature_base",
    "verify",
    "verify_mac",
]
