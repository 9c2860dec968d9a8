"""The published page of the other engines is what the raw result says, and nothing else."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from bench.peers import asking, page, probes
from bench.peers.adapters import host
from bench.peers.cli import RESULT
from bench.peers.drawbar import Drawbar
from bench.peers.engines import ENGINES, Engine
from bench.peers.probes import WORDINGS

CELLS: Final = ("held", "open", "raised", "cannot say")


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    return dict(json.loads(RESULT.read_text("utf-8")))


def shown() -> dict[str, list[list[str]]]:
    """Return the rows of the page's tables of probes, below the titles of their columns."""
    found: dict[str, list[list[str]]] = {}
    titles: list[str] = []
    for line in page.PAGE.read_text("utf-8").splitlines():
        cells = re.split(r"(?<!\\) \| ", line.removeprefix("| ").removesuffix(" |"))
        if line.startswith("| probe | in words |"):
            titles = cells[2:]
        elif re.match(r"\| [A-C]\d\d\S* \| .{10}", line) and len(cells) == len(titles) + 2:
            for title, cell in zip(titles, cells[2:], strict=True):
                found.setdefault(title, []).append((cell.split(" / ") * 2)[:2])
    return found


def test_the_page_is_written_from_the_result(result: dict[str, Any]) -> None:
    """Nothing on the page was written by hand."""
    assert page.page(result) == page.PAGE.read_text("utf-8")


def test_the_page_counts_right(result: dict[str, Any]) -> None:
    """Counted anew, from the cells on the page, each engine has what the table of counts says."""
    text, tables = page.PAGE.read_text("utf-8"), shown()
    for engine in (one for one in result["engines"] if one["status"] == "run"):
        for place, wording in enumerate(WORDINGS):
            cells = Counter(
                row[place].replace("-", "cannot say") for row in tables[engine["title"]]
            )
            counted = " | ".join(str(cells[cell]) for cell in CELLS)
            assert f"| {engine['title']} | {wording} | {counted} |" in text


def test_every_probe_of_the_sections_was_asked(result: dict[str, Any]) -> None:
    """The result is of the suite as it is now: if this fails, run `make bench-peers`."""
    now = {probe.name: probe.digest for probe in probes.read()}

    assert now == {one["id"]: one["digest"] for one in result["probes"]}
    for engine in (one for one in result["engines"] if one["status"] == "run"):
        asked = [(one["probe"], one["wording"]) for one in engine["cells"]]
        assert sorted(asked) == sorted((name, how) for name in now for how in WORDINGS)


def test_drawbar_still_answers_so(result: dict[str, Any]) -> None:
    """Drawbar's own cells are what it says today."""
    own = {probe.name: probe for probe in probes.read()}
    drawbar = Drawbar(own)
    cells = asking.everything(drawbar.ask, own.values(), drawbar.counts)
    published = next(one for one in result["engines"] if one["name"] == "drawbar")["cells"]

    assert [one["cell"] for one in published] == [one["cell"] for one in cells]


def test_an_engine_counts_only_if_it_was_given_the_same_policy(result: dict[str, Any]) -> None:
    """Cells are published of engines that answered every sound call as Drawbar does."""
    for engine in result["engines"]:
        if engine["name"] != "drawbar" and engine["status"] == "run":
            assert engine["sanity"]["asked"] == engine["sanity"]["equal"] == 400


def test_every_engine_has_its_row(result: dict[str, Any]) -> None:
    """An engine that was not run, or that we lose to, is not left out."""
    published = {one["name"]: one["version"] for one in result["engines"]}

    assert {one.name: one.version for one in ENGINES} == {
        name: version for name, version in published.items() if name != "drawbar"
    }


def test_a_sentence_without_its_answers_stops_the_page(result: dict[str, Any]) -> None:
    """What the page says in words rests on cells, or it is not written."""
    changed = json.loads(json.dumps(result))
    cedar = next(one for one in changed["engines"] if one["name"] == "cedarpy")
    for one in cedar["cells"]:
        one["cell"] = "held"

    with pytest.raises(page.StaleNoteError):
        page.page(changed)


def test_an_engine_that_was_not_run_says_what_was_tried(result: dict[str, Any]) -> None:
    """What could not be installed, or was given another policy, is told and has no cells."""
    about = {"package": "p", "version": "1.2", "date": "2026-01-01"}
    absent = {**about, "name": "x", "title": "Absent", "status": "not run", "why": "`pip` failed"}
    sanity = {"asked": 400, "equal": 399, "different": "idiomatic: a call"}
    other = {**about, "name": "y", "title": "Other", "status": "void", "sanity": sanity}
    text = page.page({**result, "engines": [*result["engines"], absent, other]})

    assert "- Absent 1.2: `pip` failed\n" in text
    assert "- Other 1.2: left out, idiomatic: a call\n" in text
    assert "| Absent | `p` | 1.2 | 2026-01-01 | not run |" in text
    assert "| Other | `p` | 1.2 | 2026-01-01 | left out: 399 of 400 |" in text


@pytest.mark.parametrize("engine", ENGINES, ids=lambda one: one.name)
def test_everything_installed_is_pinned(engine: Engine) -> None:
    """Each requirement names one version, and the engine's own is the one that is asked for."""
    lines = engine.requirements.read_text("utf-8").splitlines()

    assert all(re.fullmatch(r"[a-z0-9_.-]+(?:==|@)[^=<>~*@]+", line) for line in lines)
    if not engine.npm:
        assert f"{engine.package}=={engine.version}" in lines


@pytest.mark.parametrize("folder", sorted({one.policies for one in ENGINES}))
def test_every_policy_is_asked(folder: str) -> None:
    """No policy lies about that no question leads to, nor one that a reason hides."""
    sharing = [engine for engine in ENGINES if engine.policies == folder]
    used = set().union(*(_used(engine) for engine in sharing))

    first = sharing[0]
    assert used == {path.name for path in first.folder.glob(f"*.{first.extension}")}


def _used(engine: Engine) -> set[str]:
    used = set()
    reasons = json.loads(engine.reasons.read_text("utf-8"))
    for name, case, wording in _questions(engine):
        question = {"probe": name, "case": case, "wording": wording}
        found = host.find(engine.folder, engine.extension, question)
        if found is not None and host.cannot(reasons, name, wording) is None:
            used.add(_first(engine, found))
    return used


def _questions(engine: Engine) -> list[tuple[str, str, str]]:
    extras = engine.reasons.with_name("extras.json")
    names = [one["probe"] for one in json.loads(extras.read_text())] if extras.exists() else []
    cases = ["call", "twin", *(f"{kind}{one}" for kind in ("", "twin") for one in range(1, 10))]
    every = [*(probe.name for probe in probes.read()), "sanity", *names]
    return [(name, case, wording) for name in every for case in cases for wording in WORDINGS]


def _first(engine: Engine, case: host.Case) -> str:
    names = [f"{stem}.{engine.extension}" for stem in case.stems]
    return next(name for name in names if Path(engine.folder, name).exists())
