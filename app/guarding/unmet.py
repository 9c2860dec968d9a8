"""Rules in force that rest on a score no guard of the settings has shown that it can give."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from dsl import syntax
from dsl.errors import Finding, Source, Span
from dsl.lint import suppress
from dsl.lint.reading import Reading
from dsl.lint.rule import Unit
from dsl.lint.rules.judge_without_guard import LINT_RULE
from dsl.model import Effect
from dsl.place import placed
from guards.asking import Asker
from guards.judgement import Form
from guards.question import Question

NO_SKILL: Final = "judge-no-skill"
UNCALIBRATED: Final = "guard-uncalibrated"
_LATE: Final = (NO_SKILL, "rules on results and replies get no score")
_FORMS: Final = {form.value: form for form in Form}


def unmet(units: Iterable[Unit], askers: Mapping[str, Asker]) -> Iterator[tuple[Source, Finding]]:
    """Yield, once a rule, the scores that stay unknown; a suppression of BAR408 gives a reason."""
    for unit in units:
        if unit.policy is None:
            continue
        for finding in _of(placed(unit.policy), tuple(askers.values())):
            if not _is_suppressed(unit.source, finding):
                yield unit.source, finding


def _of(policy: syntax.Policy, askers: Sequence[Asker]) -> Iterator[Finding]:
    reading = Reading(policy, None)
    for rule in policy.rules:
        if rule.shadow:
            continue
        scores = reading.nodes(rule.condition, syntax.Judged)
        found = (_lack(one, askers) if rule.phase == "call" else _LATE for one in scores)
        if (lack := next((one for one in found if one is not None), None)) is not None:
            code, words = lack
            does = "denies" if rule.effect is Effect.DENY else "asks about"
            message = f"{words}, so `{rule.name}` {does} whatever its plain conditions select"
            hint = "write `mode shadow` until then; `drawbar guard calibrate` shows skill"
            span: Span = rule.name_span
            yield Finding(code, message, span, "warning", hint)


def _lack(judged: syntax.Judged, askers: Sequence[Asker]) -> tuple[str, str] | None:
    form = _FORMS.get(judged.name)
    able = [one for one in askers if form in one.guard.answers]
    if form is None or not able:
        return NO_SKILL, f"no guard is set up for `{judged.name}`"
    question = Question(form, judged.text, "", (), judged.kind, judged.polarity)
    if any(one.reading.lack(question) is None for one in able):
        return None
    if not any(one.reading.entries for one in able):
        return UNCALIBRATED, f"the guard `{able[0].name}` is not calibrated"
    if not any(one.reading.fits for one in able):
        name = next(one.name for one in able if one.reading.entries)
        words = f"the skill of the guard `{name}` is of another model or verification"
        return UNCALIBRATED, words
    about = f"`{judged.kind} {judged.polarity}`" if judged.kind else f'"{judged.text}"'
    return NO_SKILL, f"no guard has shown skill for {about}"


def _is_suppressed(source: Source, finding: Finding) -> bool:
    known = replace(finding, code=LINT_RULE.code)
    return known not in suppress.apply(source, [known])
