"""The page of the fail-open suite, written from its probes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[1] / "tests" / "corpus" / "fail_open"
_LONGEST: Final = 60
_FEW: Final = 3
_SECTIONS: Final = {
    "A": "Arguments: missing, mistyped, undeclared, too large",
    "B": "Patterns, schemas and texts that can be read in two ways",
    "C": "What is published, and mistakes in it",
    "D": "What a decision asks for, and gets no answer",
    "E": "Several policies, overlays and approvals",
    "F": "What happened before",
}
_HEAD: Final = """# The fail-open suite

Calls and policies at which lax engines let something through. Each line is a probe that the tests
run: one file in `tests/corpus/fail_open`, with its policies, what the session saw, the call, and
what must come of it. Beside each stands its twin, the nearest case that must
*not* be denied: an engine that denies everything fails. "By unknown" means that the rule applied
because its condition could not be evaluated.

The last column names the engine that it was seen in, or the mistake that it is there for.

The probes are decided by the reference evaluator, with a session kept in memory. Those of sections
A and B are also sent to the running gateway (`tests/app/edges/test_fail_open.py`). Around the twins
thousands of near calls are tried, with arguments left out, mistyped, doubled or disguised
(`tests/dsl/test_fail_open_variants.py`). And the suite is shown evaluators with a fault planted,
each of which it must catch; each probe must catch one (`tests/dsl/test_fail_open_faults.py`).
"""
_ELSEWHERE_HEAD: Final = """## Held by other tests

Parts that need more than the evaluator.
"""
_WAITING_HEAD: Final = """## Not run yet

