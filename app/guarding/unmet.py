"""Rules in force that rest on a score no guard of the settings has shown that it can give."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from dsl import syntax, walk
from dsl.errors import Finding, Source, Span
from dsl.lint import suppress
from dsl.lint.rule import LintRule, Unit
from dsl.lint.rules import judge_kind_doubtful
from dsl.lint.rules.judge_without_guard import LINT_RULE
from dsl.model import Effect
from dsl.place import placed
from dsl.sentences.rules import name_of
from dsl.sentences.slots import Meant
from guards.asking import Asker
from guards.judgement import Form
from guards.question import Question

DOUBTFUL: Final = "judge-kind-doubtful"
NO_SKILL: Final = "judge-no-skill"
UNCALIBRATED: Final = "guard-uncalibrated"
_LATE: Final = (NO_SKILL, "rules on results and replies get no score")
_FORMS: Final = {form.value: form for form in Form}


def unmet(units: Iterable[Unit], askers: Mapping[str, Asker]) -> Iterator[tuple[Source, Finding]]:
    """Yield, once a rule, the scores that stay unknown, and each sentence that may be mis-declared.

    A suppression gives a reason: of BAR408 for the scores, of BAR419 for the sentences.
    """
    for unit in units:
        if unit.policy is None or next(walk.nodes(unit.policy, syntax.Judged), None) is None:
            continue  # most policies ask for no score
        whole = replace(unit, policy=placed(unit.policy))
        for finding in _of(whole, tuple(askers.values())):
            if not _is_suppressed(unit.source, finding, LINT_RULE):
                yield unit.source, finding
        for finding in judge_kind_doubtful.check(whole):
            doubt = replace(finding, code=DOUBTFUL)
            in_force = finding.level != "info"
            if in_force and not _is_suppressed(unit.source, doubt, judge_kind_doubtful.LINT_RULE):
                yield unit.source, doubt


def _of(unit: Unit, askers: Sequence[Asker]) -> Iterator[Finding]:
    for rule in unit.reading.rules:
        if rule.shadow:
            continue
        meant = unit.meanings.get(rule.name, {})
        scores = [
            one
            for one in unit.reading.nodes(rule.condition, syntax.Judged)
            if not isinstance(meant.get(name_of(one)), Meant)  # code decides it
        ]
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


def _is_suppressed(source: Source, finding: Finding, by: LintRule) -> bool:
    known = replace(finding, code=by.code)
    return known not in suppress.apply(source, [known])
