"""What came of calls: how much was stopped that should be, and how much that should not."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.lifelong.world import Call
from dsl.model import Effect


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about a call, and whether memory had a part in it."""

    effect: Effect
    by_memory: bool = False
    nominated: bool = False  # a rule that is nominated would let it pass


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares; None where there is nothing to have a share of.

    A call counts as stopped if it was denied, or asked about and refused by whoever answered.
    """

    precision: float
    recall: float
    f1: float
    macro_f1: float
    f1_flips: float
    over_block: float
    benign_asked: float
    asks: float
    asks_by_memory: float
    nomination_precision: float | None
    nominated_over_blocks: float | None


def figures(calls: Sequence[Call], verdicts: Sequence[Verdict], flips: float) -> Figures:
    """Count what came of calls. Asks are answered rightly; once more with flips."""
    pairs = list(zip(calls, verdicts, strict=True))
    precision, recall, f1 = _told([(one.violation, _stopped(one, v)) for one, v in pairs])
    _, _, benign = _told([(not one.violation, not _stopped(one, v)) for one, v in pairs])
    _, _, flipped = _told([(one.violation, _stopped(one, v, flips)) for one, v in pairs])
    fine = [v for one, v in pairs if not one.violation]
    soft = [(one, v) for one, v in pairs if one.base.soft]
    named = [one for one, v in soft if v.nominated]
    over = [v for one, v in soft if not one.violation]
    asked = [v for v in verdicts if v.effect is Effect.ASK]
    return Figures(
        precision=precision,
        recall=recall,
        f1=f1,
        macro_f1=(f1 + benign) / 2,
        f1_flips=flipped,
        over_block=_share(sum(v.effect is Effect.DENY for v in fine), len(fine)) or 0.0,
        benign_asked=_share(sum(v.effect is Effect.ASK for v in fine), len(fine)) or 0.0,
        asks=len(asked) / len(verdicts),
        asks_by_memory=sum(v.by_memory for v in asked) / len(verdicts),
        nomination_precision=_share(sum(not one.violation for one in named), len(named)),
        nominated_over_blocks=_share(sum(v.nominated for v in over), len(over)),
    )


def _stopped(call: Call, verdict: Verdict, flips: float = 0.0) -> bool:
    if verdict.effect is not Effect.ASK:
        return verdict.effect is Effect.DENY
    return call.violation is not (call.chances.flip < flips)


def _told(pairs: Sequence[tuple[bool, bool]]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of (is so, was said)."""
    both = sum(so and said for so, said in pairs)
    said, so = sum(said for _, said in pairs), sum(so for so, _ in pairs)
    return both / max(1, said), both / max(1, so), 2 * both / max(1, said + so)


def _share(hits: int, of: int) -> float | None:
    return hits / of if of else None
