"""Labels of people: one case a line, in the three fields that policy guards are tuned on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dsl import strictjson
from guards.judgement import Form
from guards.question import Question, Step
from guards.skill.entry import digest

VIOLATION: Final = "violation"
NONE: Final = "no_violation"
UNANSWERED: Final = ""
_FIELDS: Final = ("instruction", "input", "output")
_MORE: Final = ("attack_type", "kind", "polarity", "cluster", "label")
_USER: Final = "User:"
_CAME: Final = re.compile(r"[^\s({]+ -> ")
_PARTS: Final = re.compile(
    r"\s*Policy:(?P<policy>.*?)^Trajectory Actions:(?P<steps>.*?)"
    r"^Domain:(?P<domain>.*?)(?:^Subdomain:(?P<sub>.*))?\Z",
    re.DOTALL | re.MULTILINE,
)


class NotALabel(ValueError):
    """A line that is no label; it says which one and why."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what people say of it, and what it belongs together with."""

    question: Question
    truth: bool
    cluster: str
    tool: str


def read(path: Path) -> list[Case]:
    """Return the cases of a file that people answered, or say which line is none."""
    return parted(path)[0]


def parted(path: Path) -> tuple[list[Case], int]:
    """Return the same, and how many cases still wait for an answer."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NotALabel(f"`{path}` cannot be read as UTF-8 text") from error
    every = list(_cases(path, lines))
    found = [one for one in every if one is not None]
    if not found:
        wait = f": none of its {len(every)} cases has an answer" if every else ""
        raise NotALabel(f"`{path}` holds no labels{wait}")
    return found, len(every) - len(found)


def _cases(path: Path, lines: list[str]) -> Iterator[Case | None]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield _case(strictjson.read(line.encode()))
        except (strictjson.InvalidJson, ValueError) as error:
            raise NotALabel(f"{path}:{number}: {error}") from error


def _case(told: Any) -> Case | None:
    """Return a case; none where nobody answered it yet."""
    if not isinstance(told, dict) or not all(isinstance(one, str) for one in told.values()):
        raise ValueError("a label is an object of texts")
    if missing := [name for name in _FIELDS if name not in told]:
        raise ValueError(f"a label has `{missing[0]}`")
    if unknown := sorted(set(told) - {*_FIELDS, *_MORE}):
        raise ValueError(f"a label has no `{unknown[0]}`")
    if told["output"] not in (VIOLATION, NONE, UNANSWERED):
        raise ValueError(f'`output` is "{VIOLATION}" or "{NONE}"')
    if ("kind" in told) != ("polarity" in told):
        raise ValueError("`kind` and `polarity` stand together")
    if told.get("polarity", "forbids") not in ("forbids", "permits"):
        raise ValueError('`polarity` is "forbids" or "permits"')
    if "label" in told and "kind" in told:
        raise ValueError("`label` and `kind` do not stand together")
    question = _question(told)
    if told["output"] == UNANSWERED:
        return None
    tool = question.call.partition("(")[0]
    cluster = told.get("cluster") or digest(question.text)
    return Case(question, told["output"] == VIOLATION, cluster, tool)


def _question(told: dict[str, str]) -> Question:
    parts = _PARTS.match(told["input"])
    if parts is None:
        words = "`Policy:`, `Trajectory Actions:`, `Domain:` and perhaps `Subdomain:`"
        raise ValueError(f"`input` has lines that begin with {words}")
    actions = [line.strip() for line in parts["steps"].splitlines() if line.strip()]
    if not actions or not parts["policy"].strip():
        raise ValueError("`input` needs a policy and at least one action; the last one is judged")
    steps = tuple(map(_step, actions[:-1]))
    if (label := told.get("label")) is not None:
        return Question(Form.CLASSIFY, label, actions[-1], steps, changes=True)
    # A gateway names no domain of its own when it asks, so a label's is read and not asked about.
    kinds = (told.get("kind"), told.get("polarity"))
    return Question(Form.JUDGE, parts["policy"].strip(), actions[-1], steps, *kinds)


def _step(line: str) -> Step:
    """Read what a user said, what was called or what came back, each on a line of its own."""
    if line.startswith(_USER):
        return Step("user", line.removeprefix(_USER).strip())
    return Step("result" if _CAME.match(line) else "call", line)
