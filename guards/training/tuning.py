"""Trains a cross-encoder on labelled cases: seeded, with an early end, and it goes on after a kill.

It needs `torch` and `transformers`, and neither ONNX nor the gateway.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import torch
from transformers import BertForSequenceClassification
from transformers.utils import logging

from guards.training import checkpoint
from guards.training.plan import Plan
from guards.training.weights import LABELS

WARM_UP: Final = 0.06
DECAY: Final = 0.01
LONGEST_STEP: Final = 1.0  # how far the gradient of one step may lead
TOLD_S: Final = 5.0
_ASKED_AT_ONCE: Final = 64
Tell = Callable[[str], None]


class Diverged(ValueError):
    """Training went astray, and nothing is written."""


@dataclass(frozen=True, slots=True)
class Example:
    """A case as numbers."""

    ids: Sequence[int]
    truth: bool


@dataclass(slots=True)
class _Best:
    loss: float = float("inf")
    epoch: int = -1
    weights: Mapping[str, Any] = field(default_factory=dict)


class Tuning:
    """One run. `train` ends with the best weights that were seen, not with the last ones."""

    def __init__(self, plan: Plan, learned: Sequence[Example], watched: Sequence[Example]) -> None:
        self._plan = plan
        self._learned = learned
        self._watched = watched
        self._digest = plan.digest(str(torch.__version__))
        torch.set_num_threads(plan.threads)
        torch.use_deterministic_algorithms(mode=True)
        torch.manual_seed(plan.seed)
        self.model = _model(plan.base)
        self._free = {n: p for n, p in self.model.named_parameters() if p.requires_grad}
        self._steps = torch.optim.AdamW(self._free.values(), lr=plan.rate, weight_decay=DECAY)
        self._epoch = self._step = 0
        self._best = _Best()
        self._saved_at = self._told_at = time.monotonic()

    @property
    def steps_an_epoch(self) -> int:
        """Return how many batches there are."""
        return -(-len(self._learned) // self._plan.batch)

    def train(self, tell: Tell) -> int:
        """Train until the end, or until nothing gets better; return how many epochs that were."""
        self._go_on(tell)
        while self._epoch < self._plan.epochs and not self._is_stuck:
            self._one_epoch(tell)
            loss = self._watched_loss()
            if loss < self._best.loss:
                self._best = _Best(loss, self._epoch, self._weights())
            self._epoch, self._step = self._epoch + 1, 0
            tell(f"epoch {self._epoch} of {self._plan.epochs}: loss {loss:.4f} on what it stops by")
            self._save()
        self._put(self._best.weights)
        return self._epoch

    @property
    def _is_stuck(self) -> bool:
        return self._epoch - 1 - self._best.epoch >= self._plan.patience and self._epoch > 0

    def _one_epoch(self, tell: Tell) -> None:
        order = list(range(len(self._learned)))
        # The same order each time, and no secret.
        random.Random(f"{self._plan.seed} {self._epoch}").shuffle(order)  # noqa: S311
        self.model.train()
        size = self._plan.batch
        while self._step < self.steps_an_epoch:
            at = self._step * size
            loss = self._one_step([self._learned[one] for one in order[at : at + size]])
            self._step += 1
            self._say(tell, loss)
            if time.monotonic() - self._saved_at >= self._plan.save_s:
                self._save()

    def _one_step(self, examples: Sequence[Example]) -> float:
        for group in self._steps.param_groups:
            group["lr"] = self._plan.rate * self._pace()
        logits = self._asked(examples)
        truths = torch.tensor([int(one.truth) for one in examples])
        loss = torch.nn.functional.cross_entropy(logits, truths)
        self._steps.zero_grad()
        if not torch.isfinite(loss):
            raise Diverged("what is learned is no number any more; a smaller rate may help")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._free.values(), LONGEST_STEP)
        self._steps.step()
        return float(loss.detach())

    def _pace(self) -> float:
        """Return the share of the full rate: it rises first, and then falls to nothing."""
        whole = self._plan.epochs * self.steps_an_epoch
        done = self._epoch * self.steps_an_epoch + self._step
        warm = max(1, round(WARM_UP * whole))
        return (done + 1) / warm if done < warm else (whole - done) / max(1, whole - warm)

    def _asked(self, examples: Sequence[Example]) -> Any:
        return self.model(**batch(examples)).logits

    def _watched_loss(self) -> float:
        pairs = zip(logits(self.model, self._watched), self._watched, strict=True)
        losses = [
            float(torch.nn.functional.softplus(torch.tensor(-one if case.truth else one)))
            for one, case in pairs
        ]
        return sum(losses) / len(losses)

    def _weights(self) -> dict[str, Any]:
        return {name: one.detach().clone() for name, one in self._free.items()}

    def _put(self, weights: Mapping[str, Any]) -> None:
        with torch.no_grad():
            for name, one in weights.items():
                self._free[name].copy_(one)

    def _say(self, tell: Tell, loss: float) -> None:
        if time.monotonic() - self._told_at < TOLD_S:
            return
        self._told_at = time.monotonic()
        tell(
            f"epoch {self._epoch + 1}, step {self._step} of {self.steps_an_epoch}: loss {loss:.4f}"
        )

    def _save(self) -> None:
        self._saved_at = time.monotonic()
        best = {"loss": self._best.loss, "epoch": self._best.epoch, "weights": self._best.weights}
        state = {
            "epoch": self._epoch,
            "step": self._step,
            "weights": self._weights(),
            "steps": self._steps.state_dict(),
            "best": best,
        }
        checkpoint.write(self._plan.work, self._digest, state)

    def _go_on(self, tell: Tell) -> None:
        state = checkpoint.read(self._plan.work, self._digest)
        if state is None:
            return
        self._epoch, self._step = state["epoch"], state["step"]
        self._put(state["weights"])
        self._steps.load_state_dict(state["steps"])
        self._best = _Best(**state["best"])
        tell(f"going on after epoch {self._epoch}, step {self._step}")


def _model(base: Path) -> Any:
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    # From a folder, never from a hub, so there is no revision to pin.
    model = BertForSequenceClassification.from_pretrained(  # nosec B615
        base,
        local_files_only=True,
        id2label=dict(enumerate(LABELS)),
        label2id={label: number for number, label in enumerate(LABELS)},
    )
    for one in model.bert.embeddings.parameters():
        one.requires_grad = False  # few labels teach no words
    return model


def batch(examples: Sequence[Example]) -> dict[str, Any]:
    """Return examples as a model takes them, the shorter ones filled up; all of one type."""
    most = max(len(one.ids) for one in examples)
    rows = [[*one.ids, *(0 for _ in range(most - len(one.ids)))] for one in examples]
    masks = [[1] * len(one.ids) + [0] * (most - len(one.ids)) for one in examples]
    ids, mask = torch.tensor(rows), torch.tensor(masks)
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)}


def logits(model: Any, examples: Sequence[Example]) -> list[float]:
    """Return how much each is rather a violation, as a logit."""
    model.eval()
    found = list[float]()
    with torch.inference_mode():
        for at in range(0, len(examples), _ASKED_AT_ONCE):
            told = model(**batch(examples[at : at + _ASKED_AT_ONCE])).logits
            found += (told[:, 1] - told[:, 0]).tolist()
    return found
