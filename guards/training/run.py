"""A whole run: labels to cases, cases to weights, weights to a folder with its figures."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch

from guards.classifier.encoder.asking import fitted
from guards.classifier.encoder.runtime import Runtime
from guards.classifier.encoder.tokens import ids, tokenizer
from guards.judgement import NoJudgement
from guards.skill import labels
from guards.skill.labels import Case
from guards.training import keeping
from guards.training.card import card
from guards.training.export import export
from guards.training.figures import Figures, figures
from guards.training.parts import TooFew, parted
from guards.training.plan import Plan
from guards.training.tuning import Example, Tell, Tuning, logits
from guards.training.weights import TOKENIZER

# What servers read beside the weights, where the base has it.
_BESIDE: Final = (TOKENIZER, "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run; `kept` is the bound of a better one that stays."""

    figures: Figures
    kept: float | None
    folder: Path


@dataclass(frozen=True, slots=True)
class _Read:
    """Cases with their numbers; those too long are left out."""

    cases: Sequence[Case]
    examples: Sequence[Example]

    @property
    def is_mixed(self) -> bool:
        """Tell whether both kinds are left."""
        return {case.truth for case in self.cases} == {True, False}


def run(plan: Plan, tell: Tell) -> Outcome:
    """Train, measure and write; what lies in the folder stays if its bound is higher."""
    before = keeping.bound(plan.out)
    began = time.monotonic()
    parts = parted(labels.read(plan.labels), plan.seed)
    learned, watched, held = (
        _read(plan, one) for one in (parts.learned, parts.watched, parts.held)
    )
    if too_short := next((one for one in (learned, watched, held) if not one.is_mixed), None):
        words = f"only {len(too_short.cases)} of a part fit into {plan.tokens} tokens"
        raise TooFew(f"{words}, and not of both kinds")
    tell(f"learning from {len(learned.cases)} labels, stopping by {len(watched.cases)}")
    tuning = Tuning(plan, learned.examples, watched.examples)
    epochs = tuning.train(tell)
    candidate = plan.work / "candidate"
    write(tuning.model, plan, candidate)
    tell(f"asking about {len(held.cases)} labels held back")
    found = figures(held.cases, _served(candidate, held), logits(tuning.model, held.examples))
    counts: dict[str, Any] = {
        "learned_from": len(learned.cases),
        "stopped_by": len(watched.cases),
        "held_back": len(held.cases),
        "too_long": sum(map(len, (parts.learned, parts.watched, parts.held)))
        - sum(len(one.cases) for one in (learned, watched, held)),
        "epochs": epochs,
        "seconds": round(time.monotonic() - began),
        "threads": plan.threads,
        "torch": str(torch.__version__),
    }
    (candidate / "card.md").write_text(card(plan, counts, found), "utf-8")
    about = {"seed": plan.seed, "counts": counts, "figures": asdict(found)}
    keeping.describe(candidate, about)
    if before is not None and before > found.bound:
        return Outcome(found, before, candidate)
    keeping.put(candidate, plan.out)
    shutil.rmtree(plan.work)
    return Outcome(found, None, plan.out)


def _read(plan: Plan, cases: Sequence[Case]) -> _Read:
    made = tokenizer((plan.base / TOKENIZER).read_bytes())
    kept, examples = [], []
    for case in cases:
        try:
            _, numbers = fitted(case.question, lambda text: ids(made, text), plan.tokens)
        except NoJudgement:
            continue
        kept.append(case)
        examples.append(Example(numbers, case.truth))
    return _Read(kept, examples)


def write(model: Any, plan: Plan, folder: Path) -> None:
    """Write weights as `transformers` and vLLM load them, and as ONNX beside."""
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    for name in _BESIDE:
        if (plan.base / name).is_file():
            shutil.copyfile(plan.base / name, folder / name)
    export(folder, folder, "labels", plan.tokens)


def _served(folder: Path, held: _Read) -> list[float]:
    """Return the logits of the file that the gateway asks."""
    runtime = Runtime.load(folder)
    found = (runtime.run(one.ids) for one in held.examples)
    return [float(one[1] - one[0]) for one in found]
