"""The page of the fail-open suite, written from its probes."""

import json
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[1] / "tests" / "corpus" / "fail_open"
_LONGEST: Final = 60
_SECTIONS: Final = {
    "A": "Arguments: missing, mistyped, undeclared, too large",
    "B": "Patterns and schemas",
    "C": "What is published, and mistakes in it",
    "D": "What a decision asks for, and gets no answer",
    "E": "Several policies and overlays",
    "F": "What happened before",
}
_HEAD: Final = """# The fail-open suite

Calls and policies at which lax engines let something through. Each line is a probe that the tests
run: one file in `tests/corpus/fail_open`, with its policies, what the session saw, the call, and
what must come of it. Beside each stands its twin, the nearest case that must
*not* be denied: an engine that denies everything fails. "By unknown" means that the rule applied
because its condition could not be evaluated.

Seen in other engines, or in the wild: the last column says where.
"""


def page() -> str:
    """Return the page: a table of each section."""
    probes = [json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    blocks = [_HEAD]
    for letter, section in groupby(probes, key=lambda probe: str(probe["id"])[0]):
        rows = [_row(probe) for probe in section]
        blocks.append(f"## {_SECTIONS[letter]}\n\n" + _table(rows))
    return "\n".join(blocks)


def _table(rows: list[tuple[str, ...]]) -> str:
    head = ("probe", "in words", "required", "twin", "seen in")
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in lines
    )


def _row(probe: Mapping[str, Any]) -> tuple[str, ...]:
    return probe["id"], probe["words"], _required(probe), _twin(probe), probe["source"]


def _required(probe: Mapping[str, Any]) -> str:
    if "expect_load" in probe:
        return f"refused when it is read, {probe['expect_load']}"
    wanted = probe["expect"]
    by = f" by `{wanted['by']}`" if wanted.get("by") else f", `{wanted['reason']}`"
    unknown = ", by unknown" if wanted.get("unknown") else ""
    finding = f"; the linter says {probe['expect_lint']}" if "expect_lint" in probe else ""
    return f"{wanted['effect']}{by}{unknown}{finding}"


def _twin(probe: Mapping[str, Any]) -> str:
    """Say what is let through: the twin's call, where it is another and short."""
    twin = probe.get("twin")
    if twin is None or "call" not in twin:
        return "the same, sound" if twin else ""
    call = twin["call"]
    shown = call.get("args_text") or json.dumps(call["args"], ensure_ascii=True)
    same = call == probe.get("call")
    words = "in another state or by another policy" if same else f"`{shown}`"
    return f"{twin['effect']}: {words if len(shown) <= _LONGEST or same else 'a longer one'}"
