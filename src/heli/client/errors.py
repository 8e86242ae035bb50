"""What a call to Heli can end in, as typed errors."""

from typing import Any

from heli.errors import HeliError, gettext_noop


class UnreachableError(HeliError):
    """No answer came."""

    code = "client.unreachable"
    status = 503
    message = gettext_noop("{address} does not answer: {reason}.")
    remedy = gettext_noop("Check the address and the network, then send the request again.")


class AnswerMismatchError(HeliError):
    """The receipt does not belong to the data it came with."""

    code = "client.answer_mismatch"
    message = gettext_noop("The receipt proves another answer than this one: {reason}.")
    remedy = gettext_noop("Do not use the data; report it with the receipt to the supervisor.")


class ProblemError(HeliError):
    """Heli refused, with problem details (RFC 9457).

    Attributes:
        problem: The document as received.
        problem_code: Its stable code, for example ``exchange.no_task``.
        http_status: The HTTP status.
    """

    code = "client.problem"
    message = gettext_noop("{detail}")
    remedy = gettext_noop("{remedy}")

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.problem = problem
        self.problem_code = str(problem.get("code", f"http.{status}"))
        self.http_status = status
        super().__init__(
            detail=str(problem.get("detail") or problem.get("title") or f"HTTP {status}"),
            remedy=str(problem.get("remedy", "")),
        )


class RefusedSignatureError(ProblemError):
    """The signature or key was not accepted (401)."""


class DeniedError(ProblemError):
    """There is no ground for the call (403)."""


class MissingError(ProblemError):
    """What was asked for does not exist (404)."""


class InvalidRequestError(ProblemError):
    """The request is wrong and must be changed before it is sent again (other 4xx)."""


class ServerError(ProblemError):
    """Heli cannot answer at present (5xx); the same request may be sent again."""


_BY_STATUS: dict[int, type[ProblemError]] = {
    401: RefusedSignatureError,
    403: DeniedError,
    404: MissingError,
}


def problem_error(status: int, problem: dict[str, Any]) -> ProblemError:
    """The error for a refused call."""
    default = ServerError if status >= 500 else InvalidRequestError
    return _BY_STATUS.get(status, default)(status, problem)
