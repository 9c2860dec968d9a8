"""Hidden rules: what a call must not be, told in conditions and exceptions."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.second_world.sessions import Deed

Test = Callable[[Deed], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """A call of one of the tools that meets all conditions is wrong, unless an exception holds."""

    name: str
    tools: tuple[str, ...]
    conditions: tuple[Test, ...]
    exceptions: tuple[Test, ...] = ()
    opaque: bool = False  # it turns on a fact that stands nowhere in the call

    def broken(self, deed: Deed) -> bool:
        """Tell whether a call breaks the rule."""
        return (
            deed.tool in self.tools
            and all(test(deed) for test in self.conditions)
            and not any(test(deed) for test in self.exceptions)
        )

    def wider(self) -> Iterator["Rule"]:
        """Yield what is left when the exceptions are forgotten, or one of several conditions."""
        if self.exceptions:
            yield replace(self, exceptions=())
        if len(self.conditions) > 1:
            for at in range(len(self.conditions)):
                kept = self.conditions[:at] + self.conditions[at + 1 :]
                yield replace(self, conditions=kept)


def over(arg: str, limit: Any) -> Test:
    """Test that a number is given and above a limit."""
    return lambda deed: deed.args.get(arg, limit) > limit


def among(arg: str, values: Sequence[Any]) -> Test:
    """Test that a value is one of some."""
    return lambda deed: deed.args.get(arg) in values


def given(arg: str) -> Test:
    """Test that an argument is given."""
    return lambda deed: arg in deed.args


def starts(arg: str, heads: Sequence[str]) -> Test:
    """Test that a text starts in one of some ways."""
    return lambda deed: str(deed.args.get(arg, "")).startswith(tuple(heads))


def ends(arg: str, tails: Sequence[str]) -> Test:
    """Test that a text, or one of several, ends in one of some ways."""
    return lambda deed: any(text.endswith(tuple(tails)) for text in texts(deed, arg))


def says(arg: str, words: Sequence[str]) -> Test:
    """Test that a text, or one of several, has one of some words, in whatever case."""
    pattern = re.compile(
        "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words), re.IGNORECASE
    )
    return lambda deed: any(pattern.search(text) for text in texts(deed, arg))


def beyond(arg: str, domains: Sequence[str]) -> Test:
    """Test that one of the addresses is on none of the domains."""
    return lambda deed: any(text.rpartition("@")[2] not in domains for text in texts(deed, arg))


def on(arg: str, domains: Sequence[str]) -> Test:
    """Test that one of the addresses is on one of the domains."""
    return lambda deed: any(text.rpartition("@")[2] in domains for text in texts(deed, arg))


def leads_to(domains: Sequence[str]) -> Test:
    """Test that the URL's host is on one of the domains."""
    return lambda deed: any(
        host == domain or host.endswith(f".{domain}")
        for host in [str(deed.args["url"]).split("/")[2]]
        for domain in domains
    )


def more_than(arg: str, n: int) -> Test:
    """Test that a list has more than so many items."""
    return lambda deed: len(deed.args.get(arg, ())) > n


def any_line(test: Callable[[Any], bool]) -> Test:
    """Test that a test holds for one of the lines of a payment."""
    return lambda deed: any(test(line) for line in deed.args.get("lines", ()))


def role(*roles: str) -> Test:
    """Test that the caller has one of some roles."""
    return lambda deed: any(one in deed.session.roles for one in roles)


def agent(*names: str) -> Test:
    """Test that the caller is one of some agents."""
    return lambda deed: deed.session.agent.name in names


def context(key: str, *values: Any) -> Test:
    """Test that the context has one of some values, or, with none named, any."""
    return lambda deed: deed.context.get(key) in values if values else key in deed.context


def hours(first: int, last: int) -> Test:
    """Test that it is between two hours of the day; past midnight if the first is the later."""
    if first <= last:
        return lambda deed: first <= deed.context["hour"] <= last
    return lambda deed: not last < deed.context["hour"] < first


def fact(name: str) -> Test:
    """Test something that only people know, who were there."""
    return lambda deed: name in deed.unseen


def no(test: Test) -> Test:
    """Test that something does not hold."""
    return lambda deed: not test(deed)


def either(*tests: Test) -> Test:
    """Test that one of some things holds."""
    return lambda deed: any(test(deed) for test in tests)


def texts(deed: Deed, arg: str) -> list[str]:
    """Return a text, or the texts of a list."""
    value = deed.args.get(arg, ())
    return [value] if isinstance(value, str) else [str(item) for item in value]
