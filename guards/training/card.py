"""The card of a trained encoder, for people: how it came about, every figure, and its limits."""

from collections.abc import Iterator, Mapping
from typing import Any

from guards.training.figures import Figures
from guards.training.plan import Plan

_LIMITS = """
- It answers one question: does this call break this sentence? It knows nothing of harm,
  privacy or law.
- The figures are of labels held back from the same file. On sentences of another kind it is worth
  less, and may be worth nothing.
- It reads {tokens} tokens. Sentence and call must fit whole, else it gives no answer.
- The labels hold earlier calls alone, no words of users and no results, which it may see when it
  is asked.
- It may enforce nothing: `drawbar guard calibrate` decides that, by labels of people that it
  was not trained on.
"""


def card(plan: Plan, counts: Mapping[str, Any], found: Figures) -> str:
    """Return the card as Markdown."""
    return "\n".join(_lines(plan, counts, found)) + "\n"


def _lines(plan: Plan, counts: Mapping[str, Any], found: Figures) -> Iterator[str]:
    yield "# A trained encoder"
    yield ""
    yield f"Trained on `{plan.labels.name}` from the weights in `{plan.base.name}`, one text each:"
    yield "`policy [SEP] steps and call`, all tokens of type 0."
    yield "Its labels are `no_violation` and `violation`."
    yield ""
    yield "## How it came about"
    yield ""
    for name, value in counts.items():
        yield f"- {name.replace('_', ' ')}: {value}"
    told = f"{plan.epochs} epochs at most, batches of {plan.batch}, rate {plan.rate:g}"
    yield f"- seed {plan.seed}, {told}"
    yield ""
    yield "## Held back"
    yield ""
    yield f"- labels {found.held}, groups {found.clusters}, none of which it learned from"
    yield f"- AUROC {found.auroc:.3f}, bound {found.bound:.3f}: lower 2.5 %, groups drawn anew"
    told = ", ".join(f"{name} {value:.3f}" for name, value in found.baselines.items())
    yield f"- without any model: {told}"
    if not found.shows_something:
        yield f"- **Its bound is not above `{found.best}`: it has shown nothing.**"
    yield f"- these are of the file with 8 bits; its logits are off by {found.off:.3f} at most"
    yield ""
    yield "## Limits"
    yield _LIMITS.format(tokens=plan.tokens).rstrip()
