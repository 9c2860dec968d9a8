"""Every way in which a served guard may answer wrongly, and what must come of it."""

from typing import Final

from dsl.model import Cause
from tests.guards.serving import Answer, chat, classified, one_class, says

NAN = b'{"data":[{"index":0,"label":"violation","probs":[NaN,1.0],"num_classes":2}]}'
_ENDED = "EngineCore encountered an issue. See stack trace (above) for the root cause."
# As vLLM 0.32 answers when its engine ends, and as others named it.
DEAD = {"error": {"message": _ENDED, "type": "InternalServerError", "param": None, "code": 500}}
DEAD_TOO = {"error": {"message": "the engine is gone", "type": "EngineDeadError"}}
LONG = {"error": {"message": "This model's maximum context length is 512 tokens."}}
LONG_TOO = {"error": {"message": "too long", "param": "input_tokens"}}
NO_TEMPLATE = {"error": {"message": "default chat template is no longer allowed"}}
TEXTS = [{"token": "violation", "logprob": -0.1}, {"token": "no", "logprob": -3.0}]

OF_A_CLASSIFIER: Final[list[tuple[Answer, Cause]]] = [
    (classified(3.0, probs=[0.05, 0.95]), Cause.BAD_SHAPE),  # the activation was applied
    (classified(3.0, probs=[0.1, 0.2, 0.9]), Cause.BAD_SHAPE),
    (classified(3.0, probs=[3.0]), Cause.BAD_SHAPE),
    (classified(3.0, probs=None), Cause.BAD_SHAPE),
    (classified(3.0, probs=["-1", "1"]), Cause.BAD_SHAPE),
    (classified(3.0, probs=[False, True]), Cause.BAD_SHAPE),
    (classified(3.0, num_classes=3), Cause.BAD_SHAPE),
    (classified(3.0, label="LABEL_1"), Cause.NOT_A_LABEL),
    (classified(3.0, label="no_violation"), Cause.NOT_A_LABEL),  # another order of classes
    (classified(3.0, index=1), Cause.BAD_SHAPE),
    (says({"data": []}), Cause.BAD_SHAPE),
    (says({"data": [{"index": 1}, {"index": 0}]}), Cause.BAD_SHAPE),
    (says({}), Cause.BAD_SHAPE),
    (says([]), Cause.BAD_SHAPE),
    (says(b"null"), Cause.BAD_SHAPE),
    (says(NAN), Cause.BAD_SHAPE),
    (says(b'{"data":[{"index":0,"lab'), Cause.BAD_SHAPE),  # cut
    (says(b"<html>"), Cause.BAD_SHAPE),
    (says(b" " * ((1 << 20) + 1)), Cause.BAD_SHAPE),
    (says(LONG, 400), Cause.INPUT_TOO_LONG),
    (says(LONG_TOO, 400), Cause.INPUT_TOO_LONG),
    (says(NO_TEMPLATE, 400), Cause.BAD_STATUS),
    (says({"error": "no such model"}, 404), Cause.BAD_STATUS),
    (says({}, 500), Cause.BAD_STATUS),
    (says({}, 503), Cause.BAD_STATUS),
    (says(b"", 307), Cause.BAD_STATUS),
    (says(DEAD, 500), Cause.ENGINE_DEAD),
    (says(DEAD_TOO, 500), Cause.ENGINE_DEAD),
    (None, Cause.CONNECT),
]

OF_A_GENERATOR: Final[list[tuple[Answer, Cause]]] = [
    (chat({5: -0.1, 6: -3.0}), Cause.NOT_A_LABEL),  # free text
    (chat({11: -0.1, 5: -3.0}), Cause.NOT_A_LABEL),
    (chat({21: -0.1, 5: -3.0}), Cause.NOT_A_LABEL),
    (chat({11: 0.0, 21: -9999.0}), Cause.NOT_A_LABEL),  # renormalised, or unknown to vLLM
    (chat({11: -2.0, 21: -2.0, 5: -0.3}), Cause.LOW_LABEL_MASS),
    (chat({11: 0.7, 21: -3.0}), Cause.BAD_SHAPE),
    (chat({}), Cause.BAD_SHAPE),
    (chat(logprobs=None), Cause.BAD_SHAPE),
    (chat(logprobs={"content": None}), Cause.BAD_SHAPE),
    (chat(logprobs={"content": []}), Cause.BAD_SHAPE),
    (chat(logprobs={"content": [{"top_logprobs": TEXTS}]}), Cause.BAD_SHAPE),
    (says({"choices": []}), Cause.BAD_SHAPE),
    (says({"choices": [{}, {}]}), Cause.BAD_SHAPE),
]

OF_ONE_PREFILL: Final[list[tuple[Answer, Cause]]] = [
    (classified(3.0), Cause.BAD_SHAPE),
    (one_class(3.0, num_classes=2), Cause.BAD_SHAPE),
    (one_class(3.0, probs=[]), Cause.BAD_SHAPE),
    (one_class(3.0, probs=["3.0"]), Cause.BAD_SHAPE),
    (one_class(3.0, probs=[True]), Cause.BAD_SHAPE),
    (one_class(3.0, index=1), Cause.BAD_SHAPE),
    (says(NAN.replace(b"NaN,1.0", b"NaN").replace(b":2}", b":1}")), Cause.BAD_SHAPE),
    (says(LONG, 400), Cause.INPUT_TOO_LONG),
    (says(NO_TEMPLATE, 400), Cause.BAD_STATUS),
    (says(DEAD, 500), Cause.ENGINE_DEAD),
    (None, Cause.CONNECT),
]
