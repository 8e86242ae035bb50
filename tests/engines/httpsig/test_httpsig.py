"""HTTP message signatures against the examples of RFC 9421, appendix B, and against tampering."""

import base64
import contextlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from hypothesis import given
from hypothesis import strategies as st

from heli.engines.httpsig import (
    BadSignatureError,
    DigestError,
    MalformedSignatureError,
    MissingSignatureError,
    Request,
    StaleSignatureError,
    UncoveredComponentError,
    UnsupportedComponentError,
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

from heli.engines.httpsig import fields  # isort: skip

# RFC 9421, appendix B.1.4: the published example key.
PRIVATE = load_pem_private_key(
    b"-----BEGIN PRIVATE KEY-----\n"
    b"MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n"
    b"-----END PRIVATE KEY-----\n",
    None,
)
PUBLIC = load_pem_public_key(
    b"-----BEGIN PUBLIC KEY-----\n"
    b"MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n"
    b"-----END PUBLIC KEY-----\n"
).public_bytes(Encoding.Raw, PublicFormat.Raw)
BODY = b'{"hello": "world"}'
# RFC 9421, appendix B.2: the example request.
REQUEST = Request(
    method="POST",
    scheme="http",
    authority="example.com",
    path="/foo",
    query="param=Value&Pet=dog",
    headers=(
        ("Host", "example.com"),
        ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("Content-Type", "application/json"),
        (
            "Content-Digest",
            "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm"
            "+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
        ),
        ("Content-Length", "18"),
    ),
)
# RFC 9421, appendix B.2.6: signing a request using ed25519.
COMPONENTS = ("date", "@method", "@path", "@authority", "content-type", "content-length")
PARAMETERS = (("created", 1618884473), ("keyid", "test-key-ed25519"))
INPUT = (
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
    ';created=1618884473;keyid="test-key-ed25519"'
)
SIGNATURE = (
    "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WP"
    "pBKRCw==:"
)
BASE = b"""\
"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length")\
;created=1618884473;keyid="test-key-ed25519\""""


def _with(request, **headers):
    extra = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Request(
        request.method, request.scheme, request.authority, request.path, request.query,
        request.headers + extra,
    )  # fmt: skip


def test_the_published_signature_base_is_reproduced():
    assert signature_base(REQUEST, COMPONENTS, PARAMETERS) == BASE


def test_the_published_signature_is_reproduced():
    headers = sign(REQUEST, COMPONENTS, key=PRIVATE, parameters=PARAMETERS, label="sig-b26")
    assert headers == {"Signature-Input": INPUT, "Signature": SIGNATURE}


def test_the_published_signature_verifies():
    signed = _with(REQUEST, Signature_Input=INPUT, Signature=SIGNATURE)
    found = read_signature(signed)
    assert (found.key_id, found.created, found.nonce) == ("test-key-ed25519", 1618884473, "")
    verify(signed, found, PUBLIC)


def test_the_published_digest_verifies():
    check_content_digest(REQUEST.field("content-digest"), BODY)
    with pytest.raises(DigestError):
        check_content_digest(REQUEST.field("content-digest"), BODY + b" ")


@pytest.mark.parametrize("field", [None, "", "sha-256", "md5=:AAAA:", "sha-256=:%%:"])
def test_an_unusable_digest_is_refused(field):
    with pytest.raises(DigestError):
        check_content_digest(field, BODY)


# RFC 9421, section 2.2: the published values of derived components.
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("@method", "POST"),
        ("@target-uri", "https://www.example.com/path?param=value"),
        ("@authority", "www.example.com"),
        ("@scheme", "https"),
        ("@request-target", "/path?param=value"),
        ("@path", "/path"),
        ("@query", "?param=value"),
    ],
)
def test_derived_components(name, value):
    request = Request("POST", "https", "www.example.com:443", "/path", "param=value")
    line = signature_base(request, [name], []).decode().splitlines()[0]
    assert line == f'"{name}": {value}'


# RFC 9421, section 2.1: fields that occur more than once are combined, outer spaces removed.
def test_repeated_fields_are_combined():
    request = Request(
        "GET", "https", "h", "/",
        headers=(("Cache-Control", "max-age=60"), ("Cache-Control", "   must-revalidate ")),
    )  # fmt: skip
    line = signature_base(request, ["cache-control"], []).decode().splitlines()[0]
    assert line == '"cache-control": max-age=60, must-revalidate'


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"path": "/bar"},
        {"authority": "evil.example"},
        {"headers": (*REQUEST.headers[:4], ("Content-Length", "19"))},
    ],
)
def test_any_change_of_a_covered_component_is_found(change):
    changed = replace(REQUEST, **change)
    signed = _with(changed, Signature_Input=INPUT, Signature=SIGNATURE)
    with pytest.raises(BadSignatureError):
        verify(signed, read_signature(signed), PUBLIC)