These were listed too. Nothing below is tested, since what it needs is not there.
"""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A listed case, or the part of one, that another test holds."""

    id: str
    words: str
    test: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Listed cases, or parts of them, that cannot be run yet."""

    ids: tuple[str, ...]
    words: str
    needs: str


_LIVE: Final = "tests/app/test_live.py::"
ELSEWHERE: Final = (
    Elsewhere(
        "B04",
        "A policy that is refused leaves the one before it in force.",
        _LIVE + "test_a_broken_policy_leaves_the_one_before_in_force",
    ),
    Elsewhere(
        "C01",
        "Without a policy the gateway is not ready.",
        _LIVE + "test_without_a_policy_everything_is_denied",
    ),
    Elsewhere(
        "C02",
        "An unknown setting is refused at start.",
        "tests/app/test_settings.py::test_an_unknown_variable_is_refused",
    ),
    Elsewhere(
        "C05",
        "`drawbar explain` prints the default that nobody wrote.",
        "tests/dsl/test_fail_open.py::test_the_default_that_nobody_wrote_is_told",
    ),
    Elsewhere(
        "D05",
        "What cannot be recorded, since the queue is full or the disk fails, is denied.",
        "tests/app/edges/test_base.py::test_what_cannot_be_recorded_is_denied",
    ),
    Elsewhere(
        "D08",
        "No code but the command line's ends the process or reads what people type.",
        "tests/architecture/test_layout.py"
        "::test_only_the_command_line_ends_the_process_or_talks_to_people",
    ),
    Elsewhere(
        "G02",
        "The server is gone, answers 500, or no JSON: the client for Python denies.",
        "tests/sdk/test_client.py::test_a_fault_denies_where_its_good_twin_allows",
    ),
    Elsewhere(
        "N09",
        "A policy whose pattern looks ahead is refused, so nothing is proved of it.",
        "tests/dsl/test_fail_open.py::test_the_policy_is_refused",
    ),
)
_ENGINE: Final = "the fast engine"
_FAST_PATH: Final = "the fast path of the gateway"
_SESSIONS: Final = "sessions kept by the gateway"
_GUARDS: Final = "models asked by the gateway"
_SOURCES: Final = "facts looked up by the gateway"
_OVERLAYS: Final = "session overlays in the gateway"
_APPROVALS: Final = "approvals in the gateway"
_EDGES: Final = "a second edge"
_AB: Final = tuple(f"A{number:02}" for number in range(1, 17)) + tuple(
    f"B{number:02}" for number in range(1, 8)
)
WAITING: Final = (
    Waiting(_AB, "All of A and B once more, with equal answers.", _ENGINE),
    Waiting(("B05",), "A set of patterns that did not run is tried one by one.", _ENGINE),
    Waiting(("B07",), "The fast path refuses in the same bytes as the plain route.", _FAST_PATH),
    Waiting(("D01", "D02"), "A guard raises, or its server is gone.", _GUARDS),
    Waiting(("D03", "D11"), "A source fails, is late, is asked anew after a write.", _SOURCES),
    Waiting(("D04",), "The store of what happened is down.", _SESSIONS),
    Waiting(("D06",), "Masking fails: the record stays, the value goes.", "masked records"),
    Waiting(("D07",), "The database is down, for a while or for long.", "policies in a database"),
    Waiting(("D09",), "Nothing switches enforcement off unseen.", "`observe until` for a policy"),
    Waiting(("D10",), "Facts told by a key that may not are refused.", "facts in requests"),
    Waiting(("E02", "E03"), "Overlays of two sessions, put one after the other.", _OVERLAYS),
    Waiting(
        ("E04", "E06", "E07"), "An approval for other arguments, sessions, people.", _APPROVALS
    ),
    Waiting(("F01",), "The sixth send after a restart, or on another replica.", _SESSIONS),
    Waiting(("F04",), "What is learned never allows what only strangers wrote.", "learned rules"),
    Waiting(("F07", "F09"), "A session really overflows, or expires.", _SESSIONS),
    Waiting(("G01",), "The same call on every edge has the same verdict.", _EDGES),
    Waiting(("G02",), "A hook or proxy whose gateway is gone denies.", "the hook and the proxies"),
    Waiting(("G03",), "Arguments that are cut off while they stream.", "the proxy of model APIs"),
    Waiting(("G04",), "An MCP header that differs from its body.", "the MCP edge"),
    Waiting(("G05",), "One of three calls of a batch is denied alone.", "an edge with batches"),
    Waiting(("G06",), "A call that was allowed is decided again.", "calls told apart by `call_id`"),
    Waiting(
        tuple(f"N{number:02}" for number in range(1, 15)),
        "A policy that is no narrower is never proved to be.",
        "`drawbar prove`",
    ),
)


def page() -> str:
    """Return the page: a table of each section, and what is held elsewhere or not at all."""
    probes = [json.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.json")]
    probes.sort(key=lambda probe: _place(probe["id"]))
    blocks = [_HEAD]
    for letter, section in groupby(probes, key=lambda probe: str(probe["id"])[0]):
        rows = [_row(probe) for probe in section]
        head = ("probe", "in words", "required", "twin", "seen in, or against")
        blocks.append(f"## {_SECTIONS[letter]}\n\n" + _table(head, rows))
    held = [(one.id, one.words, f"`{one.test}`") for one in ELSEWHERE]
    blocks.append(_ELSEWHERE_HEAD + "\n" + _table(("case", "in words", "test"), held))
    waiting = [(_shown(one.ids), one.words, one.needs) for one in WAITING]
    blocks.append(_WAITING_HEAD + "\n" + _table(("case", "in words", "waits for"), waiting))
    return "\n".join(blocks)


def _place(name: str) -> tuple[str, int]:
    """Order probes by their numbers: the tenth of a case stands behind the ninth."""
    case, _, number = name.partition("-")
    return case, int(number or 0)


def _shown(ids: Sequence[str]) -> str:
    return ", ".join(ids) if len(ids) <= _FEW else f"{ids[0]} to {ids[-1]}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
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
    soon = f", within {probe['within_ms']} ms" if "within_ms" in probe else ""
    return f"{wanted['effect']}{by}{unknown}{finding}{soon}"


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
