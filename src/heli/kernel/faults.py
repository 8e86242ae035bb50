"""What is wrong with a field of a request, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from heli.errors import gettext_noop

_FAULTS = {
    "missing": gettext_noop("It is missing."),
    "extra_forbidden": gettext_noop("This operation has no such field."),
    "string_type": gettext_noop("It must be text."),
    "string_too_short": gettext_noop("It must have at least {min_length} characters."),
    "string_too_long": gettext_noop("It must have at most {max_length} characters."),
    "string_pattern_mismatch": gettext_noop("It does not have the form {pattern}."),
    "int_type": gettext_noop("It must be a whole number."),
    "int_parsing": gettext_noop("It must be a whole number."),
    "int_from_float": gettext_noop("It must be a whole number."),
    "float_type": gettext_noop("It must be a number."),
    "float_parsing": gettext_noop("It must be a number."),
    "finite_number": gettext_noop("It must be a finite number."),
    "bool_type": gettext_noop("It must be true or false."),
    "bool_parsing": gettext_noop("It must be true or false."),
    "list_type": gettext_noop("It must be a list."),
    "too_long": gettext_noop("It must have at most {max_length} entries."),
    "too_short": gettext_noop("It must have at least {min_length} entries."),
    "dict_type": gettext_noop("It must be an object."),
    "model_attributes_type": gettext_noop("It must be an object."),
    "greater_than": gettext_noop("It must be greater than {gt}."),
    "greater_than_equal": gettext_noop("It must be at least {ge}."),
    "less_than": gettext_noop("It must be less than {lt}."),
    "less_than_equal": gettext_noop("It must be at most {le}."),
    "uuid_parsing": gettext_noop("It must be a UUID."),
    "uuid_type": gettext_noop("It must be a UUID."),
    "date_from_datetime_parsing": gettext_noop("It must be a date such as 2026-03-31."),
    "date_parsing": gettext_noop("It must be a date such as 2026-03-31."),
    "date_type": gettext_noop("It must be a date such as 2026-03-31."),
    "datetime_parsing": gettext_noop("It must be an instant such as 2026-03-31T09:00:00+08:00."),
    "datetime_from_date_parsing": gettext_noop(
        "It must be an instant such as 2026-03-31T09:00:00+08:00."
    ),
    "datetime_type": gettext_noop("It must be an instant such as 2026-03-31T09:00:00+08:00."),
    "timezone_aware": gettext_noop("The instant must name its zone, for example +08:00."),
    "enum": gettext_noop("It must be one of {expected}."),
    "literal_error": gettext_noop("It must be one of {expected}."),
}


def fault_words(item: Mapping[str, Any]) -> str:
    """What is wrong with a field, in the reader's language.

    Args:
        item: One error as Pydantic lists it; kinds without words of Heli's keep Pydantic's.
    """
    told = _FAULTS.get(str(item["type"]))
    return _(told).format(**item.get("ctx", {})) if told else str(item["msg"])
