"""Pages about the Python client: their blocks run, and print what they say."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from dsl import format as layout
from dsl.errors import Source
from memory.approvals.approval import Status
from memory.approvals.store import Wanted
from memory.keys import Scope
from tests.docs.test_tutorial import ROOT, Block, blocks
from tests.sdk.real import Real, gateway

PAGE: Final = "docs/sdk.md"
STARTER: Final = ROOT / "examples" / "starter"


@contextmanager
def served(policy: str | Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Real]:
    with tempfile.TemporaryDirectory(prefix="d") as folder, gateway(Path(folder), policy) as made:
        monkeypatch.setenv("DRAWBAR_URL", made.url)
        monkeypatch.setenv("DRAWBAR_KEY", made.key)
        monkeypatch.setenv("ANA_KEY", made.new_key(Scope.FEEDBACK, subject="ana"))
        yield made


def test_every_block_runs_and_prints_what_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks run in order, a person approves where the page says so, and it all agrees."""
    names: dict[str, Any] = {"__name__": "__main__"}
    found = blocks(PAGE)
    (policy,) = (block.text for block in found if block.language == "bar")
    with served(policy, monkeypatch) as real:
        printed = [_run(block, names, real) for block in found]
        names["client"].close()
    said = [
        (after.text, shown)
        for block, after, shown in zip(found, found[1:], printed, strict=False)
        if (block.language, after.language) == ("python", "text")
    ]

    assert len(said) == sum(block.language == "python" for block in found) == 9
    assert [shown for _, shown in said] == [text for text, _ in said]


def _run(block: Block, names: dict[str, Any], real: Real) -> str:
    if block.language == "console" and "approvals approve" in block.text:
        wanted = Wanted("default", None, Status.PENDING, None, 10)
        (waiting,) = real.run(real.gateway.approving.approvals.listed(wanted, real.gateway.now()))
        real.answer(waiting.id)
    return executed(block, names) if block.language == "python" else ""


def executed(block: Block, names: dict[str, Any]) -> str:
    """Run a block, and return what it prints; the gateway prints as well, in its own thread."""
    printed: list[str] = []
    names["print"] = lambda *shown: printed.append(" ".join(map(str, shown)) + "\n")
    exec(compile(block.text, PAGE, "exec"), names)  # noqa: S102 - it is our own page
    return "".join(printed)


@pytest.mark.parametrize(
    ("page", "says"),
    [("README.md", ["50 paid to Ada\n"]), ("sdk/python/README.md", ["50 paid to Ada\n", ""])],
)
def test_the_short_pages_run(page: str, says: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What the readmes show works as it stands, with the policy that `make serve` takes."""
    found = [block for block in blocks(page) if block.language == "python"]
    names: dict[str, Any] = {"__name__": "__main__"}
    with served(STARTER, monkeypatch):
        printed = [executed(block, names) for block in found]
        names["client"].close()

    assert printed == says


def test_the_policy_is_laid_out() -> None:
    """What readers copy is as `drawbar fmt` would write it."""
    for block in blocks(PAGE):
        if block.language == "bar":
            assert layout.reformat(Source(PAGE, block.text)) == block.text
