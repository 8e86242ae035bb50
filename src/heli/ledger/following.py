"""Following a log from the command line: looking again and again, and telling what was seen."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from heli.engines.translog import TrustedKeys
from heli.ledger.monitor import (
    Fault,
    FaultError,
    LogUnreachableError,
    Monitor,
    Passed,
    Seen,
    described,
    published_keys,
)


class Following:
    """A log that is looked at from time to time.

    Args:
        url: The log's address.
        keys: Whom to trust.
        state: File for what was seen last; None keeps it in memory.
        max_age: Seconds that the newest cosignature may be old; 0 for any.
    """

    def __init__(self, url: str, keys: TrustedKeys, *, state: Path | None, max_age: float) -> None:
        self._monitor = Monitor(url, keys, max_age=max_age)
        self._state = state
        self._seen = Seen.load(state) if state else Seen()

    def run(self, *, once: bool, interval: float, tell: Callable[[Passed], None]) -> Fault | None:
        """Look until something does not hold, or once.

        Args:
            once: End after the first look.
            interval: Seconds between two looks.
            tell: Called after each look without fault.

        Returns:
            What does not hold. Where a state file is kept, the evidence lies beside it.

        Raises:
            LogUnreachableError: The log does not answer to the only look.
        """
        while True:
            try:
                passed = self._monitor.look(self._seen)
            except FaultError as error:
                self._keep(error.fault)
                return error.fault
            except LogUnreachableError as error:
                if once:
                    raise
                sys.stderr.write(f"{error.detail()} It is asked again in {interval:.0f} s.\n")
            else:
                self._seen = passed.seen
                if self._state:
                    self._seen.save(self._state)
                tell(passed)
            if once:
                return None
            time.sleep(interval)

    def _keep(self, fault: Fault) -> None:
        if self._state:
            path = self._state.with_name(f"{self._state.name}.evidence.json")
            text = json.dumps(fault.as_dict(), ensure_ascii=False, indent=2) + "\n"
            path.write_text(text, encoding="utf-8")


def keys_on_trust(url: str) -> TrustedKeys:
    """The keys the log publishes itself, with a warning of what that is worth.

    Raises:
        LogUnreachableError: It does not answer.
        KeysError: They are malformed.
    """
    sys.stderr.write(
        "No keys file was given: the log's own word is taken for whom to trust. "
        "Keep keys.txt from a day you trusted, and pass it with --keys.\n"
    )
    return published_keys(url)


def line(passed: Passed, *, as_json: bool) -> str:
    """A look without fault in one line."""
    told = described(passed)
    if as_json:
        return json.dumps(told, ensure_ascii=False)
    return (
        f"OK {told['at']}: {told['size']} entries, {told['new_entries']} new, "
        f"{told['tiles']} tiles computed, cosigned by {len(told['cosigned'])}"
    )


def fault_text(fault: Fault, *, as_json: bool) -> str:
    """A fault with its evidence."""
    if as_json:
        return json.dumps({"fault": fault.as_dict()}, ensure_ascii=False)
    parts = [f"FAULT ({fault.kind}): {fault.detail}"]
    if fault.before:
        parts.append(f"Checkpoint seen before:\n{fault.before}")
    if fault.now:
        parts.append(f"Checkpoint served now:\n{fault.now}")
    return "\n".join(parts)
