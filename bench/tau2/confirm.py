"""How often a recorded write came after the user's yes, and what the overlay says there."""

import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from bench.tau2.cases import CONVERSATIONS, NoData
from bench.tau2.judge import NOW, said
from bench.tau2.score import Row
from bench.tau2.stock import BAGS, BOOK, CANCEL, CHANGE, COMPENSATE, PASSENGERS
from dsl import interpret, parse, strictjson
from dsl.errors import Source
from dsl.interpret import Bound
from dsl.model import ToolCall
from dsl.session.session import Session
from dsl.state import Outcome

WRITES: Final = frozenset({BAGS, BOOK, CANCEL, CHANGE, COMPENSATE, PASSENGERS})
YES: Final = re.compile(r"\byes\b", re.IGNORECASE)
LIKE_YES: Final = re.compile(r"\b(yes|yeah|yep|oui|confirm\w*|proceed|go ahead)\b", re.IGNORECASE)
# An overlay has nothing to narrow alone, so it stands on a policy that allows everything.
_OPEN: Final = 'policy open version 1; default allow because "the overlay alone is measured";'


@dataclass(frozen=True, slots=True)
class Write:
    """One recorded write: whether the user's last message before it was a yes, or much like one."""

    id: str
    yes: bool
    like_yes: bool
    overlay: str


def load(folder: Path) -> list[Mapping[str, Any]]:
    """Read the recorded conversations, or raise `NoData`."""
    file = folder / CONVERSATIONS
    if not file.is_file():
        message = f"there is no file `{CONVERSATIONS}` in the folder of the data sets"
        raise NoData(message)
    text = gzip.decompress(file.read_bytes()).decode()
    return [strictjson.read(line) for line in text.splitlines()]


def writes(conversations: Iterable[Mapping[str, Any]], overlay: Bound) -> list[Write]:
    """Return every write of the conversations, in their order."""
    stack = (overlay, Bound(parse.parse(Source("open", _OPEN))))
    return [one for talk in conversations for one in _of(talk, stack)]


def _of(talk: Mapping[str, Any], stack: Sequence[Bound]) -> Iterator[Write]:
    """Walk through one conversation as a session would see it."""
    session, pending = Session(policies=[one.policy for one in stack]), list[ToolCall]()
    name, seen = f"recorded/{talk['task']}/{talk['trial']}", 0
    for message in talk["messages"]:
        content = message.get("content", "")
        if message["role"] == "user":
            session.texts.append(content)
        elif message["role"] == "tool" and pending:
            failed = content.startswith("Error")
            outcome = Outcome.FAILED if failed else Outcome.EXECUTED
            session.ran(pending.pop(0), NOW, content, outcome)
        for called in message.get("tool_calls", ()):
            call = ToolCall(f"{name}:{seen}", called["name"], called["arguments"])
            pending.append(call)
            if call.tool in WRITES:
                seen += 1
                yield _write(call, session, stack)


def _write(call: ToolCall, session: Session, stack: Sequence[Bound]) -> Write:
    session.call = call
    last = session.texts[-1] if session.texts else ""
    effect = said(interpret.evaluate(stack, call, NOW, session)).effect
    return Write(call.call_id, bool(YES.search(last)), bool(LIKE_YES.search(last)), effect)


def rows(found: Sequence[Write]) -> list[Row]:
    """Return what is reported of the writes; none of it is scored."""
    bare = [one for one in found if not one.like_yes]
    counts = {
        "writes_after_yes": (sum(one.yes for one in found), len(found)),
        "writes_after_like_yes": (len(found) - len(bare), len(found)),
        "overlay_asked": (sum(one.overlay == "ask" for one in found), len(found)),
        "overlay_let_through_bare": (sum(one.overlay == "allow" for one in bare), len(bare)),
    }
    return [Row(name, n, hits, "reported", None) for name, (hits, n) in counts.items()]


def written(found: Sequence[Write]) -> str:
    """Write the findings as lines of JSON."""
    return "".join(json.dumps(asdict(one), separators=(",", ":")) + "\n" for one in found)


def read(text: str) -> list[Write]:
    """Read the findings back."""
    return [Write(**json.loads(line)) for line in text.splitlines()]
