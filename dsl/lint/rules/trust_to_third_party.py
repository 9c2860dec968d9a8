"""A `source` trusts what people from outside write.

Why: whoever writes to you fills in the subject, the comment or the text. A value that an attacker
put there would then count as your own, and the questions about origin let it pass.
Avoid: source get_mail.subject as trusted;
Prefer: source get_mail.subject as untrusted;
Fix: none, how far a field is trusted is yours to say.
"""

from collections.abc import Iterator
from typing import Final

from dsl import syntax
from dsl.errors import Finding
from dsl.lint import wording
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR407", name="trust-to-third-party", level="warning", since="0.1")


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Written by others whatever the tool is, and where the tool brings what others wrote.
_ALWAYS: Final = _listed("memo comment comments snippet")
_OF_OTHERS: Final = _listed(
    "subject message body text content title description note notes name summary filename "
    "attachment attachments"
)
_WRITTEN: Final = _listed(
    "mail mails email emails inbox message messages ticket tickets issue issues comment comments "
    "review reviews webpage website post posts tweet tweets thread chat feedback"
)
_TOOLS: Final = _WRITTEN | _listed("page pages web url transaction transactions form invitation")
_ABOUT: Final = _listed("by from in of for with to")  # what follows says which, not what
_COUNTED: Final = _listed("count counts id ids address settings status template templates label")
_HINT: Final = "declare it as `untrusted`, and as trusted only what nobody outside can write"
_TRAVEL: Final = _listed("flight train bus concert event plane parking")


def check(unit: Unit) -> Iterator[Finding]:
    """Find trusted fields and tools whose names say that others write them."""
    for source in unit.policy.sources if unit.policy else ():
        if source.level != "trusted" or source.whole:
            continue
        for field in source.fields:
            name = next((step for step in reversed(field.steps) if _is_name(step)), None)
            if name is None and not field.steps and _brings_writing(field.tool):
                message = f"others write what `{field.tool}` gives back"
                yield LINT_RULE.at(field.span, message, _HINT)
            elif name is not None and _by_others(field.tool, str(name)):
                message = f"others write `{name}` in what `{field.tool}` gives back"
                yield LINT_RULE.at(field.span, message, _HINT)


def _is_name(step: str | int) -> bool:
    return isinstance(step, str) and step != syntax.EACH


def _by_others(tool: str, name: str) -> bool:
    last = wording.words(name)[-1:]
    if _ALWAYS.intersection(last):
        return True
    return bool(_OF_OTHERS.intersection(last)) and not _TOOLS.isdisjoint(wording.words(tool))


def _brings_writing(tool: str) -> bool:
    """Tell whether all that a tool gives back is what others wrote: by what it reads."""
    found = wording.words(tool)
    if wording.changing(tool) or _TRAVEL & set(found):
        return False
    about = next((at for at, word in enumerate(found) if at and word in _ABOUT), len(found))
    read = found[:about]
    return bool(read) and read[-1] in _WRITTEN and not _COUNTED & set(found)
