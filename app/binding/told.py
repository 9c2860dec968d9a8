"""What the linter says of `bindings.toml`: which of its lines let a policy enforce less."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from app.binding.bindings import Binding, Rollout, rolled_out, said, shown
from app.binding.standing_by import standing_by
from dsl.errors import Finding, Source, Span

OBSERVED: Final = "observed"
IN_SHADOW: Final = "in_shadow"
STANDS_BY: Final = "stands_by"
_HELP: Final = (
    "`drawbar report` says what it would have refused; `drawbar enforce {}` lets it enforce"
)
_SHADOW_HELP: Final = (
    "`drawbar report` says what it would have changed; without `rollout` it enforces"
)


def findings(source: Source, bindings: Sequence[Binding], now: datetime) -> list[Finding]:
    """Return a finding at each place for which a policy does not enforce wherever it could."""
    ends = [one for one in bindings if one.observe_until is not None]
    found = [
        _observing(one, span, now)
        for one, span in zip(ends, _places(source.text, "observe_until", len(ends)), strict=True)
    ]
    kept = [one for one in bindings if one.rollout is not Rollout.ENFORCE]
    shadows = _places(source.text, "rollout", len(kept))
    found += [
        Finding(IN_SHADOW, rolled_out(one), span, "warning", _SHADOW_HELP)
        for one, span in zip(kept, shadows, strict=True)
    ]
    waits = [one for one in bindings if one.stands_by_for is not None]
    places = _places(source.text, "stands_by_for", len(waits))
    found += [
        Finding(STANDS_BY, standing_by(one), span, "info")
        for one, span in zip(waits, places, strict=True)
    ]
    return sorted(found, key=lambda one: one.span.start)


def _observing(one: Binding, span: Span, now: datetime) -> Finding:
    until = one.observe_until or now
    if one.observes(now):
        message = said(one.policy, until)
        return Finding(OBSERVED, message, span, "warning", _HELP.format(one.policy))
    message = f"the policy `{one.policy}` enforces since {shown(until)}: the line can go"
    return Finding(OBSERVED, message, span, "info")


def _places(text: str, key: str, number: int) -> list[Span]:
    """Return where a key is written, one for each entry that has it, in their order."""
    found = list(_written(text, key))
    return [found[at] if at < len(found) else Span(0, 0) for at in range(number)]


def _written(text: str, key: str) -> Iterator[Span]:
    at = 0
    for line in text.splitlines(keepends=True):
        written = line.partition("#")[0].rstrip()
        name, equals, value = written.partition("=")
        if equals and name.strip() == key and value.strip() not in _NOTHING:
            yield Span(at + len(name) - len(name.lstrip()), at + len(written))
        at += len(line)


_NOTHING: Final = ('"enforce"', "'enforce'")  # said, and no less than what holds without it
