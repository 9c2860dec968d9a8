"""`drawbar observe` and `drawbar enforce` edit the bindings, and nothing else."""

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.main import cli
from app.policy import policies

DAY = (datetime.now(UTC) + timedelta(days=14)).date()
LATER = DAY + timedelta(days=7)
WRITTEN = """\
# ours
[[bind]]
policy = "a"  # the first
edges = ["http"]

[[ bind ]] # the second
  observe_until = 2026-01-31
  policy = 'b'
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.bar").write_text(f"policy {name} version 1; rule r: allow pay;")
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--policies", str(folder)])


def text(folder: Path) -> str:
    return (folder / "bindings.toml").read_text()


def test_a_policy_observes_and_then_enforces(folder: Path) -> None:
    """Without a file one is made; both commands say what holds, also where it held already."""
    first = run(folder, "observe", "a", "--until", str(DAY))
    again = run(folder, "observe", "a", "--until", str(DAY))
    found = policies.load([folder]).entries_for("a")[0]
    ended = run(folder, "enforce", "a")

    assert first.stdout == (
        f"`a` only observes until {DAY}: it refuses nothing, and then enforces by itself\n"
    )
    assert "observes already" in again.stdout
    assert found.observe_until == datetime.combine(DAY, datetime.min.time(), UTC) + timedelta(1)
    assert (ended.stdout, run(folder, "enforce", "a").stdout) == (
        "`a` enforces\n",
        "`a` enforces already\n",
    )
    assert policies.load([folder]).entries_for("a")[0].observe_until is None


def test_all_else_stays_as_it_was_written(folder: Path) -> None:
    """Comments, edges and other entries are kept, whatever the lines look like."""
    (folder / "bindings.toml").write_text(WRITTEN)
    run(folder, "observe", "a", "--until", str(DAY))
    one = text(folder)
    run(folder, "observe", "b", "--until", f"{DAY}T09:00:00+02:00")
    run(folder, "observe", "c", "--until", str(DAY))
    three = tomllib.loads(text(folder))["bind"]
    for name in ("a", "b", "c"):
        assert run(folder, "enforce", name).exit_code == 0

    assert one == WRITTEN.replace("# the first\n", f"# the first\nobserve_until = {DAY}\n")
    assert [(one["policy"], one.get("edges")) for one in three] == [
        ("a", ["http"]),
        ("b", None),
        ("c", None),
    ]
    assert all("observe_until" in one for one in three)
    assert "observe_until" not in text(folder)
    assert "# the second" in text(folder)
    assert policies.load([folder]).entries_for("a")[0].edges == ("http",)


def test_what_is_said_of_an_end_goes_with_it(folder: Path) -> None:
    """A comment directly above the line speaks of it; the others stay."""
    head = '# ours\n[[bind]]\npolicy = "a"\n'
    end = f"# until then\n# nothing is refused\nobserve_until = {DAY}\n"
    (folder / "bindings.toml").write_text(head + end + '# more\nedges = ["http"]\n')
    run(folder, "enforce", "a")

    assert text(folder) == head + '# more\nedges = ["http"]\n'


def test_an_end_can_be_moved(folder: Path) -> None:
    """Observing longer, or shorter, is the same command."""
    run(folder, "observe", "b", "--until", str(DAY))
    run(folder, "observe", "b", "--until", str(LATER))

    assert text(folder) == f'[[bind]]\npolicy = "b"\nobserve_until = {LATER}\n'


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("2026-01-31", "is over; name a later day"),
        ("9999-12-31", "outside the calendar"),
        (str(DAY + timedelta(days=400)), "more than 366 days away"),
        (f"{DAY}T09:00", "needs its zone"),
        ("soon", "is no day or time such as 2026-01-31"),
    ],
)
def test_an_end_that_cannot_be_meant_is_refused(folder: Path, until: str, said: str) -> None:
    """Nothing is written then."""
    done = run(folder, "observe", "a", "--until", until)

    assert done.exit_code == 1
    assert said in str(done.exception)
    assert not (folder / "bindings.toml").exists()


@pytest.mark.parametrize("command", [["enforce", "d"], ["observe", "d", "--until", str(DAY)]])
def test_a_policy_that_is_not_there_is_refused(folder: Path, command: list[str]) -> None:
    """The answer names those that are."""
    done = run(folder, *command)

    assert "there is no policy `d`; the folder has `a`, `b`, `c`" in str(done.exception)


@pytest.mark.parametrize(
    "written",
    [
        f'bind = [{{policy = "a", observe_until = {DAY}}}]\n',
        f'[[bind]]\n"policy" = "a"\n"observe_until" = {DAY}\n',
    ],
)
def test_what_cannot_be_edited_is_left_alone(folder: Path, written: str) -> None:
    """Another way to write the same file is kept, and somebody is told to edit it."""
    (folder / "bindings.toml").write_text(written)
    done = run(folder, "enforce", "a")

    assert "change it by hand" in str(done.exception)
    assert text(folder) == written
