"""What uses serve that are bound to no matter: projects and duties by their titles."""

from collections.abc import Iterable

from django.utils.translation import gettext

from heli.engines.contracts import Binding
from heli.exchange import questions
from heli.exchange.models import PublicDuty
from heli.exchange.words import spoken


def served_words(asked: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What is served, in the reader's words; two queries at most, however many are asked.

    Args:
        asked: Pairs of the department that uses the data and what it serves: a matter's code,
            ``project:CODE``, ``public_task:CODE`` or nothing.

    Returns:
        The words by pair; a matter's code as it is, a project or duty by its title, or by its code
        where nobody knows a title.
    """
    pairs = set(asked)
    projects = {code for _who, serves in pairs if (code := _code(serves, Binding.PROJECT))}
    duties = {code for _who, serves in pairs if (code := _code(serves, Binding.PUBLIC_TASK))}
    titles = dict(questions.project_titles(sorted(projects))) if projects else {}
    rows = PublicDuty.objects.filter(code__in=duties).order_by("registered_at") if duties else ()
    known = {(row.department_id, row.code): (row.title_zh, row.title_en) for row in rows}
    found = {}
    for department, serves in pairs:
        words = serves
        if code := _code(serves, Binding.PROJECT):
            words = gettext("Project: {title}").format(title=spoken(*titles.get(code, (code, ""))))
        elif code := _code(serves, Binding.PUBLIC_TASK):
            title = known.get((department, code), (code, ""))
            words = gettext("Duty: {title}").format(title=spoken(*title))
        found[department, serves] = words
    return found


def _code(serves: str, kind: Binding) -> str:
    """The code of a project or duty; empty where something else is served."""
    before, _colon, code = serves.partition(":")
    return code if before == kind else ""
