"""A reply tells a secret: one that a test compares with, a password, or what carries a label.

Why: the reply goes to the agent, and from there perhaps to whoever talked it into the call; it
stands in the records too.
Avoid: rule a: deny run when args.pin != "4711" reply "The pin is 4711.";
Prefer: rule a: deny run when args.pin != "4711" reply "Ask the user for the pin.";
Fix: none, what the agent must know is yours to say.
"""

from collections.abc import Iterator
from typing import Final

from dsl import syntax
from dsl.errors import Finding
from dsl.evaluation import interpolate
from dsl.lint import wording
from dsl.lint.reading import Reading, Steps
from dsl.lint.rule import LintRule, Unit
from dsl.lint.schemas import schema_at

LINT_RULE = LintRule(code="BAR414", name="reply-leaks-value", level="warning", since="0.1")
_SHORTEST: Final = 3
_SECRETS: Final = (
    "password passwd passphrase passcode pin secret secrets token otp cvv credential credentials "
    "apikey"
)
_SECRET: Final = frozenset(_SECRETS.split())
_NO_SECRETS: Final = (("page", "token"), ("next", "token"))
_SECRET_PAIRS: Final = (("api", "key"), ("private", "key"), ("secret", "key"), ("access", "key"))


def check(unit: Unit) -> Iterator[Finding]:
    """Find secrets in replies: written out, or as the value of an argument."""
    for rule in unit.reading.rules:
        if rule.reply is not None:
            parts = list(interpolate.parts(rule.reply))
            said = [*_shown(unit.reading, rule, parts), *_written(unit.reading, rule, parts)]
            if said:
                message = f"the reply of `{rule.name}` {said[0]}"
                yield LINT_RULE.at(rule.name_span, message, "say what to do, and not the value")


def _shown(reading: Reading, rule: syntax.Rule, parts: list[str | syntax.Path]) -> Iterator[str]:
    """Say which values of the call are shown that should not be."""
    carrying = {reading.place(has.value) for has in reading.nodes(rule.condition, syntax.Has)}
    for path in parts:
        place = reading.place(path) if isinstance(path, syntax.Path) else None
        if place is None:
            continue
        if _secret(reading, rule, place):
            yield f"shows the secret `{path}`"
        elif any(within is not None and place[: len(within)] == within for within in carrying):
            yield f"shows `{path}`, which may carry what must not leave"


def _written(reading: Reading, rule: syntax.Rule, parts: list[str | syntax.Path]) -> Iterator[str]:
    """Say which secret is told that a value of the call is compared with."""
    words = " ".join(part for part in parts if isinstance(part, str))
    for one in reading.asked(rule.condition):
        match one.test:
            case syntax.Comparison(left, "==" | "!=", right):
                pairs = [(left, right), (right, left)]
            case syntax.Membership(left, syntax.ListOf(items)):
                pairs = [(left, item) for item in items]
            case _:
                continue
        for side, other in pairs:
            place = reading.place(side, one.bound)
            if place and isinstance(other, syntax.Constant) and _secret(reading, rule, place):
                text = str(other.value)
                if len(text) >= _SHORTEST and text in words:
                    yield f"tells the value that `{'.'.join(map(str, place))}` is compared with"


def _secret(reading: Reading, rule: syntax.Rule, place: Steps) -> bool:
    """Tell whether an argument is a secret, by its name or by what the schema says."""
    named = [step for step in place if isinstance(step, str) and step != syntax.EACH]
    found = wording.words(named[-1]) if named else ()
    if found[-2:] in _SECRET_PAIRS or (found[-1:] and found[-1] in _SECRET):
        return found[-2:] not in _NO_SECRETS
    schemas = [schema_at(tool, place) for tool in reading.tools(rule)]
    return any(one.get("format") == "password" or one.get("writeOnly") is True for one in schemas)
