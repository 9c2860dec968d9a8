"""A finding that offers a nearer name can be mended by it; whether that was meant is a guess."""

import re
from dataclasses import replace
from typing import Final

from dsl.errors import Edit, Finding, Fix, Source, Span

_OFFER: Final = re.compile(r"did you mean `([^`]+)`\?")
_QUOTED: Final = re.compile(r"`([^`]+)`")


def with_offer(source: Source, finding: Finding) -> Finding:
    """Return the finding with the fix that its help offers.

    The wrong name is the one that the message quotes and that stands once, as a whole word, in the
    place that is underlined; where that is not certain there is no fix.
    """
    offer = _OFFER.fullmatch(finding.help or "")
    if offer is None or finding.fix is not None:
        return finding
    text = source.text[finding.span.start : finding.span.end]
    found = [at for word in set(_QUOTED.findall(finding.message)) for at in _places(word, text)]
    if len(found) != 1:
        return finding
    start, end = found[0]
    place = Span(finding.span.start + start, finding.span.start + end)
    return replace(finding, fix=Fix((Edit(place, offer[1]),)))


def _places(word: str, text: str) -> list[tuple[int, int]]:
    whole = rf"(?<![\w-]){re.escape(word)}(?![\w-])"
    return [match.span() for match in re.finditer(whole, text)]