def test_another_key_does_not_verify():
    other = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signed = _with(REQUEST, Signature_Input=INPUT, Signature=SIGNATURE)
    with pytest.raises(BadSignatureError):
        verify(signed, read_signature(signed), other)


ORDER = 2**252 + 27742317777372353535851937790883648493


def _plus_order(value):
    """The same signature with its second half raised by the group's order: another text for it."""
    raised = int.from_bytes(value[32:], "little") + ORDER
    return value[:32] + raised.to_bytes(32, "little")


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value[:-1],
        lambda value: value + b"\0",
        lambda _: b"",
        lambda value: value[:-1] + bytes([value[-1] ^ 1]),
        _plus_order,
    ],
)
def test_another_signature_does_not_verify(change):
    signed = _with(REQUEST, Signature_Input=INPUT, Signature=SIGNATURE)
    read = read_signature(signed)
    with pytest.raises(BadSignatureError):
        verify(signed, replace(read, value=change(read.value)), PUBLIC)


@pytest.mark.parametrize("key", [b"", PUBLIC[:-1], PUBLIC + b"\0", bytes(32), b"\1" + bytes(31)])
def test_what_is_no_key_verifies_nothing(key):
    signed = _with(REQUEST, Signature_Input=INPUT, Signature=SIGNATURE)
    with pytest.raises(BadSignatureError):
        verify(signed, read_signature(signed), key)


@pytest.mark.parametrize(
    ("given_input", "value", "error"),
    [
        ("", "", MissingSignatureError),
        (INPUT, "other=:AAAA:", MalformedSignatureError),
        (INPUT + ", b=()", SIGNATURE + ", b=:AAAA:", MalformedSignatureError),
        ("sig-b26=(", SIGNATURE, MalformedSignatureError),
        ('sig-b26=("@method"', SIGNATURE, MalformedSignatureError),
        ('sig-b26=("@method"";x)', SIGNATURE, MalformedSignatureError),
        ('sig-b26=("@method");created=1;created=2', SIGNATURE, MalformedSignatureError),
        ('sig-b26=("@query-param";name="x")', SIGNATURE, UnsupportedComponentError),
        ('sig-b26=("date";bs)', SIGNATURE, UnsupportedComponentError),
        ('sig-b26=("date");alg="rsa-pss-sha512"', SIGNATURE, UnsupportedComponentError),
        ('sig-b26=("date");colour="red"', SIGNATURE, UnsupportedComponentError),
    ],
)
def test_unreadable_signatures_are_refused_by_name(given_input, value, error):
    with pytest.raises(error):
        read_signature(_with(REQUEST, Signature_Input=given_input, Signature=value))


@pytest.mark.parametrize("names", [["@nonsense"], ["date", "date"], ["x-absent"], ["Date"]])
def test_components_that_cannot_be_covered_are_refused(names):
    with pytest.raises((UnsupportedComponentError, MalformedSignatureError)):
        signature_base(REQUEST, names, [])


def _signed(components, parameters):
    request = Request("GET", "https", "h", "/", headers=(("Content-Digest", "x"),))
    return read_signature(_with(request, **{
        name.replace("-", "_"): value
        for name, value in sign(request, components, key=PRIVATE, parameters=parameters).items()
    }))  # fmt: skip


def test_what_must_be_covered_must_be_covered():
    required = ["@method", ("@path", "@target-uri"), "content-digest"]
    full = [("created", 1), ("nonce", "n"), ("keyid", "k")]
    require_coverage(_signed(["@method", "@target-uri", "content-digest"], full), required)
    for components, parameters in [
        (["@method", "content-digest"], full),
        (["@method", "@path"], full),
        (["@method", "@path", "content-digest"], full[1:]),
        (["@method", "@path", "content-digest"], full[:1] + full[2:]),
        (["@method", "@path", "content-digest"], full[:2]),
    ]:
        with pytest.raises(UncoveredComponentError):
            require_coverage(_signed(components, parameters), required)


def test_age_is_limited_on_both_sides():
    signature = _signed(["@method"], [("created", 1000), ("expires", 1020)])
    check_age(signature, now=1015, max_age=60, max_skew=5)
    check_age(signature, now=995, max_age=60, max_skew=5)
    for now in (994, 1021, 1061):
        with pytest.raises(StaleSignatureError):
            check_age(signature, now=now, max_age=60, max_skew=5)


