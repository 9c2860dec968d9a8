"""The audience of a label is no address, so nobody belongs to it.

Why: a label with an audience is not carried by calls that keep to it. Who belongs to a team nobody
here can tell, so such words take nobody in, and the label is carried wherever a call goes.
Avoid: label get_user as secret for "treasury team"; rule a: deny mail when args has secret;
Prefer: label get_user as secret for "*@corp.com"; rule a: deny mail when args has secret;
Fix: none, only the author knows the addresses.
"""

from collections.abc import Iterator

from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit, once
from dsl.session import audience

LINT_RULE = LintRule(code="BAR415", name="audience-no-address", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find texts of audiences that are no pattern of addresses."""
    return once(_found(unit))


def _found(unit: Unit) -> Iterator[Finding]:
    for label in unit.policy.labels if unit.policy else ():
        known = audience.items(unit.policy, label.audience) if unit.policy else ()
        for one in known:
            if audience.pattern(str(one.value)) is None:
                message = f"`{one.value}` is no address, so nobody belongs to this audience"
                hint = 'write `"corp.com"`, `"*.corp.com"`, `"*@corp.com"` or `"bob@corp.com"`'
                yield LINT_RULE.at(one.span, message, hint)
        if label.audience is not None and not known:
            yield LINT_RULE.at(label.audience.span, "no address stands in this audience")
