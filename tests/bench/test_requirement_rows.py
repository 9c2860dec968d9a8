"""Each requirement that a rule can say has a rule, a call it stops and a near twin that passes."""

from pathlib import Path

import pytest

from bench.requirements.rows import RowsError, load, red, rows, still_stopped, watched, wrongly_red

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


def test_a_rule_that_another_test_rests_on_is_told(tmp_path: Path) -> None:
    """Red beside the row's own stop tests is a finding, and so is a stop test that stays green."""
    more = 'test "another" { call pay(amount: 500, to: "ada"); expect deny; }\n'
    found = wrongly_red(load(written(tmp_path, SMALL + more)))

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
