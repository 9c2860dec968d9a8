"""Fills the slots of rules on texts: addresses, folders, words, days, and where a value is from."""

import re
from datetime import date, timedelta
from typing import Final

from dsl import syntax
from dsl.sentences.reading import Sentence, Unread
from dsl.sentences.signs import Sign, Tag
from dsl.sentences.slots import (
    Asked,
    Meant,
    any_of,
    argument,
    each,
    is_domain,
    path,
    sample,
    single,
)
from dsl.sentences.world import Argument

_TO: Final = {"to", "until", "through"}
_PLAIN: Final = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")


def domains(asked: Asked) -> Meant:
    """Read the domains of addresses."""
    broken = asked.broken(so=not asked.sentence.turned(Tag.OUT, Tag.UNLESS))
    condition, told = addressed(asked, broken=broken)
    return Meant(condition, told)


def addressed(asked: Asked, *, broken: bool) -> tuple[syntax.Condition, str]:
    """Return the test that an address lies in some domains, or that it does not."""
    listed, first = _domains(asked)
    found = argument(asked, lambda one: one.is_address, "e-mail address")

    def test(value: syntax.Operand) -> syntax.Condition:
        called = syntax.CallOf("domain", (value,))
        return syntax.Membership(called, listed, negated=not broken)

    tests = [each(one, test, absent_is_fine=broken) for one in found]
    lies = first if broken else "elsewhere.example"
    address = f"someone@{lies}"
    given = [address] if found[0].type == "list" else address
    return any_of(tests), sample(asked.world, **{found[0].name: given})


def _domains(asked: Asked) -> tuple[syntax.Operand, str]:
    lists, named = asked.sentence.all(Tag.LET), asked.sentence.all(Tag.DOMAIN)
    if lists and named:
        raise Unread("it names a list and domains beside it")
    if named:
        texts = list(dict.fromkeys(one.value for one in named))
        return syntax.ListOf(tuple(map(syntax.Constant, texts))), texts[0]
    if not lists:
        raise Unread("no domain, and no list of domains, is named")
    name = asked.sentence.one(Tag.LET).value
    texts = [str(one) for one in asked.world.lists[name]]
    if not texts or not all(map(is_domain, texts)):
        raise Unread(f"`{name}` is no list of domains")
    return syntax.Path(name), texts[0]


def folder(asked: Asked) -> Meant:
    """Read the folder in which files must lie."""
    asked.broken(so=not asked.sentence.turned(Tag.OUT, Tag.UNLESS))
    named = asked.sentence.one(Tag.PATH).value
    one = single(asked, lambda one: one.is_folder, "path")
    called = syntax.CallOf("under", (path(one, absent_is_fine=False), syntax.Constant(named)))
    condition = syntax.Not(syntax.Holds(called))
    return Meant(condition, sample(asked.world, **{one.name: "/elsewhere/file"}))


def text(asked: Asked) -> Meant:
    """Read words that a text must not hold, in either case."""
    asked.broken(so=not asked.sentence.has(Tag.WITHOUT))
    words = [one.value for one in asked.sentence.all(Tag.QUOTED)]
    found = argument(asked, _is_text, "text")
    if len(found) > 1 and not asked.sentence.has(Tag.ARGUMENT):
        raise Unread("it does not say which text must not hold it")

    def test(value: syntax.Operand) -> syntax.Condition:
        called = syntax.CallOf("lower", (value,))
        return any_of([
            syntax.TextMatch(called, "contains", syntax.Constant(word.casefold())) for word in words
        ])  # fmt: skip

    tests = [each(one, test, absent_is_fine=True) for one in found]
    return Meant(any_of(tests), sample(asked.world, **{found[0].name: words[0]}))


def _is_text(one: Argument) -> bool:
    return one.type in ("text", "list") and not one.is_address


def data(asked: Asked) -> Meant:
    """Read which kind of data a text must not hold."""
    asked.broken(so=not asked.sentence.has(Tag.WITHOUT))
    detector = asked.sentence.one(Tag.SENSE)
    found = argument(asked, _is_text, "text")
    if len(found) > 1 and not asked.sentence.has(Tag.ARGUMENT):
        raise Unread("it does not say which text must not hold it")

    def test(value: syntax.Operand) -> syntax.Condition:
        called = syntax.CallOf("detects", (value, syntax.Constant(detector.value)))
        return syntax.Holds(called)

    tests = [each(one, test, absent_is_fine=True) for one in found]
    return Meant(any_of(tests), sample(asked.world, **{found[0].name: f"({detector.text})"}))


