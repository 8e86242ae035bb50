"""The checks: does an endpoint do what its contract promises?

Everything is looked at through the interface alone. No outcome holds a value of a record: a record
is named by its place in the list, a field by its name.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from random import Random
from typing import Any

from heli.engines.contracts import (
    Contract,
    allowed_age,
    allowed_answer_time,
    measure,
    validate_record,
)
from heli.engines.contracts.errors import SemanticError
from heli.engines.contracts.examples import example_record
from heli.errors import HeliError, gettext_noop
from heli.exchange.conformance.calls import Calls, FormError, found, problem_with
from heli.exchange.conformance.report import Check, Detail, Outcome, State, percentile

MOST_DETAILS = 5
LOOKUPS = 5
Records = Sequence[Mapping[str, Any]]

_SKIPPED_NO_RECORDS = Detail(gettext_noop("there are no records to look at"))


def passed(check: Check, message: str, **figures: Any) -> Outcome:
    """The check found nothing wrong."""
    return Outcome(check, State.PASSED, Detail(message, figures))


def failed(check: Check, message: str, *details: Detail, **figures: Any) -> Outcome:
    """The check found something wrong."""
    return Outcome(check, State.FAILED, Detail(message, figures), details[:MOST_DETAILS])


def skipped(check: Check, message: str, **figures: Any) -> Outcome:
    """There was nothing to check."""
    return Outcome(check, State.SKIPPED, Detail(message, figures))


def keys(contract: Contract, records: Records) -> Outcome:
    """Whether every record has a key and no two have the same."""
    if not records:
        return Outcome(Check.KEYS, State.SKIPPED, _SKIPPED_NO_RECORDS)
    count = Counter(key_of(contract, record) for record in records)
    empty = sum(any(part in ("null", '""') for part in key) for key in count)
    twice = sum(number - 1 for number in count.values())
    names = ", ".join(contract.key)
    if empty or twice:
        message = gettext_noop("by {key}, {twice} records repeat another and {empty} have no key")
        return failed(Check.KEYS, message, key=names, twice=twice, empty=empty)
    message = gettext_noop("{count} records are told apart by {key}")
    return passed(Check.KEYS, message, count=len(records), key=names)


def key_of(contract: Contract, record: Mapping[str, Any]) -> tuple[str, ...]:
    """The key of a record, comparable whatever the values are."""
    return tuple(json.dumps(record.get(name), sort_keys=True) for name in contract.key)


def records(contract: Contract, rows: Records) -> Outcome:
    """Whether every value is what the contract says."""
    if not rows:
        return Outcome(Check.RECORDS, State.SKIPPED, _SKIPPED_NO_RECORDS)
    wrong, details = 0, []
    for number, record in enumerate(rows, 1):
        problems = validate_record(contract, record)
        wrong += bool(problems)
        details += [_problem(number, problem) for problem in problems]
    if wrong:
        message = gettext_noop("{wrong} of {count} records do not keep the contract")
        return failed(Check.RECORDS, message, *details, wrong=wrong, count=len(rows))
    return passed(
        Check.RECORDS, gettext_noop("all {count} records keep the contract"), count=len(rows)
    )


def _problem(number: int, problem: HeliError) -> Detail:
    return Detail(problem.message, {**problem.figures, "what": f"#{number} {problem.field}"})


def paging(rows: Records, whole: bool, again: Records, page: int, contract: Contract) -> Outcome:
    """Whether pages of another size give the same records in the same order."""
    if not whole:
        message = gettext_noop("only the first {count} records were read")
        return Outcome(Check.PAGING, State.WARNED, Detail(message, {"count": len(rows)}))
    one = [key_of(contract, record) for record in rows]
    other = [key_of(contract, record) for record in again]
    if Counter(one) != Counter(other):
        missing = sum((Counter(one) - Counter(other)).values())
        more = sum((Counter(other) - Counter(one)).values())
        message = gettext_noop(
            "pages of {page} leave out {missing} records and repeat or add {more}"
        )
        return failed(Check.PAGING, message, page=page, missing=missing, more=more)
    if one != other:
        return failed(Check.PAGING, gettext_noop("the order depends on the size of the pages"))
    message = gettext_noop("{count} records, the same by pages of {page}")
    return passed(Check.PAGING, message, count=len(rows), page=page)


def stable(calls: Calls, contract: Contract, limit: int) -> Outcome:
    """Whether the first page, asked for again, is the same."""
    try:
        one, other = calls.page(None, limit), calls.page(None, limit)
    except FormError as error:
        return Outcome(Check.STABLE, State.FAILED, error.detail)
    same = [key_of(contract, r) for r in one.items] == [key_of(contract, r) for r in other.items]
    if not same:
        return failed(Check.STABLE, gettext_noop("the first page differs when asked for again"))
    return passed(Check.STABLE, gettext_noop("the first page is the same when asked for again"))


def quality(contract: Contract, rows: Records) -> Outcome:
    """Whether the quality rules that can be counted are kept."""
    rules = contract.quality_rules
    countable = [rule for rule in rules if rule.measurable]
    if not countable or not rows:
        message = gettext_noop("no quality rule can be counted; {count} are in words or code")
        return skipped(Check.QUALITY, message, count=len(rules) - len(countable))
    broken = [each for each in measure(countable, rows) if each.kept is False]
    if not broken:
        message = gettext_noop("{count} quality rules are kept")
        return passed(Check.QUALITY, message, count=len(countable))
    details = [
        Detail(
            gettext_noop("{metric} of {field} is {found}, promised: {operator} {limit}"),
            {
                "metric": each.rule.metric,
                "field": each.rule.field or "—",
                "found": round(each.found or 0, 4),
                "operator": each.rule.operator,
                "limit": each.rule.limit,
            },
        )
        for each in broken
    ]
    message = gettext_noop("{broken} of {count} quality rules are broken")
    return failed(Check.QUALITY, message, *details, broken=len(broken), count=len(countable))


def lookup(calls: Calls, contract: Contract, rows: Records) -> Outcome:
    """Whether a looked-up record is the listed one, and an unknown subject has none."""
    subject = contract.subject_field.name
    chosen = [record for record in rows if isinstance(record.get(subject), str)]
    if not chosen:
        return Outcome(Check.LOOKUP, State.SKIPPED, _SKIPPED_NO_RECORDS)
    step = max(1, len(chosen) // LOOKUPS)
    count = Counter(record[subject] for record in chosen)
    tried = 0
    try:
        for record in chosen[::step][:LOOKUPS]:
            tried += 1
            one = found(calls.lookup(asked(contract, record[subject])))
            if one is None or one.get(subject) != record[subject]:
                message = gettext_noop("a listed subject is not found, or another is given")
                return failed(Check.LOOKUP, message)
            if count[record[subject]] == 1 and dict(one) != dict(record):
                message = gettext_noop("the record looked up differs from the one listed")
                return failed(Check.LOOKUP, message)
        unknown = unknown_subject(contract, frozenset(count))
        if unknown and found(calls.lookup(asked(contract, unknown))) is not None:
            message = gettext_noop("a subject that is in no list has a record")
            return failed(Check.LOOKUP, message)
    except FormError as error:
        return Outcome(Check.LOOKUP, State.FAILED, error.detail)
    return passed(Check.LOOKUP, gettext_noop("{count} subjects were found as listed"), count=tried)


def asked(contract: Contract, identifier: str) -> bytes:
    """The body that asks for a subject."""
    subject = {"type": contract.subject_type, "id": identifier}
    return json.dumps({"subject": subject}, ensure_ascii=False).encode()


def unknown_subject(contract: Contract, known: frozenset[str]) -> str:
    """A valid identifier of nobody; empty where none can be made."""
    name = contract.subject_field.name
    if not contract.subject_field.semantic:
        return "heli-conformance-nobody"
    for seed in range(8):
        made = str(example_record(contract, Random(seed))[name])  # noqa: S311 - no secret
        if made not in known:
            return made
    return ""


def errors(calls: Calls, contract: Contract) -> Outcome:
    """Whether mistakes of the caller are answered as problem details, and none as a fault."""
    details = []
    for what, method, path, arguments in mistakes(contract):
        try:
            wrong = problem_with(calls.send(method, path, **arguments))
        except FormError as error:
            wrong = error.detail
        if wrong is not None:
            details.append(Detail(wrong.message, {**wrong.figures, "what": what}))
    count = len(mistakes(contract))
    if details:
        message = gettext_noop("{wrong} of {count} mistakes are not answered as promised")
        return failed(Check.ERRORS, message, *details, wrong=len(details), count=count)
    message = gettext_noop("{count} mistakes were answered as problem details")
    return passed(Check.ERRORS, message, count=count)


def mistakes(contract: Contract) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Requests that no endpoint may take: what is wrong, method, path, arguments."""
    body: dict[str, Any] = {"body": b"{", "media_type": "application/json"}
    made: list[tuple[str, str, str, dict[str, Any]]] = [
        (gettext_noop("a body that is not JSON"), "POST", "/lookup", body),
        (gettext_noop("a lookup without a subject"), "POST", "/lookup", {"body": b"{}"}),
        (gettext_noop("a limit that is no number"), "GET", "/records", {"query": {"limit": "x"}}),
        (gettext_noop("a limit of 0"), "GET", "/records", {"query": {"limit": "0"}}),
        (
            gettext_noop("a cursor that nobody gave out"),
            "GET",
            "/records",
            {"query": {"cursor": "heli-no-such-cursor"}},
        ),
    ]
    kind = contract.subject_field.semantic_type
    if kind is not None and _refuses(kind.parse):
        bad: dict[str, Any] = {"body": asked(contract, "heli-no-such-subject")}
        made.append((gettext_noop("a malformed identifier"), "POST", "/lookup", bad))
    return made


