"""The page of the fail-open suite, written from its probes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[2] / "tests" / "corpus" / "fail_open"
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

The probes are decided by the reference evaluator, with a session kept in memory. They are also sent
to a running gateway, which keeps the session itself, but for those about models, sources that fail
and calls made long ago (`tests/app/edges/test_fail_open.py`). Around the twins thousands of near
calls are tried, with arguments left out, mistyped, doubled or disguised
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
_EDGE: Final = "tests/app/edges/test_fail_open.py::"
_FAULTS: Final = "tests/app/faults/"
_FACTS: Final = "tests/app/facts/test_gateway.py::"
_ASKING: Final = "tests/app/approvals/test_asking.py::"
_SEATS: Final = "tests/app/seats/test_attacks.py::"
_BATCH: Final = "tests/app/api/test_batch.py::"
_PARITY: Final = "tests/parity/"
_DECIDING: Final = "tests/app/approvals/test_deciding.py::"
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
        "C01",
        "Without a policy every seat denies.",
        _PARITY + "test_faults.py::test_without_a_policy_every_seat_denies",
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
        "D03",
        "A source fails, answers what is no sound answer, or is late.",
        _FACTS + "test_a_look_up_that_fails_or_is_late_denies",
    ),
    Elsewhere(
        "D04",
        "The store cannot tell what happened.",
        _EDGE + "test_a_store_that_cannot_tell_what_happened_denies",
    ),
    Elsewhere(
        "D05",
        "What cannot be recorded, since the queue is full or the disk fails, is denied.",
        "tests/app/edges/test_base.py::test_what_cannot_be_recorded_is_denied",
    ),
    Elsewhere(
        "D05",
        "The store fails while people are asked, or while they answer.",
        "tests/app/api/test_approvals.py::test_a_store_that_fails_decides_nothing",
    ),
    Elsewhere(
        "D05",
        "An approval that cannot be opened, as its bytes or the key are others.",
        _ASKING + "test_what_cannot_be_opened_allows_nothing",
    ),
    Elsewhere(
        "D05",
        "Something goes wrong at any of the waits of a request: an error, a client that goes away,"
        " too much time.",
        _FAULTS + "test_awaits.py::test_a_fault_at_any_wait_lets_nothing_through",
    ),
    Elsewhere(
        "D05",
        "Any statement of a request fails, or any commit, before or after it is done.",
        _FAULTS + "test_statements.py::test_what_fails_in_the_store_lets_nothing_through",
    ),
    Elsewhere(
        "D05",
        "A PostgreSQL ends every connection while a request waits.",
        _FAULTS + "test_statements.py::test_a_postgresql_that_goes_away_lets_nothing_through",
    ),
    Elsewhere(
        "D05",
        "With `audit = async` the disk fails: the next call is denied, what was answered is kept.",
        _FAULTS
        + "test_async.py::test_while_the_disk_fails_nothing_is_let_through_and_nothing_is_lost",
    ),
    Elsewhere(
        "D05",
        "With `audit = async` the queue is full.",
        _FAULTS + "test_async.py::test_a_full_queue_denies",
    ),
    Elsewhere(
        "D05",
        "A request that is given up while it writes leaves the store unlocked.",
        _FAULTS + "test_database.py::test_what_was_given_up_leaves_the_store_unlocked",
    ),
    Elsewhere(
        "D05",
        "A rule raises, time is up, or there is no record, at every seat.",
        _PARITY + "test_faults.py::test_a_fault_within_denies",
    ),
    Elsewhere(
        "D06",
        "Masking fails: the record stays, the value goes.",
        _EDGE + "test_where_masking_fails_the_record_stays",
    ),
    Elsewhere(
        "D08",
        "No code but the command line's ends the process or reads what people type.",
        "tests/architecture/test_layout.py"
        "::test_only_the_command_line_ends_the_process_or_talks_to_people",
    ),
    Elsewhere(
        "D09",
        "A policy that only observes is told of wherever somebody looks.",
        "tests/app/test_observed.py::test_it_is_told_wherever_somebody_looks",
    ),
    Elsewhere(
        "D10",
        "Facts told by a key that may not are refused, and the call with them.",
        _EDGE + "test_facts_of_a_key_that_may_not_tell_them_are_refused",
    ),
    Elsewhere(
        "D10",
        "Where a source is set up, no request outdoes it.",
        _FACTS + "test_a_request_does_not_outdo_a_source",
    ),
    Elsewhere(
        "D11",
        "After a call that may have changed it a fact is looked up anew.",
        _FACTS + "test_an_executed_write_is_looked_up_anew",
    ),
    Elsewhere(
        "E02",
        "A session's overlay that allows something is refused when it is sent.",
        "tests/app/api/test_sessions.py::test_what_is_no_sound_overlay_is_refused",
    ),
    Elsewhere(
        "E03",
        "The overlays of two sessions, asked in turns.",
        "tests/app/api/test_sessions.py::test_an_overlay_narrows_its_own_session_alone",
    ),
    Elsewhere(
        "E04",
        "An approved call with one argument edited.",
        _ASKING + "test_any_edit_makes_another_call",
    ),
    Elsewhere(
        "E04",
        "An approval that was used.",
        _ASKING + "test_an_approved_call_runs_once",
    ),
    Elsewhere(
        "E04",
        "An approval that was used, or is of another call, at every seat.",
        _PARITY + "test_corpus.py::test_a_yes_is_for_one_run_of_one_call",
    ),
    Elsewhere(
        "E04",
        "An approval whose time is over.",
        _ASKING + "test_it_is_over_after_its_time",
    ),
    Elsewhere(
        "E04",
        "A call that was approved, and that a policy denies now.",
        _ASKING + "test_policies_that_deny_now_deny",
    ),
    Elsewhere(
        "E04",
        "An approval is asked for, or used, and something goes wrong at any wait: it is neither"
        " lost nor doubled.",
        _FAULTS + "test_awaits.py::test_a_fault_at_any_wait_lets_nothing_through",
    ),
    Elsewhere(
        "E04",
        "A seat token that was used, or whose time is over.",
        _SEATS + "test_it_is_used_once",
    ),
    Elsewhere(
        "E04",
        "A seat token with any byte altered.",
        _SEATS + "test_no_byte_of_it_may_be_altered",
    ),
    Elsewhere(
        "E06",
        "One ask for a role and one for any person, approved by any person.",
        _DECIDING + "test_anybody_is_not_somebody_of_a_role",
    ),
    Elsewhere(
        "E06",
        "An approval by the key that asked, or another of its subject.",
        _DECIDING + "test_the_requester_never_decides",
    ),
    Elsewhere(
        "E07",
        "A call that was approved, in another session or of another server.",
        _ASKING + "test_any_edit_makes_another_call",
    ),
    Elsewhere(
        "E07",
        "A call that was approved, by another agent or subject.",
        _ASKING + "test_another_principal_does_not_use_it",
    ),
    Elsewhere(
        "E07",
        "A call that another seat let through, with another argument, server or session.",
        _SEATS + "test_of_another_call_it_is_worth_nothing",
    ),
    Elsewhere(
        "E07",
        "A call that another seat let through, by another tenant, subject or agent.",
        _SEATS + "test_nobody_else_can_use_it",
    ),
    Elsewhere(
        "F01",
        "A call that passes two seats, with a limit of one.",
        "tests/app/seats/test_taking_over.py::test_a_call_through_two_seats_counts_once",
    ),
    Elsewhere(
        "F01",
        "The same by the client for Python, a guarded function or a wrapped client, and MCP.",
        _PARITY + "test_stories.py::test_two_seats_are_one_call",
    ),
    Elsewhere(
        "F01",
        "Two gateways are handed one decision at the same time.",
        "tests/app/seats/test_two_gateways.py::test_of_several_gateways_one_takes_a_decision_over",
    ),
    Elsewhere(
        "F01",
        "The calls of a batch that is decided as one count each other.",
        _BATCH + "test_the_calls_of_an_atomic_batch_count_each_other",
    ),
    Elsewhere(
        "F01",
        "The sixth send after restarts.",
        _EDGE + "test_the_sixth_after_a_restart_is_the_sixth",
    ),
    Elsewhere(
        "F01",
        "A limit that several gateways count for together.",
        "tests/memory/sessions/test_sessions.py"
        "::test_a_limit_of_ten_is_ten_whoever_asks_and_however_often",
    ),
    Elsewhere(
        "F07",
        "A session of the gateway holds too much, and its questions are unknown.",
        "tests/app/api/test_observe_attacks.py::test_a_session_that_holds_too_much_is_over_and_stays_narrow",
    ),
    Elsewhere(
        "F09",
        "A session that is over is unknown until another is opened.",
        "tests/app/api/test_sessions.py::test_a_session_that_is_over_answers_nothing",
    ),
    Elsewhere(
        "G01",
        "The same call at every seat comes to the same.",
        _PARITY + "test_corpus.py::test_every_seat_decides_alike",
    ),
    Elsewhere(
        "G02",
        "The server is gone, answers 500, or no JSON: the client for Python denies.",
        "tests/sdk/test_client.py::test_a_fault_denies_where_its_good_twin_allows",
    ),
    Elsewhere(
        "G02",
        "The gateway is gone: at no seat does the call run.",
        _PARITY + "test_faults.py::test_a_gateway_that_is_gone_lets_nothing_run",
    ),
    Elsewhere(
        "G04",
        "An MCP header that differs from its body.",
        "tests/app/edges/mcp/test_headers.py::test_a_header_that_is_missing_or_differs_refuses",
    ),
    Elsewhere(
        "G05",
        "One of the calls of a batch cannot be read, or is denied: it alone is.",
        _BATCH + "test_a_call_that_cannot_be_read_denies_itself",
    ),
    Elsewhere(
        "G05",
        "One of the calls of a batch that is decided as one is not allowed: none is.",
        _BATCH + "test_one_that_is_not_allowed_denies_an_atomic_batch",
    ),
    Elsewhere(
        "G06",
        "A call that was allowed is decided again, and counted once.",
        _EDGE + "test_a_call_that_was_allowed_is_decided_again",
    ),
    Elsewhere(
        "N09",
        "A policy whose pattern looks ahead is refused, so nothing is proved of it.",
        "tests/dsl/test_fail_open.py::test_the_policy_is_refused",
    ),
)
_ENGINE: Final = "the fast engine"
_FAST_PATH: Final = "the fast path of the gateway"
_GUARDS: Final = "models asked by the gateway"
_AB: Final = tuple(f"A{number:02}" for number in range(1, 17)) + tuple(
    f"B{number:02}" for number in range(1, 8)
)
WAITING: Final = (
    Waiting(_AB, "All of A and B once more, with equal answers.", _ENGINE),
    Waiting(("B05",), "A set of patterns that did not run is tried one by one.", _ENGINE),
    Waiting(("B07",), "The fast path refuses in the same bytes as the plain route.", _FAST_PATH),
    Waiting(("D01", "D02"), "A guard raises, or its server is gone.", _GUARDS),
    Waiting(("D07",), "The database is down, for a while or for long.", "policies in a database"),
    Waiting(("F04",), "What is learned never allows what only strangers wrote.", "learned rules"),
    Waiting(("G02",), "A hook or proxy whose gateway is gone denies.", "the hook and the proxies"),
    Waiting(("G03",), "Arguments that are cut off while they stream.", "the proxy of model APIs"),
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
