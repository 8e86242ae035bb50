"""Contracts as text: YAML and JSON, read into plain data and written back."""

import json
from collections.abc import Mapping
from contextlib import suppress
from math import isfinite
from typing import Any

import yaml

from heli.engines.contracts.errors import ContractTextError
from heli.errors import gettext_noop

MAX_CHARACTERS = 2_000_000
MAX_DEPTH = 40


class _Loader(yaml.SafeLoader):
    """YAML 1.1 without dates (the standard's are text) and without aliases (they multiply)."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not read", event.start_mark)
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Dumper(yaml.SafeDumper):
    """Text that looks like a date stays text without quotes only where it reads back so."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


# Line ends that YAML reads as a space, or without the spaces beside them, unless escaped.
_LINE_ENDS = ("\x85", "\u2028", "\u2029")


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if any(end in text for end in _LINE_ENDS) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)


def read_text(text: str) -> dict[str, Any]:
    """Read a contract document.

    Args:
        text: YAML or JSON.

    Returns:
        The document as plain data; what looks like a date stays text.

    Raises:
        ContractTextError: It is too long, neither YAML nor JSON, too deeply nested, or no object;
            says the line where it stops making sense.
    """
    if len(text) > MAX_CHARACTERS:
        reason = gettext_noop("it is longer than two million characters")
        raise ContractTextError(reason=reason, line=1)
    try:
        document = _plain(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContractTextError(
            reason=error.problem or gettext_noop("it is not YAML"), line=line
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ContractTextError(reason=str(error)[:200], line=1) from None
    if not isinstance(document, Mapping):
        raise ContractTextError(
            reason=gettext_noop("it is not an object with keys and values"), line=1
        )
    _check(document, 0)
    return dict(document)


def _plain(text: str) -> Any:
    """What looks like JSON is read as that: YAML reads some texts and numbers in it otherwise."""
    if text.lstrip().startswith("{"):
        with suppress(ValueError):
            return json.loads(text, parse_constant=_refuse)
    return yaml.load(text, _Loader)  # noqa: S506 - a safe loader


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ContractTextError(reason=gettext_noop("it is nested too deeply"), line=1)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise ContractTextError(reason=gettext_noop("a key is not text"), line=1)
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)
    elif not isinstance(value, str | int | float | bool | None) or (
        isinstance(value, float) and not isfinite(value)
    ):
        raise ContractTextError(reason=gettext_noop("a value is not plain"), line=1)


def write_yaml(document: Mapping[str, Any]) -> str:
    """A document as YAML that :func:`read_text` reads back unchanged."""
    return plain_yaml(_in_order(document), width=100)


def plain_yaml(value: Any, width: int = 80) -> str:
    """Plain data as YAML without aliases that reads back unchanged, keys in the order they have."""
    return str(yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=width))


def write_json(document: Mapping[str, Any]) -> str:
    """A document as JSON."""
    return json.dumps(_in_order(document), ensure_ascii=False, indent=2) + "\n"


# What people look for first. A database may keep keys in an order of its own (PostgreSQL's jsonb).
_FIRST = {
    name: place
    for place, name in enumerate(
        ("apiVersion", "kind", "id", "name", "version", "status", "property", "rule", "value")
    )
}
# What is long comes last.
_LAST = {name: place for place, name in enumerate(("properties", "customProperties", "schema"))}


def _in_order(value: Any) -> Any:
    """The same with the keys of every object in reading order; others stay as they are."""
    if isinstance(value, Mapping):
        names = sorted(value, key=lambda name: (_LAST.get(name, -1), _FIRST.get(name, len(_FIRST))))
        return {name: _in_order(value[name]) for name in names}
    return [_in_order(each) for each in value] if isinstance(value, list) else value
