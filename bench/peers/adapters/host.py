"""Asks one adapter what its engine says to a call.

`bench/hosting.py` runs it with `ADAPTER.py POLICIES EXTENSION REASONS [PROGRAM]` in the engine's
own environment, so it may use the standard library only. `REASONS` says what the engine cannot say,
and why. An adapter is a module with

- `version()`, the engine's version as the engine itself says it
- `load(case)`, which reads a policy, and raises if the engine refuses it
- what `load` returns: a function from a call to an answer, which raises if the engine does
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

ALLOWED, ASKED, REFUSED, RAISED, CANNOT = "allowed", "asked", "refused", "raised", "cannot say"
_LONGEST = 200


class Case(NamedTuple):
    """One policy to be read: what the file says, and what is declared beside it."""

    stems: tuple[str, ...]
    folder: Path
    text: str
    wording: str
    tools: list[dict[str, Any]] | None

    def beside(self, extension: str) -> str | None:
        """Return the file of the same name with another extension, such as a schema."""
        shared = (re.sub(r"\.(?:\d+|twin\d*)\.", ".", stem) for stem in self.stems)
        for stem in (*self.stems, *shared):
            path = self.folder / f"{stem}.{extension}"
            if path.exists():
                return path.read_text("utf-8")
        return None


class Answer(NamedTuple):
    """What an engine says to a call: its words for the agent, and the changed call, if any."""

    answer: str
    detail: str = ""
    said: str | None = None
    changed: Any = None


Decide = Callable[[Mapping[str, Any]], Answer]


def stems(probe: str, case: str, wording: str) -> Iterator[str]:
    """Yield the names a policy may have, the closest first.

    `A04-2` may share the policy of `A04`, a twin that of its probe, and the defensive wording
    the idiomatic one, where care changes nothing.
    """
    wordings = [wording] if wording == "idiomatic" else [wording, "idiomatic"]
    names = list(dict.fromkeys((probe, probe.partition("-")[0])))
    cases = ["."] if case == "call" else [f".{case}.", *(["."] if case == "twin" else [])]
    for middle in cases:
        for name in names:
            yield from (f"{name}{middle}{how}" for how in wordings)


def find(folder: Path, extension: str, question: Mapping[str, Any]) -> Case | None:
    """Return the policy that a question is about, or None if there is none."""
    wanted = tuple(stems(question["probe"], question["case"], question["wording"]))
    for stem in wanted:
        path = folder / f"{stem}.{extension}"
        if path.exists():
            text = path.read_text("utf-8")
            return Case(wanted, folder, text, question["wording"], question.get("tools"))
    return None


def cannot(reasons: Mapping[str, str], probe: str, wording: str) -> str | None:
    """Return why an engine cannot say what a probe asks for, if it cannot."""
    for name in (probe, probe.partition("-")[0]):
        for key in (f"{name}.{wording}", name):
            if key in reasons:
                return reasons[key]
    return None


def args_of(call: Mapping[str, Any]) -> Any:
    """Return the arguments of a call as Python values, as a host would hand them over."""
    return json.loads(call["args_text"]) if "args_text" in call else call["args"]


def one_line(words: object) -> str:
    """Return words that fit a table."""
    text = " ".join(str(words).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


class Engine(NamedTuple):
    """One engine with its policies."""

    adapter: ModuleType
    folder: Path
    extension: str
    reasons: Mapping[str, str]


def answer(engine: Engine, question: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one question: whether the policy loads, and what it says to the call."""
    why = cannot(engine.reasons, question["probe"], question["wording"])
    if why is not None:
        return {"load": CANNOT, "answer": CANNOT, "detail": why}
    case = find(engine.folder, engine.extension, question)
    if case is None:
        return {"load": "missing", "answer": CANNOT, "detail": "no policy is written"}
    try:
        decide = _loaded(engine.adapter, case)
    except Exception as error:  # noqa: BLE001 - whatever an engine raises is what it says
        return {"load": REFUSED, "answer": REFUSED, "detail": _shown(error)}
    return {"load": "loaded", **_asked(decide, question.get("call"))}


_LAST: dict[str, tuple[Case, Decide]] = {}


def _loaded(adapter: ModuleType, case: Case) -> Decide:
    """Read a policy, unless it is the one of the question before."""
    if "case" not in _LAST or _LAST["case"][0] != case:
        _LAST.clear()
        _LAST["case"] = (case, adapter.load(case))
    return _LAST["case"][1]


def _asked(decide: Decide, call: Mapping[str, Any] | None) -> dict[str, Any]:
    if call is None:
        return {"answer": CANNOT}
    began = time.perf_counter()
    try:
        given = decide(call)
    except Exception as error:  # noqa: BLE001 - whatever an engine raises is what it says
        given = Answer(RAISED, _shown(error))
    took = round((time.perf_counter() - began) * 1000, 2)
    return {
        "answer": given.answer,
        "detail": one_line(given.detail),
        "said": given.said,
        "changed": given.changed,
        "ms": took,
    }


def _shown(error: Exception) -> str:
    return one_line(f"{type(error).__name__}: {error}")


def answering(
    adapter: ModuleType, folder: str, extension: str, reasons: str, *_program: str
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return what answers questions by the policies of a folder."""
    known = json.loads(Path(reasons).read_text("utf-8"))
    return partial(answer, Engine(adapter, Path(folder), extension, known))
