"""What services that change a row have in common."""

from collections.abc import Mapping

from django.db import models


def edit(row: models.Model, changes: Mapping[str, object]) -> list[str]:
    """Write what differs.

    Args:
        row: What is changed.
        changes: New values by attribute, such as ``department_id``.

    Returns:
        Names of the fields that were changed, sorted, as facts tell them; empty: nothing differed.
    """
    changed = [name for name, value in changes.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, changes[name])
    if changed:
        row.save(update_fields=changed)
    return sorted(name.removesuffix("_id") for name in changed)
