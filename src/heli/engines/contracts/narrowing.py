"""Whether one release policy lets out no more than another."""

from heli.engines.contracts.conditions import Condition, Op
from heli.engines.contracts.hours import Window
from heli.engines.contracts.masks import Mask
from heli.engines.contracts.policies import Binding, FieldRule, Limits, ReleasePolicy


def wider_fields(given: ReleasePolicy, asked: ReleasePolicy) -> tuple[str, ...]:
    """Names of fields that a policy shows and the other does not, or shows less of."""
    rules = {rule.field: rule for rule in asked.rules}
    return tuple(rule.field for rule in given.rules if not _shows_less(rule, rules.get(rule.field)))


def wider_members(given: ReleasePolicy, asked: ReleasePolicy) -> tuple[str, ...]:
    """Members other than ``fields`` in which a policy lets out more than the other.

    Of two masks, two windows of hours or two conditions on rows it says that one lets out less only
    where that is so whatever the records are; a binding to matters is the narrowest.
    """
    found = {
        "rows": not all(any(_implies(one, other) for one in given.rows) for other in asked.rows),
        "limits": not _limited(given.limits, asked.limits),
        "hours": bool(asked.hours) and not _within(given.hours, asked.hours),
        "binding": given.binding not in {asked.binding, Binding.MATTER},
        "second_person": asked.second_person and not given.second_person,
        "extract": given.extract > asked.extract,
    }
    return tuple(name for name, wider in found.items() if wider)


def _shows_less(given: FieldRule, asked: FieldRule | None) -> bool:
    return asked is not None and (asked.mask is Mask.CLEAR or given == asked)


def _implies(given: Condition, asked: Condition) -> bool:
    """Whether every record that fits a condition fits the other."""
    if given == asked:
        return True
    if given.field != asked.field or given.op not in {Op.EQ, Op.IN}:
        return False
    values = given.value if given.op is Op.IN else (given.value,)
    return all(asked.fits({asked.field: value}) for value in values)


def _limited(given: Limits, asked: Limits) -> bool:
    names = ("per_minute", "per_day", "records_per_day", "records_total")
    pairs = [(getattr(given, name), getattr(asked, name)) for name in names]
    return all(not most or 0 < number <= most for number, most in pairs)


def _within(given: tuple[Window, ...], asked: tuple[Window, ...]) -> bool:
    return bool(given) and all(any(_inside(one, other) for other in asked) for one in given)


def _inside(one: Window, other: Window) -> bool:
    days = set(one.days) <= set(other.days) if one.days and other.days else one.days == other.days
    return days and other.start <= one.start and one.end <= other.end
