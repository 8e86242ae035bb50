"""What an examination of a model finds."""

from dataclasses import dataclass, field
from typing import Any

from heli.engines.bpmn.model import Base

Reason = tuple[str, str, dict[str, Any]]
"""Code, message id and figures of a finding, before it is known where it was made."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found at one element.

    Attributes:
        code: Stable code of the reason, e.g. ``script_task``.
        element: BPMN name of the element, e.g. ``scriptTask``.
        id: Id of the element.
        name: Its label.
        process: Id of the process it belongs to.
        line: Line in the file, 0 if not read from one.
        template: The reason as a message id, to be translated and filled with ``figures``.
        figures: Values for the placeholders of ``template``.
    """

    code: str
    element: str
    id: str
    name: str
    process: str
    line: int = field(compare=False)
    template: str
    figures: dict[str, Any]

    @property
    def reason(self) -> str:
        """The reason in English."""
        return self.template.format_map(self.figures)


def finding(
    code: str, template: str, element: str, base: Base, process: str, **figures: Any
) -> Finding:
    """Make a finding at a typed element."""
    return Finding(code, element, base.id, base.name, process, base.line, template, figures)