_text = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20)


@given(nonce=_text, key_id=_text, path=st.from_regex(r"/[a-z0-9/%]{0,20}", fullmatch=True))
def test_what_is_signed_verifies(nonce, key_id, path):
    request = _with(Request("POST", "https", "h:8443", path), Content_Digest=content_digest(BODY))
    parameters = [("created", 5), ("nonce", nonce), ("keyid", key_id), ("alg", "ed25519")]
    headers = sign(
        request, ["@method", "@path", "content-digest"], key=PRIVATE, parameters=parameters
    )
    signed = _with(request, **{name.replace("-", "_"): text for name, text in headers.items()})
    found = read_signature(signed)
    assert (found.nonce, found.key_id) == (nonce, key_id)
    verify(signed, found, PUBLIC)


@given(
    text=st.text(max_size=60) | st.binary(max_size=40).map(lambda b: base64.b64encode(b).decode())
)
def test_no_header_makes_the_reader_fall_over(text):
    refusals = (MissingSignatureError, MalformedSignatureError, UnsupportedComponentError)
    with contextlib.suppress(*refusals):
        read_signature(_with(REQUEST, Signature_Input=text, Signature=text))


WRITTEN = st.lists(
    st.tuples(
        st.sampled_from(["created", "nonce", "keyid", "alg", "tag"]),
        st.integers(0, 10**15 - 1) | st.text(st.characters(codec="ascii"), max_size=12),
    ),
    max_size=5,
)


@given(
    st.lists(st.sampled_from(["@method", "@path", "content-digest", "x y", ""]), max_size=4),
    WRITTEN,
    st.sampled_from(["", " ", ",b=:AAAA:", ";x"]),
)
def test_the_usual_form_is_read_as_any_other(items, parameters, after):
    listed = " ".join(f'"{item}"' for item in items)
    written = "".join(
        f";{name}={value}" if isinstance(value, int) else f';{name}="{value}"'
        for name, value in parameters
    )
    text = f"sig1=({listed}){written}{after}"

    def read():
        try:
            return fields.parse_dictionary(text)
        except MalformedSignatureError:
            return None

    quick = read()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fields, "_usual", lambda text: None)
        assert quick == read()


def test_a_mac_is_that_of_the_standard():
    """RFC 9421, appendix B.2.5."""
    secret = base64.b64decode(
        "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
    )
    request = Request(
        "POST",
        "http",
        "example.com",
        "/foo",
        headers=(
            ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
            ("Content-Type", "application/json"),
        ),
    )
    made = sign(
        request,
        ("date", "@authority", "content-type"),
        key=secret,
        parameters=(("created", 1618884473), ("keyid", "test-shared-secret")),
        label="sig-b25",
    )
    assert made["Signature"] == "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:"


def mac_signed(alg="hmac-sha256", key=b"k" * 32):
    request = Request("POST", "http", "example.com", "/foo")
    made = sign(request, ("@method",), key=key, parameters=(("created", 1), ("alg", alg)))
    signed = replace(request, headers=tuple(made.items()))
    return signed, read_signature(signed)


def test_a_mac_holds_for_its_key_only():
    request, signature = mac_signed()
    verify_mac(request, signature, b"k" * 32)
    with pytest.raises(BadSignatureError):
        verify_mac(request, signature, b"l" * 32)
    with pytest.raises(BadSignatureError):
        verify_mac(replace(request, method="PUT"), signature, b"k" * 32)


def test_algorithms_are_not_confused():
    """Whoever knows a public key must not be able to use it as the key of a MAC."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    request, signature = mac_signed(key=public)
    with pytest.raises(BadSignatureError):
        verify(request, signature, public)
    request, signature = mac_signed(alg="ed25519", key=public)
    with pytest.raises(BadSignatureError):
        verify(request, signature, public)
    with pytest.raises(BadSignatureError):
        verify_mac(request, signature, public)


@pytest.mark.parametrize(
    "text",
    [
        'sig1=("@method" "@path");created=1;keyid="k"',
        "sig1=();created=0",
        'sig1=("@method"  "@path");created=1',
        'sig1=("@method" );created=1',
        'sig1=("@method");created=01',
        'sig1=("@method");created=1; keyid="k"',
        'sig1=("@method");tag="a\\"b"',
    ],
)
def test_what_is_kept_as_received_is_what_would_be_written(text):
    covered = fields.parse_dictionary(text)["sig1"]
    assert covered.text in ("", fields.write_inner_list(covered))
    written = fields.parse_dictionary(f"sig1={fields.write_inner_list(covered)}")["sig1"]
    assert written == covered
