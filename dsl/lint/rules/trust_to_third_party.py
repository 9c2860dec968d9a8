"""A `source` trusts a field that people from outside write.

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
# Written by others whatever the tool is, and where the tool brings what others wrote.
_ALWAYS: Final = frozenset({"subject", "memo", "comment", "comments", "message", "snippet"})
_OF_OTHERS: Final = frozenset({"body", "text", "content", "title", "description", "note", "name"})
_FILES: Final = frozenset({"filename", "attachment", "attachments"})
_TOOLS: Final = frozenset(
    {"mail", "mails", "email", "emails", "inbox", "message", "messages", "ticket", "tickets"}
    | {"issue", "issues", "comment", "comments", "review", "reviews", "page", "web", "url"}
    | {"transaction", "transactions", "chat", "thread", "post", "posts", "form", "feedback"}
)


def check(unit: Unit) -> Iterator[Finding]:
    """Find trusted fields whose names say that others write them."""
    for source in unit.policy.sources if unit.policy else ():
        if source.level != "trusted" or source.whole:
            continue
        for field in source.fields:
            name = next((step for step in reversed(field.steps) if _is_name(step)), None)
            if name is not None and _by_others(field.tool, str(name)):
                message = f"others write `{name}` in what `{field.tool}` gives back"
                yield LINT_RULE.at(field.span, message, "declare it as `untrusted`")


def _is_name(step: str | int) -> bool:
    return isinstance(step, str) and step != syntax.EACH


def _by_others(tool: str, name: str) -> bool:
    if name in _ALWAYS:
        return True
    return name in _OF_OTHERS | _FILES and not _TOOLS.isdisjoint(wording.words(tool))
