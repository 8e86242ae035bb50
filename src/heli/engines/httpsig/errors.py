"""Why a signed HTTP message is not accepted."""

from heli.errors import BadInputError, HeliError, UnsupportedError, gettext_noop


class SignatureError(HeliError):
    """A message is not signed as it must be."""

    code = "httpsig.signature"
    status = 401
    message = gettext_noop("The request is not signed as required: {reason}.")
    remedy = gettext_noop("Sign the request by RFC 9421 with the registered Ed25519 key.")


class MissingSignatureError(SignatureError):
    """The message carries no signature."""

    code = "httpsig.missing"
    message = gettext_noop("The request is not signed.")


class MalformedSignatureError(SignatureError):
    """The signature fields cannot be read."""

    code = "httpsig.malformed"
    message = gettext_noop("The signature fields cannot be read: {reason}.")


class UncoveredComponentError(SignatureError):
    """A component that must be covered is not."""

    code = "httpsig.uncovered"
    message = gettext_noop("The signature does not cover {component}.")
    remedy = gettext_noop("Cover {required} and give created, nonce and keyid.")


class BadSignatureError(SignatureError):
    """The signature does not belong to this message and key."""

    code = "httpsig.invalid"
    message = gettext_noop("The signature does not match the request.")
    remedy = gettext_noop("Check that the request is sent exactly as signed, with the right key.")


class StaleSignatureError(SignatureError):
    """The signature was made too long ago or in the future."""

    code = "httpsig.stale"
    message = gettext_noop(
        "The signature was made {age} s before the server's time; at most {limit} s are accepted."
    )
    remedy = gettext_noop("Set the clock of your system by NTP and sign each request afresh.")


class DigestError(BadInputError):
    """The body is not the one the digest was made of."""

    code = "httpsig.digest"
    status = 400
    message = gettext_noop("The body does not agree with its Content-Digest.")
    remedy = gettext_noop("Compute Content-Digest (RFC 9530, sha-256) over the body as sent.")


class UnsupportedComponentError(UnsupportedError):
    """A component or parameter of RFC 9421 is used that is not implemented."""

    code = "httpsig.unsupported"
    status = 401
