"""What the room's codes mean in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from heli.exchange.conformance import State
from heli.exchange.words import spoken
from heli.projects.gate import Part
from heli.projects.models import Interface, Project, Run

PARTS: dict[Part, tuple[str, object]] = {
    Part.CONFORMS: ("on_time", pgettext_lazy("interface", "Conforms")),
    Part.EXCEPTED: ("suspended", pgettext_lazy("interface", "Excepted")),
    Part.UNTESTED: ("done", pgettext_lazy("interface", "Not tested")),
    Part.OUTDATED: ("done", pgettext_lazy("interface", "Test outdated")),
    Part.FAILS: ("at_risk", pgettext_lazy("interface", "Does not conform")),
    Part.EXPIRED: ("late", pgettext_lazy("interface", "Exception expired")),
}
STATES: dict[State, tuple[str, object]] = {
    State.PASSED: ("on_time", pgettext_lazy("check", "Kept")),
    State.FAILED: ("at_risk", pgettext_lazy("check", "Broken")),
    State.WARNED: ("brand", pgettext_lazy("check", "In part")),
    State.SKIPPED: ("done", pgettext_lazy("check", "Not tested")),
}
MEANINGS = {
    Part.CONFORMS: gettext_lazy("the endpoint keeps its contract"),
    Part.EXCEPTED: gettext_lazy("it passes by a decision, until its last day"),
    Part.UNTESTED: gettext_lazy("it was not tested for this gate"),
    Part.OUTDATED: gettext_lazy("it was tested with another contract or address, or too long ago"),
    Part.FAILS: gettext_lazy("the endpoint does not keep its contract"),
    Part.EXPIRED: gettext_lazy("its exception has run out, and it does not conform"),
}


def title(row: Project | Interface) -> str:
    """The title in the reader's language."""
    return spoken(row.title_zh, row.title_en)


def step(run: Run) -> str:
    """What a run is doing."""
    name, _bar, doing = run.step.partition("|")
    return f"{name} · {_(doing)}" if doing else name
