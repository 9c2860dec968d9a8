"""Laws of what a sidecar heard: whatever comes in whatever order, it goes forward or not at all."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bundles.bundle import Bundle, BundleFault
from app.bundles.heard import Heard
from app.bundles.interventions import Broken, Interventions, frozen, whom
from app.bundles.making import signed
from app.bundles.reading import signed_by
from memory.freezes.store import Freeze, Kind
from memory.glass.glass import Glass
from memory.publishing.draft import Who
from tests.app.bundles.making import KEY, NOW, bundle, stamp

WORDS = ("ada", "bob", "glass")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundle(tmp_path_factory.mktemp("policies"))


def _history(steps: Sequence[str]) -> Iterator[Interventions]:
    """Return what a store says one after the other: people frozen and thawed, glass broken."""
    held: set[str] = set()
    numbers = {True: 0, False: 0}
    for word in ("", *steps):
        held ^= {word} - {""}
        numbers[word == "glass"] += 1
        people = sorted(held - {"glass"})
        freezes = (
            Freeze("frz_" + "0" * 26, "acme", Kind.SUBJECT, one, "", NOW, "op") for one in people
        )
        yield Interventions(
            frozen(numbers[False], freezes), Broken(numbers[True], (_glass(),) * ("glass" in held))
        )


def _glass() -> Glass:
    who = Who("?", "?")
    name = "gls_" + "0" * 26
    return Glass(name, "bank", "relief", "sha256:0", None, "", NOW, NOW, who, NOW, who)


@given(
    steps=st.lists(st.sampled_from(WORDS), max_size=6),
    deliveries=st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=12),
)
def test_what_was_heard_never_goes_back(
    made: Bundle, steps: list[str], deliveries: list[tuple[int, bool]]
) -> None:
    """Bundles may come twice, late or never, and a restart between them: the newest one holds."""
    states = list(_history(steps))
    newest = -1
    with TemporaryDirectory() as folder:
        heard = Heard(Path(folder))
        for drawn, restarts in deliveries:
            index = drawn % len(states)
            raw = signed(replace(made, interventions=states[index]), KEY, stamp(1))
            _come(heard, raw)
            newest = max(newest, index)
            if restarts:
                heard = Heard(Path(folder))
                _begin(heard)
            assert heard.interventions == states[newest]
            assert heard.frozen is not None
            named = whom("acme", Kind.SUBJECT, "ada") in heard.frozen.ids
            assert named is (steps[:newest].count("ada") % 2 == 1)


def _come(heard: Heard, raw: bytes) -> None:
    found, _ = signed_by(raw, [KEY.public_key()])
    with suppress(BundleFault):
        heard.keep(raw, found)
        heard.heed(found.interventions)


def _begin(heard: Heard) -> None:
    raw = heard.kept()
    assert raw is not None
    heard.heed(signed_by(raw, [KEY.public_key()])[0].interventions)


def test_a_bundle_by_hand_is_no_way_round(made: Bundle, tmp_path: Path) -> None:
    """One that says nothing of freezes is refused once another one did, and says how to go on."""
    heard = Heard(tmp_path)
    by_hand = signed(made, KEY, stamp(9))
    _come(heard, by_hand)
    assert (heard.interventions, heard.kept()) == (None, None)
    (state,) = _history([])
    _come(heard, signed(replace(made, interventions=state), KEY, stamp(1)))

    with pytest.raises(BundleFault, match=r"does not say who is frozen.*remove `bundle\.heard`"):
        heard.keep(by_hand, signed_by(by_hand, [KEY.public_key()])[0])


def test_what_could_not_be_kept_is_kept_with_the_next_bundle(
    made: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that was full for a while costs no freeze at the next start, if nothing changed."""
    heard = Heard(tmp_path)
    *_, state = _history(["ada"])
    with monkeypatch.context() as full:
        full.setattr("app.bundles.heard.put_file", _full)
        _come(heard, signed(replace(made, interventions=state), KEY, stamp(1)))
    assert (heard.interventions, heard.kept()) == (state, None)
    _come(heard, signed(replace(made, interventions=state), KEY, stamp(2)))

    assert heard.kept() is not None


def _full(*_: object) -> None:
    raise BundleFault("no space left on device")


def test_two_that_contradict_each_other_are_not_both_believed(made: Bundle, tmp_path: Path) -> None:
    """Under one number two gateways must say one thing: else nobody knows what came first."""
    heard = Heard(tmp_path)
    before, after = _history(["ada"])
    _come(heard, signed(replace(made, interventions=after), KEY, stamp(1)))
    other = replace(before, frozen=replace(before.frozen, number=after.frozen.number))
    _come(heard, signed(replace(made, interventions=other), KEY, stamp(2)))

    assert heard.interventions == after
