"""Public progress: what code and secret open, and the brake on guessing."""

import datetime as dt

from django.db import transaction
from django.db.models import F

from heli.cases import codes
from heli.cases.errors import TooManyAttemptsError, UnknownCodeError, WrongSecretError
from heli.cases.models import Matter, ProgressAttempt, Supplement
from heli.cases.plans import plan_of
from heli.cases.selectors.cycle import cycle
from heli.cases.selectors.drawing import in_order
from heli.cases.selectors.matters import drawing, find_matter, task_states
from heli.cases.selectors.shapes import PublicProgress
from heli.cases.selectors.standing import standing
from heli.kernel import clock
from heli.kernel.localise import bilingual
from heli.organisation.selectors import departments

WINDOW = dt.timedelta(minutes=15)
MOST_PER_CODE = 10
MOST_PER_ADDRESS = 30


def public_progress(typed: str, secret: str, address: str = "") -> PublicProgress:
    """Progress for whoever has the code and its secret.

    A code without a matter is answered like a wrong secret, so that codes cannot be probed.

    Args:
        typed: The code.
        secret: Eight characters.
        address: Where the request came from, to slow guessing down.

    Raises:
        MalformedCodeError, WrongCheckDigitError: The code is mistyped.
        WrongSecretError: Code and secret do not belong together.
        TooManyAttemptsError: Too many wrong ones in a quarter of an hour.
    """
    code = codes.parse(typed)
    limits = [(f"code:{code}", MOST_PER_CODE)]
    if address:
        limits.append((f"from:{address[:100]}", MOST_PER_ADDRESS))
    _refuse_guessing(limits)
    try:
        matter = find_matter(code)
    except UnknownCodeError:
        matter = None
    known = matter is not None and matter.state != Matter.State.DRAFT
    if (
        matter is None
        or not known
        or not codes.secret_fits(secret, matter.pk, matter.secret_version)
    ):
        _count([key for key, _most in limits])
        raise WrongSecretError(field="secret")
    return progress_of(matter)


def progress_of(matter: Matter) -> PublicProgress:
    """The progress of a matter without people, answers and data."""
    plan = plan_of(matter.procedure_id) if matter.procedure_id else None
    tasks = in_order(plan, task_states(list(matter.tasks.order_by("opened_at", "token"))))
    days = cycle(matter, plan, tasks)
    asked = matter.supplements.filter(state=Supplement.State.ASKED).exists()
    return PublicProgress(
        code=matter.code,
        procedure_name=bilingual(plan.name_zh, plan.name_en) if plan else matter.source,
        state=matter.state,
        state_label=matter.get_state_display(),
        opened_at=matter.opened_at,
        closed_at=matter.closed_at,
        expected_at=days.expected_at,
        accountable=departments().get(matter.accountable_id or ""),
        tasks=tasks,
        tree=drawing(plan, matter, tasks),
        needs_supplement=asked,
        standing=standing(matter, tasks, asked),
        parallel_days=days.parallel,
        serial_days=days.serial,
    )


def _refuse_guessing(limits: list[tuple[str, int]]) -> None:
    since = clock.now() - WINDOW
    rows = ProgressAttempt.objects.filter(pk__in=[key for key, _ in limits], since__gt=since)
    failures = {row.key: row for row in rows}
    for key, most in limits:
        row = failures.get(key)
        if row is not None and row.failures >= most:
            left = row.since + WINDOW - clock.now()
            raise TooManyAttemptsError(minutes=int(left.total_seconds() // 60) + 1)


def _count(keys: list[str]) -> None:
    """Count wrong attempts; a window begins with its first."""
    now = clock.now()
    with transaction.atomic():
        for key in keys:
            fresh = ProgressAttempt.objects.filter(pk=key, since__gt=now - WINDOW)
            if not fresh.update(failures=F("failures") + 1):
                ProgressAttempt.objects.update_or_create(
                    key=key, defaults={"failures": 1, "since": now}
                )
