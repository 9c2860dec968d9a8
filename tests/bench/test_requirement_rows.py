"""Each requirement that a rule can say has a rule, a call it stops and a near twin that passes."""

import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from app.policy import policies
from bench.requirements.__main__ import main
from bench.requirements.listing import (
    GUARD_ONLY,
    OUT_OF_SCOPE,
    RULE,
    TOOLS_OWN,
    Listing,
    listings,
    read,
)
from bench.requirements.page import PAGE, page
from bench.requirements.rows import RowsError, load, red, rows, still_stopped, watched, wrongly_red
from dsl.lint.run import run as lint
from dsl.testing.run import run

SMALL = """
policy small version 1;
rule paying: allow pay;
rule no_more: deny pay when args.amount > 100;
rule not_eve: deny pay when args.to == "eve";
rule watching:
  ask pay when judge("Payments have a purpose." as purpose permits) >= 0.9
  because "R9: nobody can say it in a rule" mode shadow;
rule by_line:
  ask pay when judge("Payments are polite." as style permits) >= 0.9
  source "policy.md" line 7 mode shadow;
test "R:1 stops: a large one" { call pay(amount: 101, to: "ada"); expect deny by no_more; }
test "R:1 passes: a small one" { call pay(amount: 100, to: "ada"); expect allow; }
test "R:2 stops: eve" { call pay(amount: 1, to: "eve"); expect deny by not_eve; }
test "R:2 passes: ada" { call pay(amount: 1, to: "ada"); expect allow; }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "small.bar"
    path.write_text(text, "utf-8")
    return path


def test_rows_are_found_with_their_rules(tmp_path: Path) -> None:
    """The stop test names the rule; judge rules in shadow mode name their row."""
    bound = load(written(tmp_path, SMALL))

    assert {row.id: row.rule for row in rows(bound.policy).values()} == {
        "R:1": "no_more",
        "R:2": "not_eve",
    }
    assert watched(bound) == {"R9": "watching", "L7": "by_line"}
    assert red(bound) == frozenset()
    assert wrongly_red(bound) == []
    assert still_stopped(bound) == []


@pytest.mark.parametrize("tools", ["pay", "p*", "bank/pay, pay", "* except look"])
def test_a_rule_that_another_test_rests_on_is_told(tmp_path: Path, tools: str) -> None:
    """Red beside the row's own stop tests is a finding, however the rule names its tools."""
    small = SMALL.replace("deny pay when args.amount", f"deny {tools} when args.amount")
    more = 'test "another" { call pay(amount: 500, to: "ada"); expect deny; }\n'
    found = wrongly_red(load(written(tmp_path, small + more)))

    assert found == ["without `no_more`: red beside its own ['another'], still green []"]


def test_a_call_that_two_rules_stop_is_told(tmp_path: Path) -> None:
    """A row whose call stays refused without its rule shows less than it seems to."""
    both = SMALL.replace('amount: 1, to: "eve"', 'amount: 500, to: "eve"')

    assert still_stopped(load(written(tmp_path, both))) == ["R:2"]


def test_a_refusal_that_gives_way_to_a_question_makes_a_difference(tmp_path: Path) -> None:
    """Without its rule a refused call may be asked about; an asked one must be allowed."""
    asking = SMALL + "rule look: ask pay when args.amount > 50;\n"

    assert still_stopped(load(written(tmp_path, asking))) == []
    asked = asking.replace("deny pay when args.amount > 100", "ask pay when args.amount > 100")
    asked = asked.replace("deny by no_more", "ask by no_more")
    assert still_stopped(load(written(tmp_path, asked.replace("amount: 100,", "amount: 50,")))) == [
        "R:1"
    ]


@pytest.mark.parametrize(
    "text",
    [
        SMALL.replace("R:1 passes", "R:3 passes"),
        SMALL.replace("deny by not_eve", "deny"),
        SMALL.replace('"R:2 stops', '"R:1 stops'),
    ],
)
def test_a_row_without_its_parts_is_refused(tmp_path: Path, text: str) -> None:
    """A row needs one rule and a twin that passes; a row without them is no row."""
    with pytest.raises(RowsError):
        rows(load(written(tmp_path, text)).policy)


LISTINGS: Final = {one.data: one for one in listings()}
each = pytest.mark.parametrize("one", LISTINGS.values(), ids=LISTINGS)

# How the data sort a sentence, and what may become of it here.
ALLOWED: Final = {
    "enforceable": {RULE},
    "already enforced": {RULE},
    "enforceable_already_in_env": {RULE, TOOLS_OWN},
    "enforceable with specialist": {GUARD_ONLY},
    "not_enforceable": {GUARD_ONLY},
    "out of scope": {OUT_OF_SCOPE},
    "out_of_scope": {OUT_OF_SCOPE},
    "not applicable": {OUT_OF_SCOPE},
}


