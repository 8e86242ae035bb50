"""One conformance test from begin to end."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as item

import httpx

from heli.engines.contracts import Contract, dump_contract
from heli.errors import gettext_noop
from heli.exchange.conformance import checks
from heli.exchange.conformance.calls import Calls, FormError
from heli.exchange.conformance.report import (
    Check,
    Outcome,
    Report,
    State,
    digest,
    percentile,
)
from heli.kernel import clock
from heli.kernel.outward import MOST_SECONDS, Network, Outward

PAGE, OTHER_PAGE = 100, 37
_AFTER = tuple(check for check in Check if check is not Check.REACHABLE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A test to be made.

    Attributes:
        contract: What is promised.
        url: The endpoint.
        key: Sent as bearer token; empty for none.
        headers: Sent besides.
        allowed: Private networks that may be called, ``None`` for all.
        most_seconds: Longest time for one answer.
        transport: Carries the calls; the network if ``None``.
        answer_seconds: Time in which 95 of 100 answers must come; as the contract says if ``None``.
    """

    contract: Contract
    url: str
    key: str = item(default="", repr=False)
    headers: dict[str, str] = item(default_factory=dict, repr=False)
    allowed: tuple[Network, ...] | None = ()
    most_seconds: float = MOST_SECONDS
    answer_seconds: float | None = None
    transport: httpx.BaseTransport | None = None


def conform(
    wanted: Wanted, progress: Callable[[Check, int], None] = lambda check, count: None
) -> Report:
    """Test an endpoint against its contract.

    Args:
        wanted: What and where.
        progress: Told which check runs and how many records were read.

    Returns:
        The report; an endpoint that does not answer fails the first check.

    Raises:
        AddressRefusedError: The address may not be called.
    """
    began = clock.now()
    headers = dict(wanted.headers)
    if wanted.key:
        headers["Authorization"] = f"Bearer {wanted.key}"
    with Outward(
        wanted.url,
        allowed=wanted.allowed,
        headers=headers,
        most_seconds=wanted.most_seconds,
        transport=wanted.transport,
    ) as outward:
        test = _Test(wanted, Calls(outward), progress)
        outcomes = test.outcomes()
    return Report(
        contract=wanted.contract.id,
        version=wanted.contract.version,
        contract_hash=digest(dump_contract(wanted.contract)),
        url=wanted.url,
        began_at=began,
        outcomes=tuple(outcomes),
        requests=len(test.calls.seconds),
        records=test.count,
        slowest=percentile(test.calls.seconds, 0.95),
    )


class _Test:
    def __init__(
        self, wanted: Wanted, calls: Calls, progress: Callable[[Check, int], None]
    ) -> None:
        self.calls = calls
        self.count = 0
        self._wanted = wanted
        self._contract = wanted.contract
        self._progress = progress

    def outcomes(self) -> list[Outcome]:
        """All checks in order; what needs an answer that did not come is skipped."""
        self._progress(Check.REACHABLE, 0)
        try:
            self.calls.send("GET", "/records", query={"limit": "1"})
        except FormError as error:
            reason = gettext_noop("it does not answer")
            return [
                Outcome(Check.REACHABLE, State.FAILED, error.detail),
                *(checks.skipped(check, reason) for check in _AFTER),
            ]
        return [
            checks.passed(Check.REACHABLE, gettext_noop("to a request for one record")),
            *self._listed(),
            self._step(Check.ERRORS, lambda: checks.errors(self.calls, self._contract)),
            self._fresh(),
            checks.response_time(self._contract, self.calls.seconds, self._wanted.answer_seconds),
        ]

    def _step(self, check: Check, run: Callable[[], Outcome]) -> Outcome:
        self._progress(check, self.count)
        return run()

    def _listed(self) -> list[Outcome]:
        contract, calls = self._contract, self.calls
        self._told = ""
        self._progress(Check.SHAPE, 0)
        try:
            rows, whole, self._told = calls.records(PAGE, self._read)
        except FormError as error:
            reason = gettext_noop("the list cannot be read")
            rest = (Check.PAGING, Check.STABLE, Check.KEYS, Check.RECORDS, Check.QUALITY,
                    Check.LOOKUP)  # fmt: skip
            return [
                Outcome(Check.SHAPE, State.FAILED, error.detail),
                *(checks.skipped(check, reason) for check in rest),
            ]
        self.count = len(rows)
        shape = checks.passed(Check.SHAPE, gettext_noop("every page has the promised form"))
        return [
            shape,
            self._step(Check.PAGING, lambda: self._paged(rows, whole)),
            self._step(Check.STABLE, lambda: checks.stable(calls, contract, PAGE)),
            self._step(Check.KEYS, lambda: checks.keys(contract, rows)),
            self._step(Check.RECORDS, lambda: checks.records(contract, rows)),
            self._step(Check.QUALITY, lambda: checks.quality(contract, rows)),
            self._step(Check.LOOKUP, lambda: checks.lookup(calls, contract, rows)),
        ]

    def _read(self, count: int) -> None:
        self._progress(Check.SHAPE, count)

    def _paged(self, rows: checks.Records, whole: bool) -> Outcome:
        try:
            again, _whole, _told = self.calls.records(OTHER_PAGE)
        except FormError as error:
            return Outcome(Check.PAGING, State.FAILED, error.detail)
        return checks.paging(rows, whole, again, OTHER_PAGE, self._contract)

    def _fresh(self) -> Outcome:
        return checks.freshness(self._contract, self._told, clock.now())
