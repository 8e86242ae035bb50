"""``heli exchange key`` and ``heli exchange sign``: a system's key, and requests signed by it.

Need neither Django nor a database: they are for the machine of the department that calls.
"""

import json
import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import httpx
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from heli.client import HeliClient
from heli.errors import BadInputError, gettext_noop

KeyFile = Annotated[Path, typer.Option(help="Private key, PEM.", exists=True, dir_okay=False)]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def register(app: typer.Typer) -> None:
    """Add the commands of keys and signatures."""
    app.command("key")(key_command)
    app.command("sign")(sign_command)


def key_command(
    file: Annotated[Path, typer.Argument(help="Private key, PEM; made where there is none.")],
    department: Annotated[str, typer.Option(help="Code of your department.")],
    as_json: AsJson = False,
) -> None:
    """Make a system's key, or read it; print its id and what is to be registered."""
    private = _read(file) if file.exists() else _make(file)
    public = private.public_key()
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    key_id = f"{department}-{sha256(raw).hexdigest()[:16]}"
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    if as_json:
        document = {"department": department, "key_id": key_id, "public_key": pem}
        typer.echo(json.dumps(document, indent=2))
        return
    typer.echo(f"Key id: {key_id}\nPublic key, for the security administrator:\n{pem}", nl=False)


def sign_command(
    method: Annotated[str, typer.Argument(help="GET, POST, …")],
    url: Annotated[str, typer.Argument(help="The whole address, exactly as it will be called.")],
    *,
    key: KeyFile,
    key_id: Annotated[str, typer.Option("--key-id", help="Id of your system's key.")],
    body: Annotated[
        Path | None, typer.Option(help="File that will be sent.", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """Print the headers that sign one request, for `curl -H @FILE`; good for 300 seconds, once."""
    content = body.read_bytes() if body else b""
    try:
        request = httpx.Request(method.upper(), url, content=content)
    except httpx.InvalidURL:
        request = None
    if request is None or request.url.scheme not in ("http", "https") or not request.url.host:
        raise BadInputError(field="url", reason=gettext_noop("it is no whole http address"))
    names = ["content-digest", "signature-input", "signature"]
    if body:
        request.headers["Content-Type"] = "application/json"
        names.insert(0, "content-type")
    with HeliClient(url, key_id, _read(key)) as heli:
        heli.sign(request, content)
    sys.stdout.writelines(f"{name}: {request.headers[name]}\n" for name in names)


def _make(file: Path) -> Ed25519PrivateKey:
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        reason = gettext_noop("the key cannot be written there")
        raise BadInputError(field="file", reason=reason) from error
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(pem)
    return private


def _read(file: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInputError(field="key", reason=gettext_noop("it is no Ed25519 key in PEM"))
    return key
