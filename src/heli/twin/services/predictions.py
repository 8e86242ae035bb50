"""Filing what a run foretells, before it can be known, and entering what came."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from heli.errors import gettext_noop
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.twin import selectors
from heli.twin.errors import (
    AlteredError,
    BadObservationError,
    FiledAlreadyError,
    NoEnsembleError,
    NotForetoldError,
    NotYetObservedError,
    PeriodError,
    UnknownOptionError,
)
from heli.twin.facts import Observed, PredictionFiled
from heli.twin.keys import HIGH, LOW, Key
from heli.twin.models import Observation, Prediction, Run
from heli.twin.packing import digest
from heli.twin.scoring import score
from heli.twin.services.recording import about_run

BASE = "base"
NAMED = 3
"""Figures that an error names as examples."""
LONGEST_SOURCE = 300
LARGEST = 1e15
"""Of observed values; scores of larger ones would not be finite."""


def file_prediction(
    run: Run,
    option: str,
    observed_from: dt.date,
    observed_to: dt.date,
    *,
    actor: Actor,
    department: str,
) -> Prediction:
    """File what a run foretells of an option, to be scored once it is observed.

    Args:
        run: The run; done, with an ensemble.
        option: The option that is to be put in force; ``base`` for leaving all as it is.
        observed_from: First day of what is to be observed; not today nor before.
        observed_to: Its last day.
        actor: Who files it.
        department: For which department.

    Raises:
        RunNotDoneError: It has no complete result.
        NoEnsembleError: It has no draws.
        UnknownOptionError: It did not compare the option.
        PeriodError: The period has begun, or ends before it begins.
        FiledAlreadyError: The same is filed.
    """
    found = selectors.whole_result(run, with_draws=True)
    if "ensemble" not in found:
        raise NoEnsembleError(run=run.code)
    names = [BASE, *(each["name"] for each in found["options"])]
    if option not in names:
        raise UnknownOptionError(
            field="option", run=run.code, option=option[:60], known=", ".join(names)
        )
    _check_period(observed_from, observed_to)
    document = _document(run, found, option, observed_from, observed_to)
    row = Prediction(
        run=run,
        option=option,
        observed_from=observed_from,
        observed_to=observed_to,
        document=document,
        digest=digest(document),
        filed_by=str(actor),
        department=department,
    )
    return _file(row, actor)


@transaction.atomic
def _file(row: Prediction, actor: Actor) -> Prediction:
    """Keep a prediction that was made ready, so that nobody waits while it is."""
    first = row.observed_from
    _check_period(first, row.observed_to)
    taken = FiledAlreadyError(run=row.run.code, option=row.option, first=first.isoformat())
    if Prediction.objects.filter(run=row.run, option=row.option, observed_from=first).exists():
        raise taken
    fact = PredictionFiled(
        run=row.run.code,
        option=row.option,
        observed_from=first.isoformat(),
        observed_to=row.observed_to.isoformat(),
        prediction_hash=row.digest,
    )
    row.filed_at, row.fact = clock.now(), about_run(row.run, fact, actor, row.department)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise taken from None
    return row


def _check_period(first: dt.date, last: dt.date) -> None:
    today = clock.today()
    told = {"first": first.isoformat(), "last": last.isoformat(), "today": today.isoformat()}
    if first <= today:
        raise PeriodError(
            field="observed_from", reason=gettext_noop("the period has begun"), **told
        )
    if last < first:
        raise PeriodError(
            field="observed_to", reason=gettext_noop("the last day is before the first"), **told
        )


def _document(
    run: Run, found: dict[str, Any], option: str, first: dt.date, last: dt.date
) -> dict[str, Any]:
    """The figures with their draws; with those of the base, to compare with “no change”."""
    values = found["ensemble"]["values"]
    figures = []
    for n, row in enumerate(found["figures"]):
        low, high = row["intervals"][option]
        told = {
            "key": Key(*(row[field] for field in Key._fields)).text,
            "unit": row["unit"],
            "value": row[option] + 0.0,  # no database keeps the sign of -0.0 for sure
            "low": low + 0.0,
            "high": high + 0.0,
            "draws": [draw[n] + 0.0 for draw in values[option]],
        }
        if option != BASE:
            told["no_change"] = [draw[n] + 0.0 for draw in values[BASE]]
        figures.append(told)
    return {
        "run": run.code,
        "result_hash": run.digest,
        "city": found["city"],
        "option": option,
        "observed_from": first.isoformat(),
        "observed_to": last.isoformat(),
        "percentiles": [LOW, HIGH],
        "figures": figures,
    }


@transaction.atomic
def enter_observations(
    prediction: Prediction,
    values: Mapping[str, float],
    source: str,
    *,
    actor: Actor,
    department: str,
) -> list[Observation]:
    """Enter what was observed; a value for the same figure supersedes the one before.

    Args:
        prediction: What was foretold.
        values: Observed values by the keys of their figures, in the figures' units.
        source: Where they come from: a resource, a report.
        actor: Who enters them.
        department: For which department.

    Raises:
        NotYetObservedError: The period has not begun.
        BadObservationError: There is no value or no source, or a value is not finite.
        NotForetoldError: The prediction does not hold a figure.
        AlteredError: The prediction is not what was filed.
    """
    if clock.today() < prediction.observed_from:
        raise NotYetObservedError(first=prediction.observed_from.isoformat())
    source = source.strip()[:LONGEST_SOURCE]
    _check_values(prediction, values, source)
    row = Prediction.objects.select_for_update().select_related("run").get(pk=prediction.pk)
    if digest(row.document) != row.digest:
        raise AlteredError(what=row.run.code)
    current = {each.figure: each.value for each in selectors.observations(row)} | dict(values)
    scored = score(row.document, current)
    fact = Observed(
        run=row.run.code,
        option=row.option,
        values=dict(values),
        source=source,
        coverage=scored.coverage,
        crps=scored.crps,
    )
    entered = about_run(row.run, fact, actor, department)
    now = clock.now()
    Observation.objects.filter(prediction=row, figure__in=list(values), superseded=False).update(
        superseded=True
    )
    return Observation.objects.bulk_create(
        Observation(
            prediction=row,
            figure=figure,
            value=value,
            source=source,
            entered_at=now,
            entered_by=str(actor),
            fact=entered,
        )
        for figure, value in values.items()
    )


def _check_values(prediction: Prediction, values: Mapping[str, float], source: str) -> None:
    if not source:
        raise BadObservationError(
            field="source", place="source", reason=gettext_noop("it is missing")
        )
    if not values:
        raise BadObservationError(
            field="values", place="values", reason=gettext_noop("there is none")
        )
    known = [each["key"] for each in prediction.document["figures"]]
    for figure, value in values.items():
        if figure not in known:
            some = ", ".join(known[:NAMED])
            raise NotForetoldError(field="values", figure=figure[:120], known=some)
        if not abs(value) <= LARGEST:
            raise BadObservationError(
                field="values", place=figure, reason=gettext_noop("it is not a finite number")
            )
