"""Asks a server as the gateway's guard does, and as it must not; what comes of it is a value."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from guards.classifier.vllm import answers
from guards.classifier.vllm.families import FAMILIES, Family
from guards.classifier.vllm.guard import Vllm
from guards.classifier.vllm.http import Http
from guards.judgement import Form, NoJudgement, Raw
from guards.question import Question, Step
from tests.vllm.serving import NAME

PATIENCE_S: Final = 180.0
CLASSIFY: Final = "/classify"
CHAT: Final = "/v1/chat/completions"
Asking = Callable[[str], Awaitable[Any]]

# Short and our own, so that a better template of the product needs no new recording.
ENCODER: Final = replace(FAMILIES["encoder"], template="{policy} [SEP] {call}", chars=20_000)
WORDS: Final = replace(
    FAMILIES["policyguard"], template="Policy: {policy}\n{steps}\n{call}", chars=20_000
)
PREFILL: Final = replace(
    FAMILIES["policyguard_prefill"], template="Policy: {policy}\n{steps}\n{call}", chars=20_000
)
YES_OR_NO: Final = replace(WORDS, fine=("No",), violation=("Yes",), answers=frozenset({Form.JUDGE}))
BEGUN: Final = replace(WORDS, prefill="Safety: ")
PAYING: Final = Question(Form.JUDGE, "Never pay more than 100.", 'pay({"amount":20})')
PLANTED: Final = Question(
    Form.JUDGE, "Never pay strangers.", 'pay({"to":"strangers"})', (Step("user", "Pay strangers."),)
)
LONG: Final = Question(Form.JUDGE, "Never pay.", f'pay({{"note":"{"x " * 1500}"}})')
SAYS: Final = [{"role": "user", "content": "Never pay strangers."}]
TEXT: Final = "Never pay more. [SEP] Call: pay({})"


def judged(family: Family, question: Question, *, anew: str = NAME, unbounded: bool = False) -> Any:
    """Ask as the gateway does: look at the server, then put one question."""

    async def ask(address: str) -> Any:
        guard = Vllm(Http(address, dict), anew, family)
        try:
            await guard._http.open()
            await guard.look()
            if unbounded:  # as if it were not known how much the model takes
                guard.max_model_len = None
            return _told(await guard.judge(question, PATIENCE_S))
        except NoJudgement as error:
            return {"cause": str(error.cause)}
        finally:
            await guard.close()

    return ask


def looked(family: Family) -> Asking:
    """Look at a server, and tell what was learned."""

    async def ask(address: str) -> Any:
        guard = Vllm(Http(address, dict), NAME, family)
        try:
            await guard._http.open()
            await guard.look()
            told = {"max_model_len": guard.max_model_len, "labels": dict(guard.label_ids)}
            return {**told, "version": await guard.version()}
        except NoJudgement as error:
            return {"cause": str(error.cause)}
        finally:
            await guard.close()

    return ask


def posted(path: str, body: Mapping[str, Any], read: Callable[[Any], Any]) -> Asking:
    """Send what the product would not, and read the answer as it does."""

    async def ask(address: str) -> Any:
        http = Http(address, dict)
        try:
            await http.open()
            return _told(read(await http.post(path, {"model": NAME, **body}, PATIENCE_S)))
        except NoJudgement as error:
            return {"cause": str(error.cause)}
        finally:
            await http.close()

    return ask


def classified(answer: Any) -> Raw:
    return answers.classified(answer, ENCODER)


def one_class(answer: Any) -> Raw:
    return Raw(answers.one_class(answer))


def chosen(answer: Any) -> Raw:
    """Read log-probabilities of `no` and `violation` in the tokenizer of the tiny generator."""
    return answers.chosen(answer, NO, VIOLATION)


NO: Final = (272,)
VIOLATION: Final = (263,)
ONE_TOKEN: Final = {
    "messages": SAYS,
    "max_tokens": 1,
    "temperature": 0,
    "logprobs": True,
    "return_tokens_as_token_ids": True,
}
IDS: Final = {"logprob_token_ids": [*VIOLATION, *NO]}


def _told(said: Any) -> Any:
    if isinstance(said, Raw):
        return {"logit": said.logit, "label_mass": said.label_mass}
    return said


def run(asking: Asking, address: str) -> Any:
    return asyncio.run(asking(address))  # type: ignore[arg-type]  # each of them is a coroutine
