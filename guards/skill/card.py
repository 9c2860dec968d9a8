"""The card of a calibrated guard: every figure with its limits, for people."""

from collections.abc import Iterator, Mapping, Sequence

from guards.skill.measure import Measured
from guards.skill.reading import Key
from guards.skill.wanting import missing

BAR = 20


def card(key: Key, measured: Sequence[Measured], unknowns: Mapping[str, int], labels: str) -> str:
    """Return the card as Markdown."""
    return "\n".join(_lines(key, measured, unknowns, labels)) + "\n"


def _lines(
    key: Key, measured: Sequence[Measured], unknowns: Mapping[str, int], labels: str
) -> Iterator[str]:
    yield f"# The guard `{key.model}`, asked as `{key.family}`"
    yield ""
    yield f"Calibrated on `{labels}`: labels of people, on the server that it is asked at."
    yield "The bound is the lower 2.5 % of the AUROC, drawn anew by whole groups of labels."
    yield "Brier score, calibration error, thresholds and reliability are of labels held out."
    if unknowns:
        told = ", ".join(f"{number} `{cause}`" for cause, number in sorted(unknowns.items()))
        yield ""
        yield f"Not answered, and left out of every figure: {told}."
    for one in measured:
        yield from _entry(one)


def named(one: Measured) -> str:
    """Say what an entry speaks of."""
    about = one.entry.about
    if about.label is not None:
        return f"classify, the label `{about.label}`"
    if about.kind is not None:
        return f"judge, kind `{about.kind} {about.polarity}`"
    return f"judge, the sentence {(about.sentence or '')[:16]}"


def _entry(one: Measured) -> Iterator[str]:
    entry = one.entry
    yield ""
    yield f"## {named(one)}"
    yield ""
    yield "May enforce." if entry.is_enabled else f"Shadow only. It lacks {'; '.join(entry.lacks)}."
    yield ""
    if (more := missing(one.wanting)) is not None:
        yield f"- missing: {more}"
    yield f"- labels {entry.labels}, groups {entry.clusters}, sentences {one.sentences}"
    yield f"- AUROC {entry.auroc:.3f}, bound {entry.bound:.3f}"
    told = ", ".join(f"{name} {value:.3f}" for name, value in entry.baselines.items())
    yield f"- baselines: {told}"
    if one.brier is None or one.ece is None or entry.curve is None:
        return
    yield f"- {entry.curve.method} on the other half; held out: {one.held_out} labels"
    yield f"- unknown (`in_band`): {one.in_band} of these"
    yield f"- Brier score {one.brier:.3f}, calibration error {one.ece:.3f}"
    for wanted, found in one.thresholds.items():
        words = f"`>= {found:.3f}`" if found is not None else "no threshold, too few violations"
        yield f"- surely misses at most {wanted} of violations: {words}"
    yield ""
    yield "| labels | mean p | violations | |"
    yield "| --- | --- | --- | --- |"
    for many, mean, share in one.bins:
        yield f"| {many} | {mean:.2f} | {share:.2f} | `{'#' * round(share * BAR)}` |"