def _refuses(parse: Any) -> bool:
    try:
        parse("heli-no-such-subject")
    except SemanticError:
        return True
    return False


def freshness(contract: Contract, told: str, now: dt.datetime) -> Outcome:
    """Whether the data is as fresh as its service level promises."""
    allowed = allowed_age(contract.service_levels)
    if allowed is None:
        return skipped(Check.FRESHNESS, gettext_noop("the contract promises no freshness"))
    instant = _instant(told)
    if instant is None:
        message = gettext_noop("no page says in “as_of” or Last-Modified how fresh it is")
        return failed(Check.FRESHNESS, message)
    age = (now - instant).total_seconds()
    figures = {"age_seconds": round(age), "allowed_seconds": round(allowed)}
    if age > allowed or age < -300:
        message = gettext_noop(
            "the data is {age_seconds} old, promised are at most {allowed_seconds}"
        )
        return failed(Check.FRESHNESS, message, **figures)
    message = gettext_noop("the data is {age_seconds} old, within the promised {allowed_seconds}")
    return passed(Check.FRESHNESS, message, **figures)


def _instant(text: str) -> dt.datetime | None:
    for read in (dt.datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text)
        except (ValueError, TypeError, IndexError):
            continue
        return found if found.tzinfo is not None else None
    return None


def response_time(contract: Contract, seconds: Sequence[float], limit: float | None) -> Outcome:
    """Whether 95 of 100 answers came within the promised time."""
    allowed = limit if limit is not None else allowed_answer_time(contract.service_levels)
    slowest = percentile(seconds, 0.95)
    figures = {"found_seconds": round(slowest, 4), "count": len(seconds)}
    if allowed is None:
        message = gettext_noop(
            "nothing is promised; 95 of 100 answers took at most {found_seconds}"
        )
        return skipped(Check.RESPONSE_TIME, message, **figures)
    figures["allowed_seconds"] = round(allowed, 4)
    if slowest > allowed:
        message = gettext_noop(
            "95 of 100 answers took up to {found_seconds}, promised are {allowed_seconds}"
        )
        return failed(Check.RESPONSE_TIME, message, **figures)
    message = gettext_noop("95 of 100 answers took at most {found_seconds} of {allowed_seconds}")
    return passed(Check.RESPONSE_TIME, message, **figures)
