"""A guard that a vLLM server serves."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from dsl.model import Cause
from dsl.strictjson import MAX_LEAVES
from guards.classifier.vllm import answers, batching, fixture
from guards.classifier.vllm.batching import Batches
from guards.classifier.vllm.canary import CANARY, CLOSE, compare
from guards.classifier.vllm.families import Family
from guards.classifier.vllm.http import Http
from guards.judgement import Form, NoJudgement, Raw
from guards.prompt import prompt
from guards.question import Question
from guards.skill.curve import sigmoid
from guards.skill.reading import Key

CHECK_S: Final = 30.0  # for one step of a check: a server that has just started is slow
LEAVES: Final = 200_000  # of what describes the server: far more than an answer has
TOP: Final = 20
ROUTES: Final = {
    "classify": ("/classify",),
    "chat": ("/tokenize", "/v1/chat/completions"),
    "prefill": ("/tokenize", "/classify"),
}
BACKEND: Final = "vllm"
CHARS_A_TOKEN: Final = 2  # fewer than texts have, so that the server refuses few


class Vllm:
    """Asks one model of one server in the way of its family."""

    def __init__(
        self,
        http: Http,
        model: str,
        family: Family,
        folder: Path | None = None,
        patience_s: float = CHECK_S,
    ) -> None:
        self._http = http
        self._batches: Batches | None = None
        self._patience_s = patience_s
        self._model = model
        self.family = family
        self._folder = folder
        self.label_ids: Mapping[str, int] = {}
        self.max_model_len: int | None = None
        self._known_by = fixture.known_by(folder)

    @property
    def model(self) -> str:
        """See `Guard`, here and below."""
        return self._model

    @property
    def prompt(self) -> str:
        """Name the version of how it is asked."""
        return self.family.prompt

    @property
    def key(self) -> Key:
        """See `Guard`; before it was checked, as the record tells."""
        return Key(self._model, self.prompt, self.family.name, BACKEND, self._known_by)

    @property
    def answers(self) -> frozenset[Form]:
        """Name the forms that its family answers."""
        return self.family.answers

    def together(self, wait_s: float) -> None:
        """Send questions of one moment together, where the family's route takes several."""
        if self.family.route == "classify":
            self._batches = Batches(self._classified, wait_s)

    async def open(self) -> None:
        """Look at routes, model and labels: as they were when the guard was verified."""
        await self._http.open()
        await self.look()
        recorded = await asyncio.to_thread(self._recorded)
        told = (recorded.model, recorded.family, recorded.prompt, dict(recorded.label_ids))
        if told != (self._model, self.family.name, self.prompt, dict(self.label_ids)):
            raise NoJudgement(Cause.GUARD_CANARY)

    async def check(self) -> None:
        """Ask the canary, one question after the other, and compare."""
        recorded = await asyncio.to_thread(self._recorded)
        compare(recorded.canary, await self.canary())
        self._known_by = recorded.digest

    async def canary(self) -> Sequence[float]:
        """Return what the guard says to the known questions."""
        return [(await self.judge(one, self._patience_s)).logit for one in CANARY]

    async def close(self) -> None:
        """Close the connections."""
        if self._batches is not None:
            await self._batches.close()
        await self._http.close()

    def _recorded(self) -> fixture.Fixture:
        if self._folder is None:
            raise NoJudgement(Cause.GUARD_CANARY)
        return fixture.read(self._folder)

    async def look(self) -> None:
        """Learn what the server can do, or raise."""
        paths = (await self._object("/openapi.json", LEAVES)).get("paths")
        if not isinstance(paths, Mapping) or not all(p in paths for p in ROUTES[self.family.route]):
            raise NoJudgement(Cause.BAD_STATUS)
        served = (await self._object("/v1/models")).get("data")
        rows = (
            [one for one in served if isinstance(one, Mapping)] if isinstance(served, list) else []
        )
        row = next((one for one in rows if one.get("id") == self._model), None)
        if row is None:
            raise NoJudgement(Cause.BAD_STATUS)
        length = row.get("max_model_len")
        self.max_model_len = length if isinstance(length, int) and length > 0 else None
        if self.family.route != "classify":
            await self._labels()
        if self.family.route == "prefill":
            await self._logits()

    async def version(self) -> str:
        """Return what the server says it is."""
        return str((await self._object("/version")).get("version", "unknown"))

    async def _object(self, path: str, leaves: int = MAX_LEAVES) -> Mapping[str, Any]:
        found = await self._http.get(path, self._patience_s, leaves)
        if not isinstance(found, Mapping):
            raise NoJudgement(Cause.BAD_SHAPE)
        return found

    async def _labels(self) -> None:
        """Learn the first token of each label; both kinds of labels must differ there."""
        found = {}
        for label in (*self.family.fine, *self.family.violation):
            body = {"model": self._model, "prompt": label, "add_special_tokens": False}
            answer = await self._http.post("/tokenize", body, self._patience_s)
            tokens = answer.get("tokens") if isinstance(answer, Mapping) else None
            if not isinstance(tokens, list) or not tokens or not isinstance(tokens[0], int):
                raise NoJudgement(Cause.BAD_SHAPE)
            found[label] = tokens[0]
        self.label_ids = found
        if set(self._ids(self.family.fine)) & set(self._ids(self.family.violation)):
            raise NoJudgement(Cause.NOT_A_LABEL)

    async def _logits(self) -> None:
        """See that a logit comes where one is asked for: by itself a number does not tell."""
        text = f"{self.family.fine[0]} or {self.family.violation[0]}?"
        body = self._turns(text)
        logit = await self._http.post("/classify", body, self._patience_s)
        chance = await self._http.post(
            "/classify", {**body, "use_activation": True}, self._patience_s
        )
        if abs(sigmoid(answers.one_class(logit)) - answers.one_class(chance)) > CLOSE:
            raise NoJudgement(Cause.BAD_SHAPE)

    def _ids(self, labels: Sequence[str]) -> list[int]:
        return sorted({self.label_ids[one] for one in labels})  # two may begin alike

    async def judge(self, question: Question, seconds: float) -> Raw:
        """Ask one question."""
        text = prompt(self.family.template, question, self._room)
        match self.family.route:
            case "classify" if self._batches is not None:
                return await self._batches.ask(text, seconds)
            case "classify":
                answer = await self._http.post("/classify", self._text(text), seconds)
                return answers.classified(answer, self.family)
            case "prefill":
                answer = await self._http.post("/classify", self._turns(text), seconds)
                return Raw(answers.one_class(answer))
            case _:
                answer = await self._http.post("/v1/chat/completions", self._chat(text), seconds)
                ids = (self._ids(self.family.fine), self._ids(self.family.violation))
                return answers.chosen(answer, *ids)

    async def _classified(self, texts: Sequence[str], seconds: float) -> batching.Answered:
        """Ask several questions at once; one alone is asked as ever."""
        body = self._text(texts[0] if len(texts) == 1 else texts)
        answer = await self._http.post("/classify", body, seconds)
        return answers.several(answer, self.family, len(texts))

    def _text(self, text: str | Sequence[str]) -> dict[str, Any]:
        return {"model": self._model, "input": text, "use_activation": False}

    @property
    def _room(self) -> int:
        """Return how many characters a prompt may have."""
        if self.max_model_len is None:
            return self.family.chars
        return min(self.family.chars, CHARS_A_TOKEN * self.max_model_len)

    def _chat(self, text: str) -> dict[str, Any]:
        """Return a chat request: one token, raw, and what the labels' tokens would have got."""
        return {
            **self._said(text),
            "max_tokens": 1,
            "temperature": 0,
            "logprobs": True,
            "top_logprobs": TOP,
            "logprob_token_ids": sorted(set(self.label_ids.values())),
            "return_tokens_as_token_ids": True,
        }

    def _turns(self, text: str) -> dict[str, Any]:
        """Return a request for the logit of two label tokens, where an answer would begin."""
        return {**self._said(text), "use_activation": False}

    def _said(self, text: str) -> dict[str, Any]:
        """Return the turns of a chat up to where the label follows."""
        messages = [{"role": "user", "content": text}]
        if self.family.prefill:
            messages.append({"role": "assistant", "content": self.family.prefill})
        return {
            "model": self._model,
            "messages": messages,
            "add_generation_prompt": not self.family.prefill,
            "continue_final_message": bool(self.family.prefill),
            **({"chat_template_kwargs": dict(self.family.kwargs)} if self.family.kwargs else {}),
        }
