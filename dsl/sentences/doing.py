"""Fills the slots of rules on tools: which, after which, how often, by whose approval."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from dsl import syntax
from dsl.lint import wording
from dsl.model import Effect
from dsl.sentences.kinds import SIZES
from dsl.sentences.reading import TRUTHS, Unread
from dsl.sentences.signs import Tag
from dsl.sentences.slots import UPWARDS, Asked, Meant, any_of, compared, number, sample
from dsl.sentences.words import cut, stem

_EMPTY: Final = frozenset(map(stem, ("get", "do", "make", "run", "set", "call")))


def is_one_of(tools: Sequence[str]) -> syntax.Condition:
    """Test for some tools, as a selector does: without a server, on whichever it stands."""
    name = syntax.Path("tool")
    same: list[syntax.Condition] = []
    if len(tools) == 1:
        same.append(syntax.Comparison(name, "==", syntax.Constant(tools[0])))
    else:
        listed = syntax.ListOf(tuple(map(syntax.Constant, tools)))
        same.append(syntax.Membership(name, listed))
    bare = [one for one in tools if "/" not in one]
    same += [syntax.TextMatch(name, "like", syntax.Constant(f"*/{one}")) for one in bare]
    return any_of(same)


def tools(asked: Asked) -> Meant:
    """Read which tools are meant: named as they are, else those of the rule by their words."""
    broken = asked.broken(so=not asked.sentence.turned(Tag.OUT))
    named = meant_tools(asked)
    test = is_one_of(named)
    breaks = named[0] if broken else "another_tool"
    return Meant(test if broken else syntax.Not(test), sample(asked.world, breaks))


def meant_tools(asked: Asked) -> list[str]:
    """Return the tools that a sentence names, or else describes as its rule does."""
    named = _tools_named(asked)
    if named:
        return named
    own = [one.name for one in asked.world.tools]
    if not asked.world.is_named or not own:
        raise Unread("no declared tool is named")
    said = {stem(one.text) for one in asked.sentence.all(Tag.KNOWN)}
    for name in own:
        parts = set(map(stem, wording.words(name))) - _EMPTY
        if not parts <= said:
            raise Unread(f"it does not say that it is about `{name}`")
    return own


def _tools_named(asked: Asked) -> list[str]:
    found = [name for one in asked.sentence.all(Tag.TOOL) for name in one.value]
    return list(dict.fromkeys(found))


def readers(asked: Asked) -> Meant:
    """Read that nothing may be changed: the tools file must say which tools only read."""
    reads, changes = asked.sentence.has(Tag.READS), asked.sentence.has(Tag.CHANGES)
    if not reads and not changes:
        raise Unread("it does not speak of reading only, or of changing something")
    asked.broken(so=reads)
    if not asked.world.readers:
        raise Unread("the tools file says of no tool that it is `read_only`")
    return Meant(syntax.Not(is_one_of(asked.world.readers)), sample(asked.world, "another_tool"))


def earlier(asked: Asked) -> Meant:
    """Read which tool must have been called, or must not have been."""
    broken = asked.broken(so=_is_over(asked))
    (tool,) = _the_other(asked)
    called = syntax.Holds(syntax.Past("called", (tool,)))
    when = f"after `{tool}`" if broken else f"with no `{tool}` before it"
    return Meant(called if broken else syntax.Not(called), f"{sample(asked.world)} {when}")


def _the_other(asked: Asked) -> list[str]:
    """Return the one tool that is named beside those of the rule."""
    named = _tools_named(asked)
    if asked.world.is_named and len(named) > 1:
        own = {one.name for one in asked.world.tools}
        named = [one for one in named if one not in own]
    if len(named) != 1:
        raise Unread("it does not say which one tool is called before")
    return named


def _is_over(asked: Asked) -> bool:
    """Tell whether a sentence speaks of the time after the other tool was called."""
    sentence = asked.sentence
    if sentence.has(Tag.WITHOUT, Tag.UNLESS):
        _is_led_to(asked)
        return False
    before, after = sentence.has(Tag.BEFORE), sentence.has(Tag.AFTER)
    if before and after:
        raise Unread("it says both before and after")
    if before:
        other = _the_other(asked)[0]
        named = (at for at, one in enumerate(sentence.signs) if one.tag is Tag.TOOL)
        at = next(at for at in named if other in sentence.signs[at].value)
        return at < sentence.place(Tag.BEFORE)  # the other one is called before this one
    if after or sentence.has(Tag.FIRST, Tag.COND):
        return True
    raise Unread("it does not say before or after what")


def _is_led_to(asked: Asked) -> None:
    """Refuse `unless` behind the other tool: what is excepted is not that it was called before."""
    (other,) = _the_other(asked)
    sentence = asked.sentence
    told = [at for at, one in enumerate(sentence.signs) if one.tag in (Tag.WITHOUT, Tag.UNLESS)]
    at = next(
        n for n, one in enumerate(sentence.signs) if one.tag is Tag.TOOL and other in one.value
    )
    if len(told) > 1 or at < told[0]:
        raise Unread(f"`{other}` does not follow `{sentence.signs[told[0]].text}`")
    if at < sentence.place(Tag.AFTER) < len(sentence.signs):
        raise Unread(f"it says that `{other}` is called after")


def often(asked: Asked) -> Meant:
    """Read how often a tool may be called, in which time and by whom."""
    tool = _counted(asked)
    limit = _limit(asked)
    within, per = None, "session"
    for one in asked.sentence.all(Tag.WINDOW):
        if isinstance(one.value, timedelta):
            within = _once(within, one.value)
        else:
            per = str(one.value)
    window = syntax.Window(None, within, _PER[per])
    count = syntax.Past("count", (tool,), None, window)
    condition = syntax.Comparison(count, ">=", syntax.Constant(limit))
    return Meant(condition, f"{sample(asked.world, tool)} for the {int(limit) + 1}. time")


_PER: Final[dict[str, syntax.Per]] = {
    "session": "session", "subject": "subject", "agent": "agent", "tenant": "tenant",
}  # fmt: skip


def _once(before: timedelta | None, span: timedelta) -> timedelta:
    if before is not None:
        raise Unread("it names more than one time span")
    return span


def _counted(asked: Asked) -> str:
    own = [one.name for one in asked.world.tools]
    named = _tools_named(asked) or own
    if len(named) != 1 or not (asked.world.is_named or asked.sentence.has(Tag.TOOL)):
        raise Unread("it does not say which one tool is counted")
    if named[0] not in own:  # `only once it was called` counts nothing
        raise Unread(f"`{named[0]}` is no tool of its rule")
    return named[0]


def _limit(asked: Asked) -> int | Decimal:
    """Return how many calls there may have been before one that is too many."""
    if not _is_counted(asked):
        raise Unread("it does not say that calls are counted")  # but money, perhaps
    operator, most = _how_many(asked)
    if operator not in UPWARDS:
        raise Unread(f"its words mean the opposite of `{asked.kind.rule}`")
    limit = most if operator == ">" else most - 1
    if limit != int(limit) or limit < 1:
        raise Unread("it leaves no call")
    return int(limit)


def _is_counted(asked: Asked) -> bool:
    """Tell whether calls are counted, or that of which each call of the tool makes one."""
    signs = asked.sentence.signs
    if not asked.sentence.has(Tag.NUMBER):  # once, twice
        return any(one.value for one in asked.sentence.all(Tag.TIMES, Tag.AFTER))
    follows = [then for one, then in pairwise(signs) if one.tag in (Tag.NUMBER, Tag.NUMBER_OF)]
    said = {stem(one.text) for then in follows for one in cut(then.text)}
    return any(then.tag is Tag.TIMES for then in follows) or bool(said & asked.world.made_by_one)


def _how_many(asked: Asked) -> tuple[str, int | Decimal]:
    sentence = asked.sentence
    counted = [one for one in sentence.all(Tag.TIMES, Tag.AFTER) if one.value]
    if counted and not sentence.has(Tag.NUMBER):  # once a day, twice an hour
        if asked.forbids or len(counted) > 1 or sentence.has(*SIZES):
            raise Unread("it does not say how often is too often")
        return ">", counted[0].value
    if not sentence.has(*SIZES) and sentence.has(Tag.ONLY) and not asked.forbids:
        return ">", sentence.one(Tag.NUMBER).value
    return compared(asked)


def approval(asked: Asked) -> Meant:
    """Read that a person is asked."""
    _asks(asked)
    named = meant_tools(asked)
    return Meant(is_one_of(named), sample(asked.world, named[0]))


def approved_number(asked: Asked) -> Meant:
    """Read from which number on a person is asked."""
    so = _asks(asked)
    # What is said of the number is said of calls without approval, or of those with it.
    unasked = asked.forbids or so
    return number(Asked(asked.sentence, asked.kind, asked.world, unasked))


def _asks(asked: Asked) -> bool:
    """Refuse what does not say that a call without approval is forbidden."""
    sentence = asked.sentence
    without = sentence.has(Tag.WITHOUT, Tag.UNLESS)
    hidden = any(one.value is Tag.APPROVAL for one in sentence.all(Tag.WITHOUT))
    if not sentence.has(Tag.APPROVAL) and not hidden:
        raise Unread("it does not speak of approval")
    limits = asked.kind.slot == "approved number" and sentence.has(Tag.AT_MOST, Tag.LESS)
    if not (limits and not asked.forbids and without):  # up to 100 may be paid without approval
        asked.broken(so=not without)
    if asked.world.rule.effect is not Effect.ASK:
        raise Unread("it wants a person to be asked, so its rule must be an `ask`")
    return not without


def fact(asked: Asked) -> Meant:
    """Read what a fact must say, or must not."""
    sentence = asked.sentence
    named = sentence.one(Tag.FACT)
    field = _field(asked, sentence.place(Tag.FACT))
    value = _value(asked)
    broken = asked.broken(so=not sentence.turned(Tag.UNLESS))
    left = syntax.Path("fact", (str(named.value), field))
    operator: syntax.Comparator = "==" if broken else "!="
    right = syntax.Constant(value)
    condition = syntax.Comparison(left, operator, right)
    told = f"{named.text} {field} {'is' if broken else 'is not'} {value}"
    return Meant(condition, f"{sample(asked.world)} when {told}")


_LISTED: Final = "is are was be must equals has to of the whose which that a"
_VERBS: Final = frozenset(_LISTED.split())


def _field(asked: Asked, start: int) -> str:
    """Return the one word that stands between a fact and its value."""
    between = []
    for one in asked.sentence.signs[start + 1 :]:
        if one.tag in (Tag.QUOTED, Tag.NUMBER) or one.text in TRUTHS:
            break
        if one.tag in (Tag.KNOWN, Tag.FIELD) and one.text not in _VERBS:
            between.append(one.text)
    if len(between) != 1:
        raise Unread("it does not say which member of the fact is meant")
    return between[0]


def _value(asked: Asked) -> object:
    found = [one.value for one in asked.sentence.all(Tag.QUOTED, Tag.NUMBER)]
    found += [TRUTHS[one.text] for one in asked.sentence.signs if one.text in TRUTHS]
    if len(found) != 1:
        raise Unread("it does not name one value")
    return found[0]
