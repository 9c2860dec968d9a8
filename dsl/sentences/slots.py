"""Fills the slots of rules on arguments: numbers and lists; and what all slots share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from dsl import syntax
from dsl.sentences.kinds import SIZES, Kind
from dsl.sentences.reading import Sentence, Unread
from dsl.sentences.signs import Tag
from dsl.sentences.words import cut
from dsl.sentences.world import Argument, World
from dsl.show.expressions import show_value

_SIGNS: Final[dict[Tag, syntax.Comparator]] = {
    Tag.MORE: ">",
    Tag.AT_LEAST: ">=",
    Tag.LESS: "<",
    Tag.AT_MOST: "<=",
}
_OPPOSITE: Final[dict[syntax.Comparator, syntax.Comparator]] = {
    ">": "<=", ">=": "<", "<": ">=", "<=": ">",
}  # fmt: skip
UPWARDS: Final = (">", ">=")
_ONE: Final = "one"


@dataclass(frozen=True, slots=True)
class Asked:
    """A sentence with its kind and rule; `forbids`: it names what is forbidden."""

    sentence: Sentence
    kind: Kind
    world: World
    forbids: bool

    def broken(self, *, so: bool) -> bool:
        """Return the answer by which the sentence is broken, where it speaks of the answer `so`."""
        broken = so if self.forbids else not so
        if self.kind.broken_when not in (None, broken):
            raise Unread(f"its words mean the opposite of `{self.kind.rule}`")
        return broken


@dataclass(frozen=True, slots=True)
class Meant:
    """The rule that a sentence means: when it is broken, and a call that breaks it."""

    condition: syntax.Condition
    sample: str


def sample(world: World, tool: str | None = None, /, **args: Any) -> str:
    """Return a call in the words of a test."""
    named = tool or next((one.name for one in world.tools), "any_tool")
    given = ", ".join(f"{name}: {show_value(value)}" for name, value in args.items())
    return f"{named}({given})"


# Arguments


def argument(asked: Asked, fits: Callable[[Argument], bool], what: str) -> list[Argument]:
    """Return the arguments that a sentence names, else those that fit; one must be there."""
    known = asked.world.arguments
    names = dict.fromkeys(one.value for one in asked.sentence.all(Tag.ARGUMENT))
    named = [known[name] for name in names]
    found = [one for one in named if fits(one)]
    if found:  # `run a command with force` names the tool, and not what is asked of it
        named = [one for one in named if one in found or not asked.world.is_of_name(one.name)]
    if named and (len(found) < len(named)):
        wrong = next(one.name for one in named if one not in found)
        raise Unread(f"the argument `{wrong}` is no {what}")
    if not named:
        found = [one for one in known.values() if fits(one)]
    if not found:
        raise Unread(f"the rule's tools share no argument that is a {what}")
    if not named and (other := asked.world.beside(found, fits)) is not None:
        raise Unread(f"{other} may be meant as well: name the argument")
    return found


def single(asked: Asked, fits: Callable[[Argument], bool], what: str) -> Argument:
    """Return the one argument that is meant."""
    found = argument(asked, fits, what)
    if len(found) > 1:
        told = ", ".join(f"`{one.name}`" for one in found)
        raise Unread(f"it does not say which argument is meant: {told}")
    return found[0]


def path(one: Argument, *, absent_is_fine: bool) -> syntax.Path:
    """Return an argument; where it may be absent, and that breaks nothing, with its `?`."""
    return syntax.Path("args", (one.name,), optional=one.optional and absent_is_fine)


def any_of(tests: Sequence[syntax.Condition]) -> syntax.Condition:
    """Join tests of which one is enough."""
    return tests[0] if len(tests) == 1 else syntax.Or(tuple(tests))


def each(
    one: Argument, test: Callable[[syntax.Operand], syntax.Condition], *, absent_is_fine: bool
) -> syntax.Condition:
    """Test an argument, or each element where it is a list."""
    if one.type == "list":
        items = path(one, absent_is_fine=True)  # no list has no element that breaks a sentence
        return syntax.Quantifier("any", _ONE, items, test(syntax.Path(_ONE)))
    return test(path(one, absent_is_fine=absent_is_fine))


# Sizes


def compared(asked: Asked) -> tuple[syntax.Comparator, int | Decimal]:
    """Return by which comparison with which number a sentence is broken."""
    number = asked.sentence.one(Tag.NUMBER).value
    found = [_SIGNS[one.tag] for one in asked.sentence.all(*SIZES)]
    if not found and _is_limit(asked.sentence):
        found = ["<="]
    if len(found) != 1:
        raise Unread("it does not say how the number is compared" if not found else
                     "it compares more than once")  # fmt: skip
    return (found[0] if asked.forbids else _OPPOSITE[found[0]]), number


def _is_limit(sentence: Sentence) -> bool:
    """Read `limited to 80`."""
    signs = sentence.signs
    return any(
        one.tag is Tag.ONLY and one.text == "limited to" and then.tag is Tag.NUMBER
        for one, then in pairwise(signs)
    )


def size_of(asked: Asked, *, upwards: bool) -> tuple[syntax.Comparator, int | Decimal]:
    """Return the comparison, where it goes the way of the kind."""
    operator, number = compared(asked)
    if (operator in UPWARDS) is not upwards:
        raise Unread(f"its words mean the opposite of `{asked.kind.rule}`")
    return operator, number


def beyond(operator: syntax.Comparator, number: int | Decimal) -> int | Decimal:
    """Return a number for which the comparison holds."""
    return number + {">": 1, ">=": 0, "<": -1, "<=": 0}[str(operator)]


def number(asked: Asked) -> Meant:
    """Read a limit on a number."""
    operator, limit = size_of(asked, upwards=asked.kind.name != "num_min")
    one = single(asked, lambda one: one.type == "number", "number")
    left = path(one, absent_is_fine=True)
    condition = syntax.Comparison(left, operator, syntax.Constant(limit))
    return Meant(condition, sample(asked.world, **{one.name: beyond(operator, limit)}))


def length(asked: Asked) -> Meant:
    """Read a limit on how long a list is."""
    operator, limit = size_of(asked, upwards=True)
    one = single(asked, lambda one: one.type in ("list", "rows"), "list")
    left = syntax.CallOf("len", (path(one, absent_is_fine=True),))
    condition = syntax.Comparison(left, operator, syntax.Constant(limit))
    least = f"{one.name} of {beyond(operator, limit)}"
    return Meant(condition, f"{sample(asked.world)} with {least}")


# Lists


def values(asked: Asked) -> Meant:
    """Read a list of values."""
    broken = asked.broken(so=not asked.sentence.turned(Tag.OUT, Tag.UNLESS))
    listed, one = _listed(asked)
    if broken and not _is_whole(one, asked):
        raise Unread(f"`{one.name}` may hold a value in other words, or among others")

    def test(value: syntax.Operand) -> syntax.Condition:
        return syntax.Membership(value, listed, negated=not broken)

    condition = each(one, test, absent_is_fine=broken)
    return Meant(condition, sample(asked.world, **{one.name: _shown(listed, asked, inside=broken)}))


def _is_whole(one: Argument, asked: Asked) -> bool:
    """Tell whether an argument is one value: not a text, or a file that has other names."""
    return bool(one.listed) or (one.name in asked.world.leads and not one.is_folder)


def value(asked: Asked) -> Meant:
    """Read one value that must be there."""
    asked.broken(so=not asked.sentence.turned(Tag.OUT, Tag.UNLESS))
    texts, one = _texts(asked)
    if len(texts) != 1:
        raise Unread("it names more than one value")

    def test(left: syntax.Operand) -> syntax.Condition:
        return syntax.Comparison(left, "!=", syntax.Constant(texts[0]))

    other = next((each for each in one.listed if each != texts[0]), f"not {texts[0]}")
    return Meant(each(one, test, absent_is_fine=False), sample(asked.world, **{one.name: other}))


def _listed(asked: Asked) -> tuple[syntax.Operand, Argument]:
    """Return the list that a sentence names, and the argument that is looked for in it."""
    lists = asked.sentence.all(Tag.LET)
    if not lists:
        texts, one = _texts(asked)
        return syntax.ListOf(tuple(map(syntax.Constant, texts))), one
    if asked.sentence.has(Tag.VALUE, Tag.QUOTED):
        raise Unread("it names a list and values beside it")
    name = asked.sentence.one(Tag.LET).value
    one = _led_to(asked)
    _refuse_domains(one, asked.world.lists[name])
    return syntax.Path(name), one


def _refuse_domains(one: Argument, values: Sequence[object]) -> None:
    if one.is_address and any(map(is_domain, values)):
        raise Unread(f"`{one.name}` has addresses, and no domains")


def is_domain(text: object) -> bool:
    """Tell whether a constant is a domain."""
    return any(one.cut == "domain" and one.text == text for one in cut(str(text)))


def _texts(asked: Asked) -> tuple[list[str], Argument]:
    """Return the values that a sentence lists, and the argument that has such values."""
    found = asked.sentence.all(Tag.VALUE, Tag.QUOTED)
    texts = list(dict.fromkeys(one.value for one in found))
    if not texts:
        raise Unread("no list, and no value that the tools file lists, is named")
    owners = asked.world.owners(texts)
    named = {one.value for one in asked.sentence.all(Tag.ARGUMENT)}
    if any(one.tag is Tag.VALUE for one in found):
        owners = [one for one in owners if not named or one.name in named]
        if len(owners) != 1:
            raise Unread("it does not say which argument has these values")
        return texts, owners[0]
    one = _led_to(asked)
    _refuse_domains(one, texts)
    if one.listed and not set(texts) <= set(one.listed):  # `First` is none where `first` is
        raise Unread(f"the tools file lists other values of `{one.name}`")
    return texts, one


def _led_to(asked: Asked) -> Argument:
    """Return the argument that a sentence names, else the one that says where something goes."""
    named = asked.sentence.has(Tag.ARGUMENT)
    leads = asked.world.leads

    def fits(one: Argument) -> bool:
        return one.type in ("text", "list", "choice") and (named or one.name in leads)

    return single(asked, fits, "text" if named else "place where something goes")


def _shown(listed: syntax.Operand, asked: Asked, *, inside: bool) -> str:
    """Return a value that is in a list, or one that is not."""
    if not inside:
        return "something else"
    if isinstance(listed, syntax.Path):
        return str(asked.world.lists[listed.root][0])
    first = listed.items[0] if isinstance(listed, syntax.ListOf) else None
    return str(first.value) if isinstance(first, syntax.Constant) else "something"
