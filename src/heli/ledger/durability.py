"""Group commit: many callers that need their facts durable share one round of the sequencer."""

import threading
from collections.abc import Callable


class GroupCommit:
    """Runs ``work`` so that every caller sees one whole run that began after it called.

    Args:
        work: What is shared; its result is given to every caller of the run.
    """

    def __init__(self, work: Callable[[], int]) -> None:
        self._work = work
        self._changed = threading.Condition()
        self._started = self._finished = 0
        self._result = 0
        self._error: BaseException | None = None

    def join(self) -> int:
        """Wait for a run that began after this call, running it if nobody else does.

        Raises:
            Exception: What the run raised, in every caller that waited for it.
        """
        with self._changed:
            ticket = self._started + 1
            while self._finished < ticket and self._started > self._finished:
                self._changed.wait()
            if self._finished >= ticket:
                return self._outcome()
            self._started += 1
        return self._lead()

    def _lead(self) -> int:
        result, error = 0, None
        try:
            result = self._work()
        except BaseException as caught:
            error = caught
            raise
        finally:
            with self._changed:
                self._result, self._error = result, error
                self._finished = self._started
                self._changed.notify_all()
        return result

    def _outcome(self) -> int:
        if self._error is not None:
            raise self._error
        return self._result
