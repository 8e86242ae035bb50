"""Whether the expressions of a model can be worked out, as far as the model alone tells."""

from collections.abc import Callable, Iterator
from typing import Any

from heli.engines.bpmn.errors import ExpressionError, ExpressionValueError
from heli.engines.bpmn.expressions import Expression
from heli.engines.bpmn.findings import Reason
from heli.engines.bpmn.model import HELI, Element
from heli.errors import gettext_noop

Want = Callable[[Expression], Any]
"""Works a constant expression out; raises ExpressionValueError where the value is of no use."""


def truth(expression: Expression) -> bool:
    """A condition."""
    return expression.truth({})


def readable(text: str, element: str) -> bool:
    """Whether the text is an expression of Heli's language."""
    try:
        Expression(text, element)
    except ExpressionError:
        return False
    return True


def constant_fails(text: str, element: str, want: Want) -> bool:
    """Whether the expression needs no variable and yet cannot be used for what it is there for."""
    expression = Expression(text, element)
    if expression.names:
        return False
    try:
        want(expression)
    except ExpressionValueError:
        return True
    return False


def language(part: Element) -> Iterator[Reason]:
    """An expression that says of itself that it is written in another language."""
    found = (part.get("language") or "").strip()
    if found not in ("", HELI):
        text = gettext_noop(
            "The expression is written in “{language}”; only Heli's own language is understood."
        )
        yield "expression_language", text, {"language": found[:120]}
