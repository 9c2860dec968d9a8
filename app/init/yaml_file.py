"""Reads a YAML file as JSON has it: no tags, no aliases that grow, no key twice, no dates."""

from collections.abc import Hashable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from app.policy import policies
from dsl.errors import DrawbarError

yaml: Final[Any] = import_module("yaml")  # comes with uvicorn; it has no types of its own


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # see above
    """Knows texts, numbers, truth values, lists and objects."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases: few lines of them can stand for more than any memory holds."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "an alias is not read", None)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - as the library calls it
        """Refuse a key that stands twice, and one that is no text."""
        names = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(set(map(str, names))) < len(names):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice", None)
        made: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return {str(key): value for key, value in made.items()}


# A day stays the text that it is written as.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in each if tag != "tag:yaml.org,2002:timestamp"]
    for first, each in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path: Path) -> Any:
    """Return what the file holds."""
    try:
        return yaml.load(policies.read_source(path).text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = str(error).split("\n", 1)[0]
        raise DrawbarError(f"`{path}` cannot be read: {reason}") from error
