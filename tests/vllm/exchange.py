"""What was asked of a vLLM server and what it answered: kept in files, and compared."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

RECORDED: Final = Path(__file__).with_name("recorded")
CLOSE: Final = 1e-3  # of a probability
# What a server makes up anew for every answer, or says of the machine that it runs on.
PASSING: Final = frozenset({"id", "created", "system_fingerprint"})
DESCRIPTION: Final = "/openapi.json"  # 270 kB of it: the paths alone are kept
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and the bytes of its answer."""

    method: str
    path: str
    body: Any
    status: int
    answer: str

    @property
    def key(self) -> Key:
        """Name what was asked."""
        return key(self.method, self.path, self.body)


@dataclass(frozen=True, slots=True)
class Record:
    """What one model answered, on which server and when; `outcomes` is what our client read."""

    model: str
    server: str
    at: str
    started_with: Sequence[str]
    outcomes: Mapping[str, Any]
    exchanges: Sequence[Exchange]


def key(method: str, path: str, body: Any) -> Key:
    """Name a request."""
    return method, path, json.dumps(body, sort_keys=True)


def short(path: str, answer: bytes) -> str:
    """Return what is kept of an answer: the bytes, but for what a server says of itself."""
    text = answer.decode()
    if path != DESCRIPTION:
        return text
    return json.dumps({"paths": {one: {} for one in sorted(json.loads(text)["paths"])}})


def read(model: str) -> Record:
    """Return what was recorded of a model."""
    told = json.loads((RECORDED / f"{model}.json").read_text("utf-8"))
    return Record(**{**told, "exchanges": [Exchange(**one) for one in told["exchanges"]]})


def write(record: Record) -> None:
    """Record a model anew."""
    RECORDED.mkdir(exist_ok=True)
    text = json.dumps(asdict(record), indent=1, ensure_ascii=False) + "\n"
    (RECORDED / f"{record.model}.json").write_text(text, "utf-8")


def drift(then: Exchange, now: Exchange) -> list[str]:
    """Return in what a live answer differs from the recorded one."""
    if then.status != now.status:
        return [f"the status is {now.status} and was {then.status}"]
    try:
        return list(_differing("", json.loads(then.answer), json.loads(now.answer)))
    except ValueError:
        return [] if then.answer == now.answer else ["the words are others"]


def differing(then: Any, now: Any) -> list[str]:
    """Return in what two values differ by more than a probability may."""
    return list(_differing("", then, now))


def _differing(at: str, then: Any, now: Any) -> Iterator[str]:
    match then, now:
        case dict(), dict():
            if then.keys() != now.keys():
                others = sorted(then.keys() ^ now.keys())
                yield f"{at or 'the answer'} has other members: {', '.join(others)}"
                return
            for name in then.keys() - PASSING:
                yield from _differing(f"{at}.{name}".lstrip("."), then[name], now[name])
        case list(), list() if len(then) == len(now):
            before, after = _chances(at, then), _chances(at, now)
            for number, (one, other) in enumerate(zip(before, after, strict=True)):
                yield from _differing(f"{at}[{number}]", one, other)
        case float(), float():
            yield from _far(at, then, now)
        case _ if type(then) is not type(now) or then != now:
            yield f"{at} is {now!r} and was {then!r}"
        case _:
            pass


def _chances(at: str, values: list[Any]) -> list[Any]:
    """Return logits of classes as probabilities, and all other lists as they are."""
    are_logits = at.endswith("probs") and all(isinstance(one, float) for one in values)
    if not values or not are_logits:
        return values
    most = max(values)
    parts = [math.exp(one - most) for one in values]
    return [one / sum(parts) for one in parts]


def _far(at: str, then: float, now: float) -> Iterator[str]:
    before, after = (math.exp(then), math.exp(now)) if "logprob" in at else (then, now)
    if not abs(before - after) <= CLOSE:
        yield f"{at} is {now} and was {then}"