def label(asked: Asked) -> Meant:
    """Read where labelled values may not go."""
    broken = asked.broken(so=not asked.sentence.turned(Tag.OUT))
    if asked.sentence.has(Tag.WITHOUT):
        raise Unread("`without` has no place in a sentence of this kind")
    carried = asked.sentence.one(Tag.LABEL).value
    texts = [asked.world.arguments[one.value] for one in asked.sentence.all(Tag.ARGUMENT)]
    places = Sentence(tuple(one for one in asked.sentence.signs if not _is_body(one, asked)))
    leads = Asked(places, asked.kind, asked.world, asked.forbids)
    condition, told = addressed(leads, broken=broken)
    holding = [one for one in texts if not one.is_address]
    carries = any_of([
        syntax.Has(path(one, absent_is_fine=True), carried) for one in holding
    ] or [syntax.Has(syntax.Path("args"), carried)])  # fmt: skip
    return Meant(syntax.And((carries, condition)), told)


def _is_body(sign: Sign, asked: Asked) -> bool:
    return sign.tag is Tag.ARGUMENT and not asked.world.arguments[sign.value].is_address


def days(asked: Asked) -> Meant:
    """Read between which days a date must lie."""
    asked.broken(so=not asked.sentence.turned(Tag.OUT))
    named = [one.value for one in asked.sentence.all(Tag.DAY)]
    if len(named) != 2:  # noqa: PLR2004 - from one day to another
        raise Unread("it does not name two days")
    first, last = named
    joins = set(asked.sentence.between(Tag.DAY))
    if not (joins & _TO or ("and" in joins and asked.sentence.says("between"))):
        raise Unread("it does not say `from` one day `to` another")
    if first > last:
        raise Unread("the first day comes after the last")
    one = single(asked, lambda one: one.is_day, "date")
    moment = syntax.CallOf("parse_time", (path(one, absent_is_fine=False),))
    window = syntax.Range(syntax.Constant(first), syntax.Constant(last))
    condition = syntax.Membership(syntax.CallOf("date", (moment,)), window, negated=True)
    return Meant(condition, sample(asked.world, **{one.name: str(_after(last))}))


def _after(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else date.min


def origin(asked: Asked) -> Meant:
    """Read which value must not be made up."""
    asked.broken(so=True)
    if not asked.sentence.has(Tag.ARGUMENT):
        raise Unread("no argument of the tools is named")
    found = argument(asked, lambda one: one.type in ("text", "list", "number"), "value")
    tests = [
        syntax.From(path(one, absent_is_fine=True), (syntax.Level("nowhere"),)) for one in found
    ]
    return Meant(any_of(tests), sample(asked.world, **{found[0].name: "(made up)"}))


def words(asked: Asked) -> Meant:
    """Read what the user must have said."""
    asked.broken(so=not asked.sentence.turned(Tag.UNLESS, Tag.WITHOUT))
    said = [one.value for one in asked.sentence.all(Tag.QUOTED)]
    if "and" in asked.sentence.between(Tag.QUOTED):
        raise Unread("it wants more than one thing to be said: write a rule for each")
    if not all(map(_PLAIN.fullmatch, said)):
        raise Unread("only letters, digits and spaces can be looked for in what the user said")
    pattern = "|".join(rf"\b{one}" for one in said)
    return Meant(syntax.Not(syntax.UserSaid(pattern)), f"{sample(asked.world)} before it was said")


def switch(asked: Asked) -> Meant:
    """Read what must not be switched on."""
    asked.broken(so=not asked.sentence.has(Tag.WITHOUT))
    one = single(asked, lambda one: one.type == "truth", "truth value")
    left = path(one, absent_is_fine=True)
    condition = syntax.Comparison(left, "==", syntax.Constant(value=True))
    return Meant(condition, sample(asked.world, **{one.name: True}))
