"""Writes an end into `bindings.toml`, or takes one out, and leaves all else as it was."""

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from app.binding import file as bindings_file
from app.binding.bindings import LONGEST, NAME, Binding, BindingsError, Rollout, refuse_unknown
from app.policy import policies
from dsl.errors import DrawbarError, Source

_HEAD: Final = re.compile(r"^[ \t]*\[\[[ \t]*bind[ \t]*\]\][ \t]*(#.*)?$", re.MULTILINE)
# With what is said of it directly above: it would be said of nothing then.
_END: Final = re.compile(r"(?:^[ \t]*#.*\n)*^[ \t]*observe_until[ \t]*=.*(?:\n|$)", re.MULTILINE)
_POLICY: Final = re.compile(r"^[ \t]*policy[ \t]*=.*$", re.MULTILINE)
_BY_HAND: Final = f"`{NAME}` is written in a way that cannot be edited here; change it by hand"


def edited(folder: Path, policy: str, until: str | None) -> str | None:
    """Return the file as it would let a policy observe, or enforce; None if it does already.

    `until` is written as TOML writes days and times.
    """
    found = policies.load([folder])
    before, path = found.bindings, folder / NAME
    names = [one.policy.name for one in found.bound]
    refuse_unknown([Binding(policy)], names)
    text = policies.read_source(path).text if path.exists() else ""
    now = _only(found.entries_for(policy))
    wanted = _wanted(now, until)
    if now == wanted:
        return None
    written = _written(text, policy, until)
    _refuse_other_changes(before, written, wanted)
    return written


def _only(entries: Sequence[Binding]) -> Binding:
    """Return the one entry of a policy; which of several is meant, nobody said."""
    one, *more = entries
    if more or one.rollout is not Rollout.ENFORCE or one.stands_by_for is not None:
        raise BindingsError(
            f"`{NAME}` says more of `{one.policy}` than when it enforces; change it by hand"
        )
    return one


def _wanted(now: Binding, until: str | None) -> Binding:
    end = None if until is None else bindings_file.read(_entry(now.policy, until))[0].observe_until
    return replace(now, observe_until=end)


def _entry(policy: str, until: str) -> Source:
    return Source(NAME, f'[[bind]]\npolicy = "{policy}"\nobserve_until = {until}\n')


def _written(text: str, policy: str, until: str | None) -> str:
    heads = [*(one.start() for one in _HEAD.finditer(text)), len(text)]
    for start, end in pairwise(heads):
        block = text[start:end]
        if _names(block) == policy:
            return text[:start] + _changed(block, until) + text[end:]
    if until is None:
        return text
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    return text + gap + _entry(policy, until).text


def _names(block: str) -> object:
    try:
        return tomllib.loads(block)["bind"][0].get("policy")
    except (tomllib.TOMLDecodeError, KeyError, IndexError):
        return None


def _changed(block: str, until: str | None) -> str:
    bare = _END.sub("", block)
    if until is None:
        return bare
    named = _POLICY.search(bare)
    if named is None:
        raise BindingsError(_BY_HAND)
    return f"{bare[: named.end()]}\nobserve_until = {until}{bare[named.end() :]}"


def _refuse_other_changes(before: Sequence[Binding], text: str, wanted: Binding) -> None:
    """Refuse an edit after which the file would say anything but what is wanted."""
    try:
        after = Counter(bindings_file.read(Source(NAME, text)))
    except DrawbarError as error:
        raise BindingsError(_BY_HAND) from error
    others = Counter(one for one in before if one.policy != wanted.policy)
    mine = Counter(one for one in after.elements() if one.policy == wanted.policy)
    if after - mine != others or mine not in (Counter([wanted]), _unsaid(wanted)):
        raise BindingsError(_BY_HAND)


def _unsaid(wanted: Binding) -> Counter[Binding]:
    """Return what a file says that leaves a policy out: nothing, if that means the same."""
    return Counter() if wanted == Binding(wanted.policy) else Counter([wanted])


def end_of(written: str, now: datetime) -> str:
    """Return an end as TOML writes it, or say why it cannot be one."""
    try:
        day = date.fromisoformat(written)
        end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        text = day.isoformat()
    except ValueError:
        end, text = _moment(written)
    except OverflowError as error:
        raise BindingsError(f"`{written}` lies outside the calendar") from error
    if end <= now:
        raise BindingsError(f"`{written}` is over; name a later day")
    if end - now > LONGEST:
        raise BindingsError(f"`{written}` is more than {LONGEST.days} days away")
    return text


def _moment(written: str) -> tuple[datetime, str]:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        message = f"`{written}` is no day or time such as 2026-01-31 or 2026-01-31T09:00:00Z"
        raise BindingsError(message) from error
    if moment.tzinfo is None:
        raise BindingsError(f"`{written}` needs its zone, such as {written}Z")
    return moment, moment.isoformat()
