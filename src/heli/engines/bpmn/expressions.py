"""The small expression language of conditions.

Comparisons, ``and``, ``or``, ``not``, ``in``, literals, lists and dotted variable names; written
as ``${area > 300}``, ``= area > 300`` (FEEL) or bare. ``=``, ``&&``, ``||``, ``!``, ``true``,
``false`` and ``null`` are accepted beside their Python spellings. The text is parsed to a syntax
tree, every node of which must be on a whitelist, and turned into closures; nothing is evaluated
by the interpreter itself.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from heli.engines.bpmn.errors import (
    ExpressionError,
    ExpressionValueError,
    MissingVariableError,
    NotListError,
    NotTextError,
    NotTrueOrFalseError,
    NotWholeNumberError,
)

MAX_LENGTH = 1000
"""Longest expression, in characters."""

Evaluate = Callable[[Mapping[str, Any]], Any]

_WRAPPED = re.compile(r"\s*[$#]\{(.*)\}\s*\Z", re.DOTALL)
_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<name>[^\W\d]\w*)
      | (?P<operator>==|!=|<=|>=|&&|\|\||[=!])
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_OPERATORS = {"=": "==", "&&": " and ", "||": " or ", "!": " not "}
_CONSTANTS = {"true": "True", "false": "False", "null": "None"}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


class _Missing(Exception):  # noqa: N818 - never leaves this module
    pass


class Expression:
    """A compiled expression.

    Args:
        text: The expression as written in the model.
        element: Id of the element it stands at; errors name it.

    Raises:
        ExpressionError: The text is outside the language.
    """

    __slots__ = ("_evaluate", "element", "names", "text")

    def __init__(self, text: str, element: str) -> None:
        self.text = text.strip()
        self.element = element
        self.names: set[str] = set()
        self._evaluate = self._compile()

    def value(self, variables: Mapping[str, Any]) -> Any:
        """The value of the expression.

        Raises:
            MissingVariableError: A variable it needs is not there.
            ExpressionValueError: Values of different kinds are compared.
        """
        try:
            return self._evaluate(variables)
        except _Missing as missing:
            raise MissingVariableError(
                element=self.element, variable=str(missing), expression=self.text
            ) from None
        except TypeError as error:
            raise ExpressionValueError(
                element=self.element,
                expression=self.text,
                value=str(error),
            ) from error

    def truth(self, variables: Mapping[str, Any]) -> bool:
        """The value as a condition; only true and false count, nothing is coerced."""
        value = self.value(variables)
        if value is True or value is False:
            return bool(value)
        raise self._wrong(NotTrueOrFalseError, value)

    def number(self, variables: Mapping[str, Any]) -> int:
        """The value as a whole number of at least 0."""
        value = self.value(variables)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        raise self._wrong(NotWholeNumberError, value)

    def items(self, variables: Mapping[str, Any]) -> list[Any]:
        """The value as a list."""
        value = self.value(variables)
        if isinstance(value, list | tuple):
            return list(value)
        raise self._wrong(NotListError, value)

    def string(self, variables: Mapping[str, Any]) -> str:
        """The value as text."""
        value = self.value(variables)
        if isinstance(value, str):
            return value
        raise self._wrong(NotTextError, value)

    def _wrong(self, kind: type[ExpressionValueError], value: Any) -> ExpressionValueError:
        return kind(element=self.element, expression=self.text, value=repr(value)[:80])

    def _compile(self) -> Evaluate:
        if not self.text or len(self.text) > MAX_LENGTH:
            raise self._refuse()
        try:
            tree = ast.parse(_to_python(self.text), mode="eval")
            return self._build(tree.body)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise self._refuse() from error

    def _refuse(self) -> ExpressionError:
        return ExpressionError(expression=self.text[:120], element=self.element)

    def _build(self, node: ast.expr) -> Evaluate:
        match node:
            case ast.Constant() | ast.List() | ast.Tuple():
                return self._literal(node)
            case ast.Name() | ast.Attribute():
                return self._name(node)
            case ast.BoolOp(op=op, values=values):
                return _junction(op, [self._build(value) for value in values])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return _negation(self._build(operand))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return lambda _: -value
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                return self._comparison(left, ops, comparators)
        raise self._refuse()

    def _literal(self, node: ast.Constant | ast.List | ast.Tuple) -> Evaluate:
        if not isinstance(node, ast.Constant):
            members = [self._build(element) for element in node.elts]
            return lambda scope: [member(scope) for member in members]
        value = node.value
        if value is not None and not isinstance(value, str | int | float):
            raise self._refuse()
        return lambda _: value

    def _name(self, node: ast.expr) -> Evaluate:
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            raise self._refuse()
        first = node.id
        self.names.add(first)
        return _lookup(first, parts)

    def _comparison(
        self, left: ast.expr, ops: list[ast.cmpop], comparators: list[ast.expr]
    ) -> Evaluate:
        if any(type(op) not in _COMPARISONS for op in ops):
            raise self._refuse()
        compares = [_COMPARISONS[type(op)] for op in ops]
        operands = [self._build(side) for side in (left, *comparators)]
        if len(compares) == 1:
            compare, a, b = compares[0], *operands
            return lambda scope: compare(a(scope), b(scope))

        def chain(scope: Mapping[str, Any]) -> bool:
            values = [operand(scope) for operand in operands]
            return all(compare(values[i], values[i + 1]) for i, compare in enumerate(compares))

        return chain


def _to_python(text: str) -> str:
    wrapped = _WRAPPED.match(text)
    text = wrapped[1] if wrapped else text.removeprefix("=")
    return "".join(_translate(match) for match in _TOKEN.finditer(text)).strip()


def _translate(match: re.Match[str]) -> str:
    token = match[0]
    if match.lastgroup == "operator":
        return _OPERATORS.get(token, token)
    if match.lastgroup == "name":
        return _CONSTANTS.get(token, token)
    return " " if token.isspace() else token


def _junction(op: ast.boolop, operands: list[Evaluate]) -> Evaluate:
    conjunction = isinstance(op, ast.And)

    def evaluate(scope: Mapping[str, Any]) -> bool:
        for operand in operands:
            if _boolean(operand(scope)) is not conjunction:
                return not conjunction
        return conjunction

    return evaluate


def _negation(operand: Evaluate) -> Evaluate:
    return lambda scope: not _boolean(operand(scope))


def _boolean(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise TypeError(f"{value!r:.80} is neither true nor false")


def _lookup(first: str, rest: list[str]) -> Evaluate:
    if not rest:

        def simple(scope: Mapping[str, Any]) -> Any:
            try:
                return scope[first]
            except KeyError:
                raise _Missing(first) from None

        return simple

    def dotted(scope: Mapping[str, Any]) -> Any:
        value: Any = scope
        path = ""
        for part in (first, *rest):
            path = f"{path}.{part}" if path else part
            if not isinstance(value, Mapping) or part not in value:
                raise _Missing(path)
            value = value[part]
        return value

    return dotted
