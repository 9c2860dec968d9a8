"""Calibration and skill: exact bounds, curves that rise, and no skill where it was not shown."""

import json
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guards.judgement import Form
from guards.skill import manifest
from guards.skill.band import Band, band
from guards.skill.bounds import Labelled, auroc, between, most_missed, surely, threshold
from guards.skill.curve import Curve, brier, sigmoid
from guards.skill.entry import About, digest
from guards.skill.fit import fit, isotonic, platt, temperature
from guards.skill.reading import Key
from tests.guards.standing_in import SENTENCE, SKILLED, question


@pytest.mark.parametrize(
    ("missed", "of", "wanted", "holds"),
    [
        (0, 59, 0.05, True),
        (0, 58, 0.05, False),
        (0, 299, 0.01, True),
        (0, 298, 0.01, False),
        (1, 93, 0.05, True),
        (1, 92, 0.05, False),
        (0, 0, 0.99, False),
        (5, 5, 0.99, False),
    ],
)
def test_the_bound_on_misses_is_exact(missed: int, of: int, wanted: float, holds: bool) -> None:  # noqa: FBT001 - one answer
    """At most 5 % of misses need 0 of 59, at most 1 % need 0 of 299."""
    assert (most_missed(missed, of) <= wanted) is holds


def test_a_threshold_is_the_highest_that_surely_misses_so_few() -> None:
    """With 59 violations none may be missed; with fewer there is no threshold."""
    scores = [number / 100 for number in range(20, 79)]

    assert threshold(scores, 0.05) == 0.2
    assert threshold(scores[1:], 0.05) is None
    assert threshold([*scores, *scores], 0.05) is not None


def drawn(number: int, slope: float, offset: float) -> tuple[list[float], list[bool]]:
    draw = random.Random(1)  # noqa: S311 - the same each time
    logits = [draw.gauss(0, 2) for _ in range(number)]
    return logits, [draw.random() < sigmoid(slope * one + offset) for one in logits]


@pytest.mark.parametrize(
    ("number", "method"), [(49, None), (50, "temperature"), (199, "temperature"), (200, "platt")]
)
def test_few_labels_fit_few_numbers(number: int, method: str | None) -> None:
    """Under 50 labels nothing is fitted, then a slope, then a slope and an offset."""
    curve = fit(*drawn(number, 1, 0))

    assert (None if curve is None else curve.method) == method


def test_labels_of_one_kind_fit_nothing() -> None:
    """Who saw no violation cannot say how one scores."""
    assert fit([1.0] * 100, [False] * 100) is None


def test_platt_finds_what_was_drawn() -> None:
    """A line that labels were drawn by is found again."""
    curve = platt(*drawn(4_000, 0.7, -1.2))

    assert curve.slope == pytest.approx(0.7, abs=0.12)
    assert curve.offset == pytest.approx(-1.2, abs=0.15)


def test_labels_that_part_cleanly_fit_a_finite_line() -> None:
    """No label is beyond doubt, so no slope is endless."""
    logits = [-1.0 - i / 50 for i in range(50)] + [1.0 + i / 50 for i in range(50)]
    truths = [False] * 50 + [True] * 50

    for curve in (temperature(logits, truths), platt(logits, truths)):
        assert math.isfinite(curve.slope)
        assert 0.5 < curve.p(1.0) < 1


def test_steps_are_taken_only_where_they_are_better() -> None:
    """From 1,000 labels on a bent curve is fitted, if it errs less on labels it did not see."""
    logits, truths = drawn(1_500, 1, 0)
    bent = [abs(one) > 1.5 and truth for one, truth in zip(logits, truths, strict=True)]

    stepped = isotonic(logits, bent)
    assert brier(stepped, logits, bent) < brier(platt(logits, bent), logits, bent)
    assert brier(isotonic(logits, truths), logits, truths) < brier(
        platt(logits, truths), logits, truths
    )  # steps always come closer to what they were fitted to
    straight, steps = fit(logits, truths), fit(logits, bent)
    assert straight is not None
    assert steps is not None
    assert (straight.method, steps.method) == ("platt", "isotonic")


@pytest.mark.parametrize(
    ("logits", "truths", "at_two"),
    [
        ([1.0, 2.0, 2.0, 2.0, 2.0], [False, False, False, False, True], 0.25),
        ([1.0, 2.0, 2.0, 2.0, 2.0], [False, True, True, True, False], 0.75),
        ([1.0, 1.0, 2.0, 2.0], [False, True, True, False], 0.5),
        ([3.0, 2.0, 2.0, 1.0], [True, False, True, False], 0.5),
    ],
)
def test_what_scored_alike_has_the_share_of_its_violations(
    logits: list[float], truths: list[bool], at_two: float
) -> None:
    """One logit has one probability, and it is the mean of all that had it."""
    assert isotonic(logits, truths).p(2.0) == at_two


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.booleans()), min_size=60, max_size=120),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_every_curve_rises_and_stays_a_probability(
    cases: list[tuple[float, bool]], logit: float
) -> None:
    """Whatever the labels, a greater logit is never a smaller probability."""
    logits, truths = [one for one, _ in cases], [truth for _, truth in cases]
    for curve in (temperature(logits, truths), platt(logits, truths), isotonic(logits, truths)):
        low, high = curve.p(logit - 1), curve.p(logit)
        assert 0 <= low <= high <= 1


@pytest.mark.parametrize(
    "members",
    [{"slope": 0.0}, {"slope": -1.0}, {"slope": math.nan}, {"offset": math.inf}],
)
def test_a_curve_that_falls_or_is_none_is_refused(members: Any) -> None:
    """A surer violation is never less of one."""
    with pytest.raises(ValueError, match="slope above 0"):
        Curve("platt", **members)
    with pytest.raises(ValueError, match="steps of a curve go up"):
        Curve("isotonic", xs=(0.0, 1.0), ys=(0.9, 0.1))


