"""Says in words why a recorded decision came out as it did."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dsl.model import ReasonCode

if TYPE_CHECKING:
    from memory.records.record import DecisionRecord

_Plain = Mapping[str, Any]
_ASKED = {
    "left_off": "questions that are not written down",
    "past": "earlier calls per {per}",
    "turn": "messages of the user",
    "origins": "origin of {place}",
    "records": "rows of {tool} that hold a value",
    "directed": "whether a value was directed",
    "entities": "values inside a text",
    "user_texts": "texts of the user",
    "delegated": "whether the user handed the choice over",
    "saw": "whether the session saw something {level}",
    "labelled": "whether a value is labelled {label}",
    "session_has": "whether the session has the label {label}",
    "given": "fact {fact} of the request",
    "look_up": "fact {fact} of {source}",
    "score": "learned score by {judgement}",
    "judgement": "what the guard {guard} said in {ms} ms",
}


def explained(record: "DecisionRecord") -> list[str]:
    """Return the reasons of a decision, then what was asked for it and answered."""
    return [*map(said_reason, record.reasons), *_asked(record)]


def said_reason(reason: _Plain) -> str:
    """Say one reason in a line."""
    if reason["rule"] is None:
        words = [reason["code"], reason["path"], reason["detail"] or reason["because"]]
        return ": ".join(word for word in words if word)
    if reason["code"] == ReasonCode.SOFTENED:
        denied = f"rule {reason['rule']} of {reason['policy']} denied by a model"
        said = f"{denied}; {reason['detail']}"
        return f"{said}: {reason['because']}" if reason["because"] else said
    unknown = f" by unknown ({reason['path']} {reason['cause']})" if reason["cause"] else ""
    said = f"rule {reason['rule']} of {reason['policy']} says {reason['effect']}{unknown}"
    source = reason["source"]
    said += f" ({source['file']} line {source['line']})" if source else ""
    return f"{said}: {reason['because']}" if reason["because"] else said


def _asked(record: "DecisionRecord") -> Iterator[str]:
    for atom in record.atoms:
        about = {"question": atom["question"], "place": _place(atom["about"]), **atom["about"]}
        words = _ASKED.get(str(atom["question"]), "{question}").format_map(_Blank(about))
        by = f" (for {about['policy']})" if "policy" in about else ""
        yield f"{words}{by}: {_answer(atom['answer'])}"


def _place(about: _Plain) -> str:
    kind = f", read as {about['kind']}" if "kind" in about else ""
    at = about.get("at")
    return f"{at} of {about['tool']}{kind}" if at else f"a value{kind}"


def _answer(answer: Any) -> str:
    if isinstance(answer, Mapping):
        told = [name if value is True else f"{name} {value}" for name, value in answer.items()]
        return ", ".join(told) or "nowhere"
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return str(answer)


class _Blank(dict[str, Any]):
    """Leaves out what a record does not say."""

    def __missing__(self, _name: str) -> str:
        return "-"
