"""The fail-open suite: calls that lax engines let through, each beside one that must pass."""

import re
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from app.cli.main import cli
from app.docs import fail_open as docs_fail_open
from dsl import parse
from dsl.checks import schematypes
from dsl.engine import evaluating
from dsl.errors import Finding, Source
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from tests.dsl.fail_open import DECIDED, LOADED, PROBES, probe_of, shown, tools_of, twin_of

ROOT: Final = Path(__file__).parents[2]
# What the peers' study lists: letter, and how many.
LISTED: Final = {"A": 16, "B": 7, "C": 6, "D": 11, "E": 7, "F": 9, "G": 6, "N": 14}
TIMED: Final = [name for name in DECIDED if "within_ms" in PROBES[name]]


@pytest.mark.parametrize("name", DECIDED)
def test_the_probe_is_held(name: str) -> None:
    """The call is not let through, for the reason that the probe names."""
    wanted = PROBES[name]["expect"]

    assert wanted == shown(probe_of(name).decide(), wanted)
    assert wanted["effect"] in ("ask", "deny")


@pytest.mark.parametrize("name", DECIDED)
def test_the_twin_passes(name: str) -> None:
    """The nearest call that must not be denied is not: denying everything fails."""
    twin = PROBES[name]["twin"]
    said = shown(twin_of(name).decide(), twin)

    assert {key: twin[key] for key in said} == said
    assert twin["effect"] in ("allow", "ask")


@pytest.mark.parametrize("name", DECIDED)
def test_the_engine_holds_them_as_the_interpreter_does(name: str) -> None:
    """Probe and twin are decided alike in every part, also when the verdict is a kept one."""
    for case in (probe_of(name), twin_of(name)):
        expected = case.decide()
        assert [expected] * 2 == [case.decide(by=evaluating.evaluate) for _ in range(2)]


@pytest.mark.parametrize("name", TIMED)
def test_the_answer_comes_in_time(name: str) -> None:
    """A text made to be slow is not; the best of some tries, as a busy machine is no fault."""
    case, limit = probe_of(name), PROBES[name]["within_ms"] / 1000

    assert limit > min(_seconds(case.decide) for _ in range(7))


def _seconds(work: object) -> float:
    began = time.process_time()
    assert callable(work)
    work()
    return time.process_time() - began


def _refusals(name: str, text: str) -> list[Finding]:
    """Return what forbids the use of a policy, its tools looked at where it may stand alone."""
    policy, findings = parse.read(Source("p.bar", text))
    tools = tools_of(PROBES[name])
    if findings or policy is None or tools is None:
        return findings
    return schematypes.check(policy, tools)


@pytest.mark.parametrize("name", LOADED)
def test_the_policy_is_refused(name: str) -> None:
    """Each of the policies is an error with its code and a place inside the text."""
    for text in PROBES[name]["policies"]:
        (finding,) = _refusals(name, text)
        assert PROBES[name]["expect_load"] == finding.code
        assert 0 < finding.span.start < finding.span.end <= len(text)


@pytest.mark.parametrize("name", [name for name in LOADED if "twin" in PROBES[name]])
def test_the_twin_loads(name: str) -> None:
    """The nearest policies that must be accepted are."""
    for text in PROBES[name]["twin"]["policies"]:
        assert _refusals(name, text) == []


@pytest.mark.parametrize("name", [name for name in DECIDED if "expect_lint" in PROBES[name]])
def test_the_linter_says_so(name: str) -> None:
    """Where a mistake can be seen beforehand, the linter names it."""
    source = Source("p.bar", PROBES[name]["policies"][0])
    policy, broken = parse.read(source)
    found = lint(Unit(source, policy, tuple(broken), tools_of(PROBES[name])))

    assert [PROBES[name]["expect_lint"]] == [finding.code for finding in found]


def test_the_default_that_nobody_wrote_is_told(tmp_path: Path) -> None:
    """C05: `explain` prints that calls are denied where no rule applies, and nobody wrote so."""
    file = tmp_path / "p.bar"
    file.write_text(PROBES["C05-1"]["policies"][0], "utf-8")

    said = CliRunner().invoke(cli, ["explain", "--policy", str(file)]).output

    assert "policy p: deny where no rule applies, as nothing else is written\n" in said


def test_every_probe_is_whole() -> None:
    """A probe is named as its file, says what it is and where it comes from, and is run."""
    assert sorted(PROBES) == sorted([*DECIDED, *LOADED])
    for name, probe in PROBES.items():
        assert name == probe["id"]
        assert probe["words"].endswith(".")
        assert probe["source"]
        assert ("expect" in probe) == ("call" in probe)


def test_probes_are_numbered_without_gaps() -> None:
    """A probe that became several is numbered from 1 on."""
    for _, group in groupby(sorted(PROBES, key=_number), key=lambda name: name.partition("-")[0]):
        numbers = [part for name in group if (part := name.partition("-")[2])]
        assert numbers == [str(at) for at in range(1, len(numbers) + 1)]


def _number(name: str) -> tuple[str, int]:
    first, _, rest = name.partition("-")
    return first, int(rest or 0)


def _listed() -> Iterator[str]:
    for letter, count in LISTED.items():
        yield from (f"{letter}{number:02}" for number in range(1, count + 1))


def test_nothing_that_was_listed_is_passed_over() -> None:
    """Each listed case is a probe here, held by another test, or told to wait, with a reason."""
    here = {name.partition("-")[0] for name in PROBES}
    elsewhere = {row.id for row in docs_fail_open.ELSEWHERE}
    waiting = {name for row in docs_fail_open.WAITING for name in row.ids}

    assert set(_listed()) == here | elsewhere | waiting
    assert waiting <= set(_listed())


@pytest.mark.parametrize("row", docs_fail_open.ELSEWHERE, ids=lambda row: row.id)
def test_what_is_held_elsewhere_is(row: docs_fail_open.Elsewhere) -> None:
    """The test that the page names is there."""
    file, _, name = row.test.partition("::")

    assert re.search(rf"^def {name}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE)
