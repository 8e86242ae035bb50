"""Asking for runs, keeping what they found, stopping and citing them."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction

from heli.errors import HeliError
from heli.exchange.questions import matter_standing
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.twin.codes import new_code
from heli.twin.errors import (
    BadEntryError,
    CitedAlreadyError,
    NoOptionError,
    RunNotDoneError,
    RunOverError,
    UnknownFigureError,
    UnknownMatterError,
    UnknownPolicyError,
)
from heli.twin.facts import RunAsked, RunCancelled, RunCited, RunFailed, RunFinished
from heli.twin.keys import BETTER_LESS, BETTER_MORE, FEWEST
from heli.twin.models import Citation, CityVersion, Run, Scenario
from heli.twin.packing import canonical, compress, unpack
from heli.twin.scenarios import check_scenario
from heli.twin.services.recording import about_run

MOST_OPTIONS = 6
MOST_DRAWS = 1024
"""Of a run; its result is read as a whole."""


def ask_run(
    version: CityVersion,
    names: Sequence[str],
    *,
    actor: Actor,
    department: str,
    draws: int = 0,
    by: Sequence[str] = (),
    note: str = "",
) -> Run:
    """Have scenarios compared with the city as it is, in the background.

    Args:
        version: The version of the city.
        names: The scenarios.
        actor: Who asks.
        department: For which department.
        draws: Size of the ensemble, 8 … 1024; 0 for none.
        by: Figures to rank the options by, ``NAME`` or ``NAME@PLACE``; they need an ensemble.
        note: Why, in the asker's words.

    Raises:
        NoOptionError: There are none, too many, or one twice.
        UnknownPolicyError: The model has no such scenario.
        OtherModelError: A scenario is for another version of the city.
        BadEntryError: The ensemble has too few or too many draws, or is missing.
        TwinError: A scenario does not fit the city.
        UnknownFigureError: Options cannot be ranked by this.
    """
    if not 1 <= len(names) <= MOST_OPTIONS or len(set(names)) < len(names):
        raise NoOptionError(field="options", most=MOST_OPTIONS, given=len(names))
    if draws and not FEWEST <= draws <= MOST_DRAWS:
        reason = f"draws are {draws}, not 0 or {FEWEST} … {MOST_DRAWS}"
        raise BadEntryError(field="draws", place="ensemble", reason=reason)
    _check_figures(version, by, draws)
    rows = {
        row.name: row
        for row in Scenario.objects.filter(model=version.model_id, name__in=names, removed_at=None)
    }
    for name in names:
        if name not in rows:
            raise UnknownPolicyError(field="options", model=version.model.name, scenario=name)
    _check_fit(version, [rows[name] for name in names])
    run = Run(
        code=new_code(),
        version=version,
        options=[_option(rows[name]) for name in names],
        draws=draws,
        by=list(dict.fromkeys(by)),
        note=note.strip()[:500],
        asked_at=clock.now(),
        asked_by=str(actor),
        department=department,
    )
    return _ask(run, actor)


@transaction.atomic
def _ask(run: Run, actor: Actor) -> Run:
    run.save(force_insert=True)
    fact = RunAsked(
        run=run.code,
        model=run.version.model.name,
        number=run.version.number,
        options={each["name"]: each["digest"] for each in run.options},
        draws=run.draws,
    )
    about_run(run, fact, actor, run.department)
    return run


def _check_fit(version: CityVersion, rows: Sequence[Scenario]) -> None:
    from heli.twin.applying import apply

    city = unpack(bytes(version.content))
    for row in rows:
        apply(check_scenario(row.document, row.name), city)


def _check_figures(version: CityVersion, by: Sequence[str], draws: int) -> None:
    if by and not draws:
        raise BadEntryError(field="draws", place="ensemble", reason="a ranking needs draws")
    city = unpack(bytes(version.content)) if by else None
    for wish in by:
        name, _, place = wish.partition("@")
        known = sorted(BETTER_LESS | BETTER_MORE)
        places = ["", *city.districts, *city.areas] if city else []
        if name not in known or place not in places:
            told = known if name not in known else places[1:]
            raise UnknownFigureError(field="by", figure=wish, known=", ".join(told))


def _option(row: Scenario) -> dict[str, Any]:
    return {
        "name": row.name,
        "title": {"zh": row.title_zh, "en": row.title_en},
        "revision": row.revision,
        "digest": row.digest,
        "document": row.document,
    }


def keep_so_far(run: Run, found: dict[str, Any]) -> None:
    """Keep what is there already, to be shown while the rest is computed."""
    open_runs = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING)
    open_runs.update(result=compress(canonical(found)))


def finish_run(run: Run, found: dict[str, Any]) -> bool:
    """Keep a result, with its hash in a fact.

    Args:
        run: The run; one that is through already is left alone, and one that was cancelled
            meanwhile ends as such.
        found: The result as plain data.

    Returns:
        Whether this ended the run.
    """
    content = canonical(found)
    kept = compress(content)  # before the database is held
    return _finish(run, found, content, kept)


@transaction.atomic
def _finish(run: Run, found: dict[str, Any], content: bytes, kept: bytes) -> bool:
    locked = Run.objects.select_for_update().get(pk=run.pk)
    if not locked.is_open:
        return False
    if locked.cancel_asked:  # that stands in the ledger already
        _end(locked, Run.State.CANCELLED)
        return True
    locked.result, locked.digest = kept, sha256(content).hexdigest()
    fact = RunFinished(
        run=locked.code,
        count=len(locked.options),
        states={name: state["digest"] for name, state in found["states"].items()},
        result_hash=locked.digest,
    )
    locked.fact = about_run(locked, fact, HELI, locked.department)
    locked.done = locked.total
    _end(locked, Run.State.DONE)
    return True


@transaction.atomic
def fail_run(run: Run, error: HeliError) -> bool:
    """End a run that cannot be carried out; returns whether this ended it."""
    locked = Run.objects.select_for_update().get(pk=run.pk)
    if not locked.is_open:
        return False
    if locked.cancel_asked:
        _end(locked, Run.State.CANCELLED)
        return True
    locked.fault = {
        "code": error.code,
        "message": error.message,
        "remedy": error.remedy,
        "figures": {name: str(value) for name, value in error.figures.items()},
    }
    about_run(locked, RunFailed(run=locked.code, fault=error.code), HELI, locked.department)
    _end(locked, Run.State.FAILED)
    return True


@transaction.atomic
def cancel_run(run: Run, *, actor: Actor, department: str) -> None:
    """Stop a run: one that waits at once, one that runs as soon as its process looks.

    Raises:
        RunOverError: It is through.
    """
    locked = Run.objects.select_for_update().get(pk=run.pk)
    if not locked.is_open:
        raise RunOverError(run=locked.code)
    if locked.cancel_asked:
        return
    about_run(locked, RunCancelled(run=locked.code), actor, department)
    locked.cancel_asked = True
    if locked.state == Run.State.WAITING:
        _end(locked, Run.State.CANCELLED)
    else:
        locked.save(update_fields=["cancel_asked"])


@transaction.atomic
def stop_run(run: Run) -> None:
    """End a run that was cancelled, once its process has let go."""
    locked = Run.objects.select_for_update().get(pk=run.pk)
    if locked.is_open:
        _end(locked, Run.State.CANCELLED)


def begin_again(run: Run) -> None:
    """Give a run back whose process is about to end, so that another takes it at once.

    That it was begun does not count: it broke off through no fault of its own.
    """
    mine = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING, attempts=run.attempts)
    mine.update(state=Run.State.WAITING, leased_until=None, attempts=run.attempts - 1)


@transaction.atomic
def cite_run(
    run: Run,
    matter: str,
    *,
    actor: Actor,
    department: str,
    note: str = "",
    everywhere: bool = False,
) -> Citation:
    """Let a matter refer to a run: its result stands in the matter's facts from now on.

    Args:
        run: The run; done.
        matter: Code of the matter.
        actor: Who cites it.
        department: For which department.
        note: What it is to show.
        everywhere: Also in matters in which the department takes no part.

    Raises:
        RunNotDoneError: It has no complete result.
        UnknownMatterError: There is no such matter, or the department takes no part in it.
        CitedAlreadyError: The matter refers to it already.
    """
    if run.state != Run.State.DONE:
        raise RunNotDoneError(run=run.code)
    matter = matter.strip().upper()
    standing = matter_standing(matter, department, "", "")
    if not (standing.known and (everywhere or standing.took_part or standing.holds_task)):
        raise UnknownMatterError(field="matter", matter=matter[:20])
    fact = RunCited(run=run.code, result_hash=run.digest)
    if Citation.objects.filter(run=run, matter=matter).exists():
        raise CitedAlreadyError(run=run.code, matter=matter)
    row = Citation(
        run=run,
        matter=matter,
        note=note.strip()[:500],
        cited_at=clock.now(),
        cited_by=str(actor),
        department=department,
        fact=about_run(run, fact, actor, department, matter),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise CitedAlreadyError(run=run.code, matter=matter) from None
    return row


def _end(locked: Run, state: Run.State) -> None:
    locked.state, locked.finished_at = state, clock.now()
    locked.leased_until, locked.step = None, ""
    if state != Run.State.DONE:
        locked.result = b""
    locked.save()