def sentences(benchmark: str) -> dict[str, dict[str, Any]]:
    """Return the rows of a benchmark in the public data; ids that rows share get a number."""
    folder = os.environ.get("DRAWBAR_EVAL_DATA")
    if not folder:
        pytest.skip("DRAWBAR_EVAL_DATA is not set: no sentences to hold the rows against")
    lines = Path(folder, "tau2", "requirements.jsonl").read_text("utf-8").splitlines()
    found = [row for row in map(json.loads, lines) if row["benchmark"] == benchmark]
    times, seen = Counter(row["id"] for row in found), Counter[str]()
    named = {}
    for row in found:
        seen[row["id"]] += 1
        shared = times[row["id"]] > 1
        named[f"{row['id']}:{seen[row['id']]}" if shared else row["id"]] = row
    return named


@each
def test_the_tests_of_a_policy_pass_and_reach_all_of_it(one: Listing) -> None:
    """Every test is green, and hardly a side of a condition is left unseen."""
    for bound in one.policies.values():
        report = run(bound)

        assert [result.name for result in report.results if not result.passed] == []
        assert report.coverage.percent >= 99


@each
def test_the_policies_lint_clean(one: Listing) -> None:
    """Not even a warning."""
    assert not lint([policies.unit(path) for path in one.policies]).failing(strict=True)


@each
def test_removing_a_rule_turns_exactly_its_rows_red(one: Listing) -> None:
    """No row leans on the rule of another."""
    assert [fault for bound in one.policies.values() for fault in wrongly_red(bound)] == []


@each
def test_a_rule_alone_makes_the_difference(one: Listing) -> None:
    """Without its rule the call that a row stops is allowed, or at least asked about."""
    assert [row for bound in one.policies.values() for row in still_stopped(bound)] == []


@each
def test_what_is_watched_decides_nothing(one: Listing) -> None:
    """A row that only a learned score could judge has a rule of its own, in shadow mode."""
    rules = {rule.name: rule for bound in one.policies.values() for rule in bound.policy.rules}
    watching = [line.rule for line in one.lines if line.state == GUARD_ONLY]

    assert len(watching) == len(set(watching))
    assert all(rules[name].shadow for name in watching)


@pytest.mark.evaldata
@each
def test_every_sentence_has_the_state_that_the_data_give_it(one: Listing) -> None:
    """All rows of the data are listed, and no other; each enforceable one has a rule."""
    wanted = sentences(one.data)
    wrong = {
        line.row: line.state
        for line in one.lines
        if line.state not in ALLOWED[wanted[line.row]["status"]]
    }

    assert [line.row for line in one.lines] == list(wanted)
    assert wrong == {}


@pytest.mark.evaldata
@pytest.mark.parametrize(
    ("benchmark", "enforceable", "others"),
    [("tau2-airline", 42, 9), ("car-bench", 17, 1), ("medagentbench", 24, 33)],
)
def test_the_numbers_add_up(benchmark: str, enforceable: int, others: int) -> None:
    """What the data call enforceable or enforced already is one figure, what is left the other."""
    states = [ALLOWED[row["status"]] for row in sentences(benchmark).values()]

    assert sum(RULE in state for state in states) == enforceable
    assert sum(state == {GUARD_ONLY} for state in states) == others
    if benchmark in LISTINGS:
        one = LISTINGS[benchmark]
        assert len(one.of(RULE)) + len(one.of(TOOLS_OWN)) == enforceable
        assert len(one.of(GUARD_ONLY)) == others


@pytest.mark.evaldata
@each
def test_no_sentence_of_the_data_is_repeated(one: Listing) -> None:
    """Policies, lists and the page are in our own words: never eight of a sentence in a row."""
    files = [PAGE, *one.policies, *Path(main.__code__.co_filename).parent.glob("*.toml")]
    ours = " ".join(_words(file.read_text("utf-8")) for file in files)
    found = []
    for row, sentence in sentences(one.data).items():
        said = _words(sentence["text"]).split()
        parts = (" ".join(said[at : at + 8]) for at in range(len(said) - 7))
        found += [f"{row}: {part}" for part in parts if part in ours]

    assert found == []


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def test_the_page_is_what_the_policies_say() -> None:
    """A rule that is renamed, added or removed comes with the page."""
    assert page(listings()) == PAGE.read_text("utf-8")
    assert main(["--check"]) == 0


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('rows = ["R:1", "R:2", "R9"]', "does not list ['L7']"),
        ('rows = ["R:1", "R:2", "R9", "L7", "R:3"]', "row `R:3` must have one state, has []"),
        ('rows = ["R:1", "R:2", "R9", "L7"]\ntools_own = ["R:1"]', "row `R:1` must have one state"),
        ('rows = ["R:1", "R:2", "R9", "L7"]\n[notes]\n"R:4" = "x"', "does not list ['R:4']"),
    ],
)
def test_a_list_and_its_policy_speak_of_the_same_rows(tmp_path: Path, more: str, says: str) -> None:
    """A row without a state, with two, or that the list leaves out is refused."""
    written(tmp_path, SMALL)
    head = 'title = "T"\ndata = "d"\nabout = "a"\npolicies = ["small.bar"]\n'
    (tmp_path / "small.toml").write_text(head + more, "utf-8")

    with pytest.raises(RowsError, match=re.escape(says)):
        read(tmp_path / "small.toml")
