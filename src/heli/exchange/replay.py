"""Replaying an answer: would the policy of that time have let out what went out?

A receipt proves which grant, which fields, how many records and which policy, by its hash. What the
policy said is kept by that hash. Everything the policy asks is asked again, of that moment: fields,
hours, limits, what the call served, the second person, the grant itself. Where the answer is at
hand, too, it is held against its hash, and each value against its mask.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, Sum

from heli.engines.contracts import (
    Binding,
    Contract,
    Mask,
    PolicyError,
    ReleasePolicy,
    is_open,
    parse_contract,
    parse_policy,
)
from heli.engines.contracts.masks import HASH_CHARACTERS, apply_mask
from heli.engines.contracts.model import Field
from heli.errors import BadInputError, gettext_noop
from heli.exchange.calls.grounds import is_working_day
from heli.exchange.calls.hashes import response_hash
from heli.exchange.calls.limits import Moment
from heli.exchange.models import Access, Confirmation, EmergencyRule, Grant, KeptPolicy
from heli.kernel import clock
from heli.ledger.selectors import Fact

ANSWERS = ("exchange.lookup.answered", "exchange.list.answered", "exchange.override.used")


class NotAnAnswerError(BadInputError):
    """The receipt is about something else than data that left."""

    code = "exchange.replay"
    message = gettext_noop("The fact {fact} is no answer of the exchange that can be replayed.")
    remedy = gettext_noop("Give the receipt of an answered lookup, list or emergency access.")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that should not have been.

    Attributes:
        code: Stable name.
        message: Message id with placeholders.
        figures: What fills it.
    """

    code: str
    message: str
    figures: dict[str, Any]

    def __str__(self) -> str:
        return self.message.format(**self.figures)


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found.

    Attributes:
        fact: Id of the fact.
        policy: Hash of the policy asked.
        checked: What was asked, in order.
        findings: What should not have been; empty when all is as it must be.
    """

    fact: str
    policy: str
    checked: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing went out that should not have."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class _Release:
    """A fact with all that is asked of it."""

    id: uuid.UUID
    at: dt.datetime
    verb: str
    department: str
    matter: str
    said: Mapping[str, Any]
    contract: Contract
    policy: ReleasePolicy


def replay(
    content: Mapping[str, Any],
    *,
    policy: Mapping[str, Any] | None = None,
    answer: Mapping[str, Any] | None = None,
) -> Replay:
    """Ask again whether an answer should have gone out.

    Args:
        content: What the receipt discloses: the fact as it was committed to.
        policy: Another policy to ask instead of the one of that time, as plain data.
        answer: The answer as its receiver got it, if it is at hand.

    Raises:
        NotAnAnswerError: The fact is about something else.
        PolicyError: The other policy does not fit the contract of that time.
    """
    said = content.get("data")
    if content.get("verb") not in ANSWERS or not isinstance(said, Mapping):
        raise NotAnAnswerError(fact=str(content.get("id", "")))
    checked, findings = ["kept"], []
    release, problem = _open(content, said, policy)
    if release is None:
        assert problem is not None
        return Replay(str(content["id"]), str(said["policy_hash"]), ("kept",), (problem,))
    for name, ask in _QUESTIONS.items():
        checked.append(name)
        findings += list(ask(release))
    if answer is not None:
        checked.append("answer")
        findings += list(_answer(release, answer))
    return Replay(str(release.id), release.policy.digest, tuple(checked), tuple(findings))


def content_of_fact(fact_id: uuid.UUID) -> dict[str, Any]:
    """What a fact says, where only its id is at hand.

    Raises:
        NotAnAnswerError: There is no such fact.
    """
    from heli.ledger.content import content_of

    fact = Fact.objects.filter(pk=fact_id).first()
    if fact is None:
        raise NotAnAnswerError(fact=str(fact_id))
    return content_of(fact)


def _open(
    content: Mapping[str, Any], said: Mapping[str, Any], other: Mapping[str, Any] | None
) -> tuple[_Release | None, Finding | None]:
    """The release with the policy kept by its hash, or why there is none."""
    digest = str(said["policy_hash"])
    kept = KeptPolicy.objects.filter(pk=digest).first()
    if kept is None:
        message = gettext_noop("no policy is kept under the hash {hash}")
        return None, Finding("policy_lost", message, {"hash": digest})
    contract = parse_contract(kept.contract)
    try:
        policy = parse_policy(contract, kept.policy)
    except PolicyError:
        policy = None
    if policy is None or policy.digest != digest:
        message = gettext_noop("the policy kept under the hash {hash} was changed")
        return None, Finding("policy_changed", message, {"hash": digest})
    release = _Release(
        id=uuid.UUID(str(content["id"])),
        at=dt.datetime.fromisoformat(str(content["at"])),
        verb=str(content["verb"]),
        department=str(content["department"]),
        matter=str(content["matter"]),
        said=said,
        contract=contract,
        policy=parse_policy(contract, other) if other is not None else policy,
    )
    return release, None


def _fields(release: _Release) -> Iterator[Finding]:
    for name in release.said["fields"]:
        if name not in release.policy.fields:
            message = gettext_noop("the field {field} went out, which the policy does not grant")
            yield Finding("field", message, {"field": name})


def _rows(release: _Release) -> Iterator[Finding]:
    rows = int(release.said["rows"])
    if release.verb != "exchange.list.answered" and rows > 1:
        message = gettext_noop("{rows} records went out for one subject")
        yield Finding("rows", message, {"rows": rows})


def _grant(release: _Release) -> Iterator[Finding]:
    if release.verb == "exchange.override.used":
        yield from _rule(release)
        return
    grant = Grant.objects.filter(pk=release.said["grant"]).select_related("resource").first()
    if grant is None:
        message = gettext_noop("there is no grant {grant}")
        yield Finding("grant", message, {"grant": release.said["grant"]})
        return
    revoked = grant.revoked_at is not None and grant.revoked_at <= release.at
    if revoked or not grant.granted_at <= release.at < grant.expires_at:
        message = gettext_noop("the grant was not in force at that moment")
        yield Finding("grant_force", message, {})
    theirs = (grant.consumer_id, grant.resource.address, grant.purpose)
    if theirs != (release.department, release.said["resource"], release.said["purpose"]):
        message = gettext_noop("the grant is for another department, resource or purpose")
        yield Finding("grant_other", message, {})


def _rule(release: _Release) -> Iterator[Finding]:
    rule = EmergencyRule.objects.filter(pk=release.said["rule"]).first()
    ended = rule is not None and rule.withdrawn_at is not None and rule.withdrawn_at <= release.at
    if rule is None or ended or rule.made_at > release.at:
        message = gettext_noop("no emergency rule was in force at that moment")
        yield Finding("rule", message, {})


def _hours(release: _Release) -> Iterator[Finding]:
    local = release.at.astimezone(clock.SHANGHAI)
    if not is_open(release.policy.hours, local, is_working_day):
        message = gettext_noop("it went out at {time}, outside the hours of the policy")
        yield Finding("hours", message, {"time": local.strftime("%Y-%m-%d %H:%M")})


def _binding(release: _Release) -> Iterator[Finding]:
    if release.verb == "exchange.override.used":
        return
    serves = str(release.said.get("serves", ""))
    held = {
        Binding.MATTER: bool(release.matter),
        Binding.PROJECT: serves.startswith("project:"),
        Binding.PUBLIC_TASK: serves.startswith("public_task:"),
    }
    if not held[release.policy.binding]:
        message = gettext_noop("it served nothing that the policy is bound to")
        yield Finding("binding", message, {})


def _second_person(release: _Release) -> Iterator[Finding]:
    if not release.policy.second_person:
        return
    department, _slash, name = str(release.said["resource"]).partition("/")
    confirmed = Confirmation.objects.filter(
        resource__department=department,
        resource__name=name,
        department=release.department,
        serves=release.said.get("serves") or release.matter,
        confirmed=True,
        answered_at__lte=release.at,
        until__gt=release.at,
    )
    if not confirmed.exists():
        message = gettext_noop("nobody else of the department had confirmed at that moment")
        yield Finding("second_person", message, {})


def _limits(release: _Release) -> Iterator[Finding]:
    limits = release.policy.limits
    if not limits or release.verb == "exchange.override.used":
        return
    moment = Moment.of(release.at)
    rows = Access.objects.filter(Q(at__lt=release.at) | Q(at=release.at, pk__lte=release.id))
    rows = rows.filter(grant=release.said["grant"], reason="")
    # Calls of one transaction may be counted a moment before or after their facts' own instant.
    minute = rows.filter(at__gte=release.at - dt.timedelta(seconds=60 - moment.minute_left))
    day = rows.filter(at__gte=release.at - dt.timedelta(seconds=86_400 - moment.day_left))
    counted = {
        "per_minute": minute.count() if limits.per_minute else 0,
        "per_day": day.count() if limits.per_day else 0,
        "records_per_day": _sum(day) if limits.records_per_day else 0,
        "records_total": _sum(rows) if limits.records_total else 0,
    }
    for name, number in counted.items():
        most = getattr(limits, name)
        if most and number > most:
            message = gettext_noop("the limit {limit} of {most} was passed: it was number {number}")
            yield Finding("limit", message, {"limit": name, "most": most, "number": number})


def _sum(rows: Any) -> int:
    return int(rows.aggregate(total=Sum("rows"))["total"] or 0)


_QUESTIONS = {
    "fields": _fields,
    "rows": _rows,
    "grant": _grant,
    "hours": _hours,
    "binding": _binding,
    "second_person": _second_person,
    "limits": _limits,
}


def _answer(release: _Release, answer: Mapping[str, Any]) -> Iterator[Finding]:
    """The answer itself: is it the one, and does each value look as its mask leaves it?"""
    data = answer.get("data")
    access = Access.objects.filter(pk=release.id).first()
    key = bytes(access.response_key) if access else b""
    key = key or _key_in(answer)
    if response_hash(data, key) != release.said["response_hash"]:
        message = gettext_noop("the answer given is not the one that the receipt proves")
        yield Finding("answer", message, {})
        return
    records = data if isinstance(data, list) else [data] if data is not None else []
    rules = {rule.field: rule for rule in release.policy.rules}
    for record in records:
        for name, value in record.items():
            field, rule = release.contract.field(name), rules.get(name)
            if field is None or rule is None:
                message = gettext_noop("the answer holds {field}, which the policy does not grant")
                yield Finding("answer_field", message, {"field": name})
            elif not _masked(field, rule.mask, value, rule.parameters):
                message = gettext_noop("the answer shows more of {field} than the policy grants")
                yield Finding("answer_mask", message, {"field": name})


def _key_in(answer: Mapping[str, Any]) -> bytes:
    try:
        return bytes.fromhex(str(answer.get("response_key", "")))
    except ValueError:
        return b""


def _masked(field: Field, mask: Mask, value: Any, parameters: dict[str, Any]) -> bool:
    """Whether a value is what its mask leaves: masking it once more changes nothing."""
    if value is None or mask is Mask.CLEAR:
        return True
    if mask is Mask.HASH:
        text = str(value)
        return len(text) == HASH_CHARACTERS and not set(text) - set("0123456789abcdef")
    try:
        return bool(apply_mask(field, mask, value, salt=b"", **parameters) == value)
    except (TypeError, ValueError):
        return False
