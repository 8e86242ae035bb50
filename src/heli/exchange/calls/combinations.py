"""Forbidden combinations: no answer completes one for its subject."""

from collections.abc import Iterable, Mapping
from typing import Any

from heli.exchange import holdings
from heli.exchange.calls.hashes import subject_hash
from heli.exchange.calls.model import Call
from heli.exchange.calls.notebook import Notebook, Telling
from heli.exchange.errors_applications import CombinationError


def check(calls: Iterable[Call]) -> None:
    """Refuse lookups that would complete a combination, before their source is read.

    A file of a whole register would complete it for everybody, and is refused outright.
    """
    for call in _watched(calls):
        query = call.query
        if query.listing is not None:
            continue
        try:
            if query.extract:
                holdings.refuse_whole(call.opened[1].watched, query.department)
            hashed = subject_hash(query.subject_type, query.subject_id)
            holdings.refuse_combination(call.opened[1].watched, query.department, hashed)
        except CombinationError as error:
            call.refuse(error)


def remember(calls: Iterable[Call]) -> None:
    """Note what leaves, in the transaction of the answers; refuse what would complete one now."""
    tellings = [(call, _telling(call)) for call in _watched(calls)]
    if not tellings:
        return
    notebook = Notebook()
    notebook.read(telling for _call, telling in tellings)
    for call, telling in tellings:
        _or_refuse(call, telling, notebook)
    going = [(call, telling) for call, telling in tellings if call.error is None]
    notebook.lock(telling for _call, telling in going)
    for call, telling in going:
        if _or_refuse(call, telling, notebook):
            notebook.add(telling)
    notebook.write()


def _or_refuse(call: Call, telling: Telling, notebook: Notebook) -> bool:
    """Whether an answer may leave."""
    try:
        notebook.refuse(telling)
    except CombinationError as error:
        call.refuse(error)
    return call.error is None


def _telling(call: Call) -> Telling:
    told = tuple(call.told) or _asked(call)
    return Telling(call.opened[1].watched, call.query.department, told)


def _asked(call: Call) -> tuple[str, ...]:
    """Of whom a lookup tells whose grant came to be watched while it was read."""
    query = call.query
    if query.listing is not None or query.extract or call.data is None:
        return ()
    return (subject_hash(query.subject_type, query.subject_id),)


def _watched(calls: Iterable[Call]) -> list[Call]:
    return [call for call in calls if call.error is None and call.opened[1].watched]


def subjects(call: Call, records: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Keyed hashes of the subjects that records tell of."""
    contract = call.opened[0].contract
    name = contract.subject_field.name
    return tuple(subject_hash(contract.subject_type, str(each[name])) for each in records)
