"""YAML and JSON from people as plain data: nothing in it multiplies, and what is wrong is told."""

from typing import Any

import yaml

from heli.twin.errors import UnreadableFileError

MOST_CHARACTERS = 2_000_000


class Loader(yaml.SafeLoader):
    """A safe loader without aliases, which multiply."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """See :class:`yaml.SafeLoader`; an alias is refused with its line."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not read", event.start_mark)
        return super().compose_node(parent, index)


def read_plain(text: str, name: str, loader: type[Loader] = Loader) -> Any:
    """Plain data from YAML or JSON.

    Args:
        text: What somebody wrote.
        name: What errors call it.
        loader: Reads it.

    Raises:
        UnreadableFileError: It is too long, nested too deep, or neither YAML nor JSON.
    """
    if len(text) > MOST_CHARACTERS:
        reason = f"it is longer than {MOST_CHARACTERS} characters"
        raise UnreadableFileError(place=name, reason=reason)
    try:
        return yaml.load(text, loader)  # noqa: S506 - a safe loader
    except RecursionError as error:
        raise UnreadableFileError(place=name, reason="it is nested too deep") from error
    except (yaml.YAMLError, ValueError, TypeError) as error:
        # A tag such as !!int before what is no number ends in a ValueError.
        reason = " ".join(str(error).split())[:300]
        raise UnreadableFileError(place=name, reason=reason) from error