def test_auroc_counts_ties_half() -> None:
    """A score that says nothing is 0.5, and one kind alone says nothing at all."""
    assert auroc([(1, True), (1, False)]) == 0.5
    assert auroc([(2, True), (1, False)]) == 1
    assert auroc([(1, True), (2, False)]) == 0
    assert auroc([(1, True)]) is None


def test_the_bound_is_below_the_estimate_and_repeats() -> None:
    """Whole groups are drawn anew: few groups are worth little, however many labels they hold."""
    draw = random.Random(3)  # noqa: S311 - the same each time
    many = [Labelled(draw.gauss(1.5 * (i % 2), 1), i % 2 == 1, f"c{i // 4}") for i in range(400)]
    bound = surely(many, resamples=400)

    assert bound < (auroc([(one.logit, one.truth) for one in many]) or 0)
    assert bound == surely(many, resamples=400)
    low, high = between(many, resamples=400)
    assert low == bound < (auroc([(one.logit, one.truth) for one in many]) or 0) < high
    means = [(1.5 if (i // 20) % 2 else -0.5) * (i % 2) for i in range(400)]
    groups = [Labelled(draw.gauss(m, 1), i % 2 == 1, f"c{i // 20}") for i, m in enumerate(means)]
    alone = [replace(one, cluster=str(i)) for i, one in enumerate(groups)]
    assert surely(groups, resamples=400) < surely(alone, resamples=400) - 0.02
    assert surely([replace(one, truth=True) for one in many], resamples=50) == 0


def test_a_band_holds_back_what_may_be_of_both_kinds() -> None:
    """With few held-out labels everything is in the band; with many only the middle is."""
    assert band([0.1], [0.9]).holds(0.99)
    fine, bad = [i / 100 for i in range(50)], [1 - i / 100 for i in range(50)]
    narrow = band(fine, bad)

    assert not narrow.holds(0.99)
    assert not narrow.holds(0.01)
    assert narrow.holds(0.5)


@pytest.mark.parametrize(
    ("members", "lacks"),
    [
        ({}, []),
        ({"clusters": 29}, ["1 more groups of labels"]),
        ({"bound": 0.79}, ["a bound of 0.80 or more (it is 0.790)"]),
        (
            {"bound": math.nan},
            ["a bound of 0.80 or more (it is nan)", "a bound above the baseline `length` (0.600)"],
        ),
        ({"baselines": {"length": 0.95}}, ["a bound above the baseline `length` (0.950)"]),
        ({"baselines": {}}, ["a baseline to compare with"]),
        ({"curve": None}, ["labels enough to calibrate on"]),
        ({"band": None}, ["labels enough to calibrate on"]),
        ({"band": Band(1.0, 1.0)}, ["labels enough to calibrate on"]),  # no answer is of use
    ],
)
def test_skill_is_worked_out_and_never_read(members: Any, lacks: list[str]) -> None:
    """Rules rest on a guard whose bound is high, beats every baseline, and is of many groups."""
    entry = replace(SKILLED, **members)

    assert (entry.lacks, entry.is_enabled) == (lacks, not lacks)


def test_an_entry_covers_its_sentence_or_its_kind_alone() -> None:
    """A sentence is known by its words however they are spaced, a kind with its polarity."""
    own = About(Form.JUDGE, sentence=digest(SENTENCE))

    assert own.covers(question(kind="other"))
    assert About(Form.JUDGE, sentence=digest("  ".join(SENTENCE.split()))) == own
    assert not own.covers(replace(question(), text="Another sentence."))
    assert SKILLED.about.covers(question())
    assert not SKILLED.about.covers(question(polarity="permits"))
    assert not About(Form.JUDGE).covers(question(kind=None, polarity=None))
    assert not About(Form.CLASSIFY, label=SENTENCE).covers(question())


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    """What calibration wrote is what the gateway reads, under a name of its content."""
    path, key = tmp_path / manifest.FILE, Key("m", "p", "encoder")
    stepped = replace(SKILLED, curve=Curve("isotonic", xs=(0.0, 1.0), ys=(0.1, 0.9)))
    manifest.write(path, key, (SKILLED, stepped), {"labels": "x.jsonl"})
    found = manifest.read(path)

    assert (found.of, tuple(found.entries)) == (key, (SKILLED, stepped))
    assert len(found.key) == 16


def test_no_manifest_is_no_skill(tmp_path: Path) -> None:
    """A guard that nobody calibrated has no skill."""
    assert manifest.read(tmp_path / manifest.FILE).entries == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.pop("key"),
        lambda told: told.update(version=2),
        lambda told: told["entries"][0].pop("clusters"),
        lambda told: told["entries"][0]["curve"].update(slope=-1),
        lambda told: told["entries"][0]["curve"].update(method="magic"),
        lambda told: told["entries"][0]["band"].update(fine=7),
        lambda told: told["entries"][0]["about"].update(form="guess"),
        lambda told: told.update(entries=3),
    ],
)
def test_a_manifest_that_is_not_one_is_refused(tmp_path: Path, change: Any) -> None:
    """A changed or broken manifest gives no skill in silence: the gateway does not start."""
    path = tmp_path / manifest.FILE
    manifest.write(path, Key("m", "p", "encoder"), (SKILLED,), {})
    told = json.loads(path.read_text())
    change(told)
    path.write_text(json.dumps(told))

    with pytest.raises(manifest.NotASkill):
        manifest.read(path)


def test_a_band_has_ends_between_0_and_1() -> None:
    """What is no share is no end of a band."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        Band(1.5, 0.5)
