"""Signed calls to Heli."""

import base64
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heli.client.answers import LookupResult
from heli.client.errors import UnreachableError, problem_error
from heli.engines.httpsig import MAC, Request, content_digest, sign


def _seconds() -> int:
    return int(time.time())


class HeliClient:
    """Calls Heli as one system of a department.

    Every request is signed by RFC 9421 over method, target, body digest, time and a fresh nonce.

    Args:
        base_url: For example ``https://heli.example``.
        key_id: The id under which the system's public key is registered.
        private_key: The Ed25519 key, as an object or its 32 raw bytes.
        language: Language of messages, ``zh-hans`` or ``en``.
        timeout: Seconds to wait for an answer.
        transport: An httpx transport, where the call does not go over the network.
        clock: Seconds since 1970, where the machine's clock is not to be used.
    """

    def __init__(
        self,
        base_url: str,
        key_id: str,
        private_key: Ed25519PrivateKey | bytes,
        *,
        language: str = "zh-hans",
        timeout: float = 10.0,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], int] = _seconds,
    ) -> None:
        if isinstance(private_key, bytes):
            private_key = Ed25519PrivateKey.from_private_bytes(private_key)
        self._key_id = key_id
        self._key: Ed25519PrivateKey | bytes = private_key
        self._clock = clock
        self._http = httpx.Client(
            base_url=base_url,
            timeout=timeout,
            transport=transport,
            headers={"Accept-Language": language},
        )

    def __enter__(self) -> "HeliClient":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def lookup(
        self,
        resource: str,
        subject: tuple[str, str],
        *,
        matter: str = "",
        purpose: str = "",
        project: str = "",
        task: str = "",
    ) -> LookupResult:
        """Look up one subject in another department's register.

        Args:
            resource: Address in the catalogue, ``gaj/residents``.
            subject: Type and identifier, ``("person", "…")``.
            matter: Code of the matter in which your department holds a task.
            purpose: Purpose of the grant, if your department holds several.
            project: Code of the approved project, under a grant bound to one.
            task: Code of the statutory duty, under a grant bound to a public task.

        Raises:
            ProblemError: It was refused; ``problem_code`` says why.
            UnreachableError: No answer came.
        """
        body: dict[str, Any] = {"subject": {"type": subject[0], "id": subject[1]}}
        body |= _given(matter=matter, purpose=purpose, project=project, task=task)
        return LookupResult.from_document(self.request("POST", f"/x/v1/{resource}", body=body))

    def records(
        self,
        resource: str,
        where: Sequence[Mapping[str, Any]] = (),
        *,
        purpose: str = "",
        project: str = "",
        task: str = "",
        page_size: int = 100,
    ) -> Iterator[LookupResult]:
        """Read a list page by page; each page has a receipt of its own.

        Args:
            resource: Address in the catalogue.
            where: Conditions such as ``{"field": "state", "op": "eq", "value": "open"}``.
            purpose: Purpose of the grant, if your department holds several.
            project: Code of the approved project, under a grant bound to one.
            task: Code of the statutory duty, under a grant bound to a public task.
            page_size: Records on a page, at most 500.

        Raises:
            ProblemError: It was refused; ``problem_code`` says why.
            UnreachableError: No answer came.
        """
        body: dict[str, Any] = {"where": list(where), "limit": page_size}
        body |= _given(purpose=purpose, project=project, task=task)
        while True:
            document = self.request("POST", f"/x/v1/{resource}/records", body=body)
            yield LookupResult.from_document(document)
            if not document["next"]:
                return
            body["cursor"] = document["next"]

    def extract(
        self,
        resource: str,
        file: Path,
        *,
        purpose: str = "",
        project: str = "",
        task: str = "",
        file_format: str = "csv",
        patience: float = 300.0,
    ) -> Path:
        """Take a whole resource as a file, and keep its receipt beside it.

        The file is written under another name first: where it is there, it is whole.

        Args:
            resource: Address in the catalogue.
            file: Where to write it.
            purpose: Purpose of the grant, if your department holds several.
            project: Code of the approved project, under a grant bound to one.
            task: Code of the statutory duty, under a grant bound to a public task.
            file_format: ``csv``, ``parquet`` or ``arrow``.
            patience: Seconds to wait while it is made.

        Returns:
            Where the receipt is: the file's name with ``.receipt.json`` added.

        Raises:
            ProblemError: It was refused; ``problem_code`` says why.
            UnreachableError: No answer came, or it broke off.
        """
        asked = {"format": file_format}
        asked |= _given(purpose=purpose, project=project, task=task)
        path = f"/x/v1/{resource}/extract"
        part = file.with_name(file.name + ".part")
        try:
            with self.open("GET", path, query=asked, silence=patience) as response:
                if not response.is_success:
                    response.read()
                    _read(response)
                with part.open("wb") as stream:
                    for piece in response.iter_bytes():
                        stream.write(piece)
                made = response.headers["Heli-Extract"]
        except httpx.HTTPError as error:
            raise UnreachableError(address=path, reason=str(error)) from error
        part.replace(file)
        receipt = file.with_name(file.name + ".receipt.json")
        proof = self.get(f"/exchange/extracts/{made}/receipt")
        receipt.write_text(json.dumps(proof, ensure_ascii=False), "utf-8")
        return receipt

    @contextmanager
    def session(self, minutes: int = 15) -> Iterator[None]:
        """Sign with a session's shared key while the block runs, for calls at a high rate.

        Args:
            minutes: How long it may last at most.

        Raises:
            ProblemError: It was refused.
            UnreachableError: No answer came.
        """
        opened = self.request("POST", "/x/v1/sessions", body={"minutes": minutes})
        before = self._key_id, self._key
        self._key_id, self._key = opened["session"], base64.b64decode(opened["key"])
        try:
            yield
            self.request("POST", "/x/v1/sessions/close", body={})
        finally:
            self._key_id, self._key = before

    def get(self, path: str, **query: str | int) -> Any:
        """Read from the REST interface, ``get("/exchange/resources")``.

        Raises:
            ProblemError: It was refused.
            UnreachableError: No answer came.
        """
        return self.request("GET", f"/api/v1{path}", query=query)

    def pages(self, path: str, **query: str | int) -> Iterator[Any]:
        """Every item of a list, page by page."""
        cursor = ""
        while True:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page.get("next") or ""
            if not cursor:
                return

    def post(self, path: str, body: Any = None, *, idempotency_key: str = "") -> Any:
        """Write through the REST interface.

        Args:
            path: Below ``/api/v1``.
            body: Sent as JSON.
            idempotency_key: The same key with the same body has its effect once; made up when
                empty. Give your own to be able to send the request again after a failure.

        Raises:
            ProblemError: It was refused.
            UnreachableError: No answer came.
        """
        key = idempotency_key or secrets.token_urlsafe(18)
        return self.request("POST", f"/api/v1{path}", body=body, headers={"Idempotency-Key": key})

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Send one signed request and return its JSON answer."""
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        outgoing = self._http.build_request(
            method, path, params=dict(query) if query else None, content=content, headers=headers
        )
        if body is not None:
            outgoing.headers["Content-Type"] = "application/json"
        self.sign(outgoing, content)
        try:
            response = self._http.send(outgoing)
        except httpx.HTTPError as error:
            raise UnreachableError(
                address=str(outgoing.url.copy_with(query=None)), reason=str(error)
            ) from error
        return _read(response)

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        silence: float,
    ) -> Iterator[httpx.Response]:
        """Send one signed request without a body and read its answer as it comes.

        Args:
            method: In upper case.
            path: From the root.
            headers: To be added.
            query: Parameters of the address.
            silence: Seconds without an octet after which the connection counts as broken.
        """
        timeout = httpx.Timeout(self._http.timeout.connect, read=silence)
        outgoing = self._http.build_request(
            method, path, params=query, headers=headers, timeout=timeout
        )
        self.sign(outgoing, b"")
        response = self._http.send(outgoing, stream=True)
        try:
            yield response
        finally:
            response.close()

    def sign(self, outgoing: httpx.Request, content: bytes) -> None:
        """Add digest and signature to a request that is otherwise complete."""
        outgoing.headers["Content-Digest"] = content_digest(content)
        message = Request(
            method=outgoing.method,
            scheme=outgoing.url.scheme,
            authority=outgoing.headers["Host"],
            path=outgoing.url.raw_path.split(b"?")[0].decode(),
            query=outgoing.url.query.decode(),
            headers=tuple(outgoing.headers.items()),
        )
        parameters = (
            ("created", self._clock()),
            ("nonce", secrets.token_urlsafe(18)),
            ("keyid", self._key_id),
            ("alg", MAC if isinstance(self._key, bytes) else "ed25519"),
        )
        components = ("@method", "@target-uri", "content-digest")
        outgoing.headers.update(sign(message, components, key=self._key, parameters=parameters))


def _given(**values: str) -> dict[str, str]:
    """What was given, without what was left empty."""
    return {name: value for name, value in values.items() if value}


def _read(response: httpx.Response) -> Any:
    try:
        document = response.json() if response.content else None
    except ValueError:
        document = None
    if response.is_success:
        return document
    raise problem_error(response.status_code, document if isinstance(document, dict) else {})
