"""Writes the tests of a draft: for each rule a call that it is about, and one beside it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from app.init import sample
from app.init.guess import Act, Guess
from app.init.parts import Part, block
from app.init.places import Place
from app.init.plan import ASKED, Plan, shapes
from app.init.words import PROSE
from dsl import syntax
from dsl.lint.wording import words
from dsl.model import Effect

_MOST: Final = 3  # tools of one rule are tried
_SECRET: Final = "7hG2kLq9zX4v"  # noqa: S105 - an example, in a test of a policy
_ABOVE: Final = """
Tests: `drawbar test` runs them. Add one for each thing that must stay allowed or refused."""
Args = dict[str, Any]


class Cases:
    """Makes tests for a plan; a tool for which no valid call was found is left out of them."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._inside = plan.wishes.folder or "/srv/data"
        self._outside = "/outside" if not self._inside.startswith("/outside") else "/elsewhere"
        self._args = {one.name: sample.arguments(one, self._inside) for one in plan.guesses}

    @property
    def untried(self) -> list[str]:
        """Return the tools for which no valid call was found."""
        return [name for name, args in self._args.items() if args is None]

    def parts(self) -> Iterator[Part]:
        """Yield the tests."""
        yield from self._reading()
        yield from self._hosts()
        for act, tools in self._plan.asked.items():
            yield from self._asked(ASKED[act], tools)
        for rule, place, tools in shapes(self._plan.paths, "outside"):
            yield from self._paths(rule, place, tools)
        for rule, place, tools in shapes(self._plan.aims, "stranger"):
            yield from self._strangers(rule, place, tools)
        for word, shaped in (("too_much", self._plan.amounts), ("too_little", self._plan.negative)):
            for rule, place, tools in shapes(shaped, word):
                yield from self._amounts(rule, place, tools)
        yield from self._secrets()
        yield from self._private()

    # What stands in several tests

    def _tried(self, tools: Sequence[Guess]) -> list[Guess]:
        return [one for one in tools if self._args[one.name] is not None][:_MOST]

    def _call(self, one: Guess, args: Args | None = None, back: Any = None) -> syntax.TestCall:
        made = args if args is not None else self._args[one.name] or {}
        came = None if back is None else syntax.Returns(back)
        return syntax.TestCall(one.name, tuple(made.items()), came)

    def _usual(self, one: Guess) -> syntax.Expect:
        """Return what becomes of a call that no `deny` speaks of."""
        if one in self._plan.allowed:
            return syntax.Expect(Effect.ALLOW, "reading")
        if one in self._plan.opening:
            return syntax.Expect(Effect.ALLOW)
        act = Act.UNCLEAR if one.name in self._plan.plain else one.act
        return syntax.Expect(Effect.ASK, ASKED[act])

    def _naming(self, one: Guess, args: Args | None = None) -> list[syntax.Step]:
        """Let the user name what rules about origin look at."""
        made = args if args is not None else self._args[one.name] or {}
        aims = () if one.name in self._plan.plain else one.aims
        named = [text for place in aims for text in _texts(made.get(place.name))]
        return [syntax.Says("user", ", ".join(dict.fromkeys(named)))] if named else []

    # One a rule

    def _reading(self) -> Iterator[Part]:
        steps: list[syntax.Step] = []
        tools = self._tried(self._plan.allowed)
        for one in tools:
            steps += [self._call(one), self._usual(one)]
        steps += [syntax.TestCall(self._unknown()), syntax.Expect(Effect.DENY)]
        what = "what only reads is allowed, and " if tools else ""
        name = f"{what}what no rule speaks of is not"
        yield block(name, steps, (one.name for one in tools), _ABOVE)

    def _unknown(self) -> str:
        name = "a_tool_that_nobody_offers"
        while name in self._args:
            name += "_yet"
        return name

    def _hosts(self) -> Iterator[Part]:
        for one in self._tried(self._plan.opening):
            link = self._plan.link(one)
            args = self._args[one.name]
            if link is None or args is None:
                continue
            here = sample.with_value(one, args, link, f"https://{self._plan.wishes.hosts[0]}/start")
            there = sample.with_value(one, args, link, "https://other.example.net/start")
            if here is None or there is None:
                continue
            steps: list[syntax.Step] = [self._call(one, here), syntax.Expect(Effect.ALLOW)]
            steps += [self._call(one, there), syntax.Expect(Effect.ASK)]
            yield block(f"{one.name} opens known hosts", steps, [one.name])

    def _asked(self, rule: str, tools: Sequence[Guess]) -> Iterator[Part]:
        steps: list[syntax.Step] = []
        tried = self._tried(tools)
        for one in tried:
            steps += [*self._naming(one), self._call(one), syntax.Expect(Effect.ASK, rule)]
        if steps:
            named = (one.name for one in tried)
            yield block(f"a person is asked: {rule.replace('_', ' ')}", steps, named)

    def _paths(self, rule: str, place: Place, tools: Sequence[Guess]) -> Iterator[Part]:
        for one in self._tried(tools):
            args = self._args[one.name] or {}
            own = _own(place, one.paths)
            inside = sample.with_value(one, args, own, f"{self._inside.rstrip('/')}/first.txt")
            out = sample.with_value(one, args, own, f"{self._outside}/second.txt")
            if inside is None or out is None:
                continue
            steps = [*self._naming(one, inside), self._call(one, inside), self._usual(one)]
            steps += [self._call(one, out), syntax.Expect(Effect.DENY, rule)]
            yield block(f"`{place.name}` of {one.name} stays in the folder", steps, [one.name])

    def _strangers(self, rule: str, place: Place, tools: Sequence[Guess]) -> Iterator[Part]:
        for one in self._tried(tools):
            args = self._args[one.name] or {}
            own = _own(place, one.aims)
            named = f"{self._inside.rstrip('/')}/second.txt" if own in one.paths else None
            value = named or sample.pair(one, own)[1]
            bad = sample.with_value(one, args, own, value)
            if bad is None or (back := self._reader(one)) is None:
                continue
            others = {name: kept for name, kept in args.items() if name != own.name}
            steps = [
                syntax.Says("user", "Please help me."),
                *self._naming(back), *self._naming(one, others),
                self._call(back, back=[{"found": value}]),
                self._call(one, bad), syntax.Expect(Effect.DENY, rule),
                *self._naming(one, bad), self._call(one, bad), self._usual(one),
            ]  # fmt: skip
            title = f"`{place.name}` of {one.name} is for the user to say"
            yield block(title, steps, [one.name, back.name])

    def _reader(self, one: Guess) -> Guess | None:
        """Return a tool that may bring a stranger's words."""
        known = [*self._plan.allowed, *self._plan.reading, *self._plan.guesses]
        readers = sorted(known, key=lambda other: other.label is not None)
        fit = (other for other in readers if self._args[other.name] is not None)
        return next((other for other in fit if other is not one), one)

    def _amounts(self, rule: str, place: Place, tools: Sequence[Guess]) -> Iterator[Part]:
        most = self._plan.wishes.largest
        wrong = most + 1 if rule.startswith("too_much") else -1
        for one in self._tried(tools):
            args = self._args[one.name] or {}
            own = _own(place, one.amounts)
            good = sample.with_value(one, args, own, most)
            bad = sample.with_value(one, args, own, wrong)
            if good is None or bad is None:
                continue
            steps = [*self._naming(one), self._call(one, good), self._usual(one)]
            steps += [self._call(one, bad), syntax.Expect(Effect.DENY, rule)]
            where = "below" if wrong < 0 else "above"
            title = f"`{place.name}` of {one.name} is bounded {where}"
            yield block(title, steps, [one.name])

    def _secrets(self) -> Iterator[Part]:
        holders = self._tried(self._plan.labelled("secret"))
        for one in self._plan.sinks if holders else ():
            steps = self._leak(holders[0], one, _SECRET)
            if steps is not None:
                steps += [syntax.Expect(Effect.DENY, "secrets_stay")]
                named = [holders[0].name, one.name]
                yield block(f"a secret does not leave by {one.name}", steps, named)
                return

    def _private(self) -> Iterator[Part]:
        holders = self._tried(self._plan.labelled("private"))
        for one in self._plan.opening if holders else ():
            if (link := self._plan.link(one)) is None or (args := self._args[one.name]) is None:
                continue
            url = f"https://{self._plan.wishes.hosts[0]}/{_SECRET}"
            if (made := sample.with_value(one, args, link, url)) is not None:
                steps = [*self._naming(holders[0])]
                steps += [self._call(holders[0], back=[{"value": _SECRET}]), self._call(one, made)]
                steps += [syntax.Expect(Effect.ASK, "private_asked")]
                named = [holders[0].name, one.name]
                yield block(f"personal data is not carried out by {one.name}", steps, named)
                return

    def _leak(self, holder: Guess, one: Guess, secret: str) -> list[syntax.Step] | None:
        args = self._args[one.name]
        for name, value in (args or {}).items():
            prose = words(name)[-1:] and words(name)[-1] in PROSE
            if isinstance(value, str) and prose and args is not None:
                place = Place(name, "string", required=True)
                if (made := sample.with_value(one, args, place, f"Here: {secret}")) is not None:
                    read = self._call(holder, back=[{"value": secret}])
                    return [*self._naming(holder), read, *self._naming(one), self._call(one, made)]
        return None


def _own(place: Place, places: Sequence[Place]) -> Place:
    """Return a tool's own argument of a name: rules join those of several tools."""
    return next(one for one in places if one.name == place.name)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, Mapping):
        return
    elif value is not None and not isinstance(value, bool):
        yield str(value)
