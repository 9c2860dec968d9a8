"""Reads a file with tools as `tools/list` gives them."""

from pathlib import Path
from typing import Any

from app.init.offered import Catalogue, Offered
from app.policy import policies
from dsl import strictjson, toolspec
from dsl.errors import DrawbarError


def read(path: Path) -> Catalogue:
    """Return the tools that a file lists: a list, an object with `tools`, or an MCP answer."""
    tree = read_json(path)
    if isinstance(tree, dict) and isinstance(tree.get("result"), dict):
        tree = tree["result"]
    entries = tree.get("tools") if isinstance(tree, dict) else tree
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise DrawbarError(f"`{path}` holds no list of tools")
    name = path.name.removesuffix(".json").removesuffix(".tools")
    return Catalogue(name, f"the list in {path.name}", tuple(map(_offered, entries)))


def _offered(entry: dict[str, Any]) -> Offered:
    """Accept the other spelling that tools files may have."""
    if "inputSchema" not in entry and "input_schema" in entry:
        return Offered({**entry, "inputSchema": entry["input_schema"]})
    return Offered(entry)


def read_json(path: Path) -> Any:
    """Return what a JSON file holds."""
    try:
        return strictjson.read(policies.read_source(path).text, toolspec.MAX_LEAVES)
    except strictjson.InvalidJson as error:
        at = f" at {error.path}" if error.path else ""
        raise DrawbarError(f"`{path}` cannot be read: {error}{at}") from error


def read_tree(path: Path) -> Any:
    """Return what a file of JSON or YAML holds."""
    if path.suffix.lower() not in (".yaml", ".yml"):
        return read_json(path)
    from app.init import yaml_file  # noqa: PLC0415 - few need it

    return yaml_file.read(path)
