"""Draws policies as text, and calls that meet them: plainly at random, so that many are quick."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from dsl import parse, toolspec
from dsl.engine.prices import LONGEST, MOST
from dsl.errors import Source
from dsl.evaluation.opinion import Bound
from dsl.model import Subject, ToolCall
from dsl.toolspec import Tools
from tests.dsl.drawing_state import Drawn

TOOLS = ("send", "pay", "read_file", "srv/send")
SELECTORS = (*TOOLS, "send, pay", "*", "read_*", "* except pay", "srv/*", "se*, pay")
TEXTS = ("", "a", "ab", "abc", "b", "ok", "x@corp.com", "X@Corp.com", "/srv/data/x", "\u00fc\\n")
NUMBERS = ("0", "1", "2", "5", "5.0", "7.5", "100", "-1", "1000000000000000000000")
PATTERNS = ("a.*", "[ab]+", "(?i)AB", r".*@corp\.com", "a|b", "a?", "(?s).*", r"\d+", "x*")
GLOBS = ("a*", "*@corp.com", "*", "ab", "*b*", "")
ARGS = ("args.a", "args.b", "args.c", "args.d.e", "args.list[0]", "context.k")
DECLARED = """
timezone "Europe/Berlin";
let some = ["a", "ab", "x@corp.com"];
let few = [1, 5, 7.5];
let limit = 5;
let word = "ab";
let narrow = args.a in some and args.b <= limit;
let first = args.a?;
table prices { ("a"): 1; ("ab"): 5; }
fact given = given;
"""
KINDS = (
    "kind send.a is email; kind pay.b is number;",
    "kind send.a, pay.a is id; kind send.list is name;",
    "",
    "",
)
TOOLS_FILE = """[
  {"name": "send", "risk": "high", "inputSchema": {"type": "object"}},
  {"name": "pay", "risk": "low", "inputSchema": {"type": "object"}},
  {"name": "read_file", "annotations": {"readOnlyHint": true}, "inputSchema": {"type": "object"}}
]"""
DECLARED_TOOLS: Tools = toolspec.read(Source("t.json", TOOLS_FILE))


class Writer:
    """Writes policies and makes calls, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - nothing secret hangs on it

    def _one(self, choices: Any) -> Any:
        return self._random.choice(choices)

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def path(self) -> str:
        """Write a value of the call."""
        return str(self._one(ARGS)) + ("?" if self._chance(0.25) else "")

    def _text(self) -> str:
        return f'"{self._one(TEXTS)}"' if self._chance(0.9) else "word"

    def _number(self) -> str:
        return str(self._one(NUMBERS)) if self._chance(0.9) else "limit"

    def _several(self, one: Callable[[], str]) -> str:
        return "[" + ", ".join(one() for _ in range(self._random.randint(1, 4))) + "]"

    def _constant(self) -> str:
        return str(self._one((self._text, self._number, lambda: "true"))())

    def test(self) -> str:
        """Write one test; most of them are of the forms that are indexed."""
        form = self._one((*(self._indexed,) * 16, self._worked_out, self._worked_out, self._others))
        return str(form())

    def _indexed(self) -> str:
        path, one = self.path(), self._one
        return str(
            one(
                (
                    lambda: f"{path} {one(('==', '!='))} {self._constant()}",
                    lambda: f"{self._constant()} {one(('==', '!='))} {path}",
                    lambda: f"{path} {one(('<', '<=', '>', '>='))} {self._number()}",
                    lambda: f"{self._number()} {one(('<', '<=', '>', '>='))} {path}",
                    lambda: f"{path} {self._in()} {self._several(self._text)}",
                    lambda: f"{path} {self._in()} {self._several(self._number)}",
                    lambda: f"{path} {self._in()} {self._several(self._constant)}",
                    lambda: f"{path} {self._in()} {one(('some', 'few'))}",
                    lambda: f"{path} {self._in()} {one(('1..5', '-1..7.5', '5..5'))}",
                    lambda: f"{path} matches /{one(PATTERNS).replace('/', chr(92) + '/')}/",
                    lambda: f'{path} like "{one(GLOBS)}"',
                    lambda: (
                        f"{path} {one(('starts_with', 'ends_with', 'contains'))} {self._text()}"
                    ),
                    lambda: f"{self._constant()} {self._in()} args.list{one(('', '?'))}",
                    lambda: f"present({path.rstrip('?')})",
                    lambda: path,
                    lambda: "narrow",
                    lambda: f"first == {self._text()}",
                )
            )()
        )

    def _in(self) -> str:
        return "not in" if self._chance(0.3) else "in"

    def _worked_out(self) -> str:
        """Write a test of a value that functions make, which are indexed as well."""
        path, one = self.path(), self._one
        return str(
            one(
                (
                    lambda: f"lower({path}) == {self._text()}",
                    lambda: f"len({path}) <= {self._number()}",
                    lambda: f'domain({path}) == "corp.com"',
                    lambda: f'under({path}, "/srv/data")',
                    lambda: f"prices({path}) >= {self._number()}",
                    lambda: f"{path} + 1 <= {self._number()}",
                    lambda: f'detects({path}, "email")',
                    lambda: f'tool == "{one(TOOLS)}"',
                    lambda: f"subject.id == {self._text()}",
                    lambda: '"boss" in subject.roles',
                    lambda: 'weekday(now) in ["mon", "thu"]',
                )
            )()
        )

    def _others(self) -> str:
        """Write a test that is left to the interpreter."""
        return str(
            self._one(
                (
                    "any x in args.list: x == 1",
                    'all x in args.list: x != "a"',
                    "args.a == args.b",
                    "args.a from [user, trusted]",
                    "count(send within 1h) <= 2",
                    "fact.given >= 3",
                    "session saw untrusted",
                    "args.a has secret",
                    "called(pay)",
                )
            )
        )

    def condition(self, depth: int = 2) -> str:
        """Write a condition."""
        if depth == 0 or self._chance(0.35):
            return self.test()
        inner = [f"({self.condition(depth - 1)})" for _ in range(self._random.randint(2, 3))]
        return str(
            self._one(
                (" and ".join(inner), " and ".join(inner), " or ".join(inner), f"not {inner[0]}")
            )
        )

    def rule(self, name: str, effects: tuple[str, ...]) -> str:
        """Write a rule."""
        if self._chance(0.05):
            return self._judging(name)
        effect = self._one(effects)
        selector = self._selector()
        when = f" when {self.condition()}" if self._chance(0.95) else ""
        return f"rule {name}: {effect} {selector}{when}{self._clauses(effect)};"

    def _selector(self) -> str:
        return self._one(SELECTORS) if self._chance(0.95) else 'tools where risk == "high"'

    def _judging(self, name: str) -> str:
        score = 'judge("be kind" as tone forbids) >= 0.8'
        when = f"({self.condition()}) and {score}" if self._chance(0.7) else score
        return f"rule {name}: {self._one(('ask', 'deny'))} {self._one(SELECTORS)} when {when};"

    def _clauses(self, effect: str) -> str:
        change = self._one((' with set(args.a, "ok")', " with drop(args.b)"))
        valid = self._one((" valid from 2026-01-01", " valid until 2025-12-31"))
        drawn = (
            (0.3, f" priority {self._one((1, 2, -1))}"),
            (0.05, valid),
            (0.1 if effect == "allow" else 0, change),
            (0.1, ' reply "not {args.a}"'),
            (0.05 if effect != "deny" else 0, " require pay before"),
            (0.1, " mode shadow"),
        )
        return "".join(clause for share, clause in drawn if self._chance(share))

    def policy(self, name: str = "p", rules: int = 10) -> Bound:
        """Write a policy or an overlay and read it."""
        kind = "policy" if name == "p" else "overlay"
        effects = ("allow", "allow", "ask", "deny") if kind == "policy" else ("ask", "deny")
        written = "\n".join(self.rule(f"r{at}", effects) for at in range(rules))
        default = self._one(("", "", "default ask;", 'default allow because "open";'))
        head = f"{kind} {name} version 1;{DECLARED}{self._one(KINDS)}"
        head += default if kind == "policy" else ""
        found, _ = parse.read(Source("p.bar", f"{head}\n{written}"))  # what is refused is left out
        assert found is not None
        tools = DECLARED_TOOLS if self._chance(0.4) and kind == "policy" else None
        return Bound(found, tools, published=name != "s")

    def policies(self) -> list[Bound]:
        """Write what may be bound together: a policy, and maybe what narrows it."""
        overlay = [self.policy("o", 4)] if self._chance(0.3) else []
        session = [self.policy("s", 2)] if self._chance(0.1) else []
        return [self.policy("p"), *overlay, *session]

    def call(self) -> ToolCall:
        """Make a call, of which most fit what policies say of them."""
        server, _, tool = self._one(TOOLS).rpartition("/")
        names = ("a", "b", "c", "d", "list")
        args = {name: self._value(name) for name in names if self._chance(0.75)}
        subject = Subject(self._one((None, "a", "ab")), self._one(((), ("boss",))))
        context = {"k": self._scalar()} if self._chance(0.5) else {}
        return ToolCall("c", tool, args, server or None, subject, None, None, context)

    def _value(self, name: str) -> Any:
        if self._chance(0.04):
            return self._strange()
        if name == "d":
            return {"e": self._scalar()}
        if name == "list":
            return [self._scalar() for _ in range(self._random.randint(0, 3))]
        return self._scalar()

    def _scalar(self) -> Any:
        text = self._one(TEXTS).replace("\\n", "\n")
        number = self._one(NUMBERS)
        return self._one((text, text, Decimal(number), self._near(number), True, False))

    def _near(self, number: str) -> Any:
        value = Decimal(number) + self._one((0, 1, -1))
        return int(value) if value == value.to_integral_value() else value

    def _strange(self) -> Any:
        """Make a value that rules seldom expect."""
        if self._chance(0.003):
            return [0] * self._one((60_000, 100_001))
        return self._one(
            (
                None,
                [],
                {},
                [None],
                {"e": None},
                "a" * (LONGEST + self._one((-1, 0, 1))),
                "ab " * 9_000,
                [0] * self._one((MOST - 1, MOST, MOST + 1)),
                "\ud800a",
                "a\ud800",
                "QUJD" * 200 + "1",  # base64
                {"type": "image", "data": "aa", "mimeType": "image/png"},
                "\x00\x01\x02",
                Decimal("1E+63"),
                10**39,
                "2026-01-01",
            )
        )

    def state(self) -> Drawn:
        """Make a state that answers at random, and the same question always in the same way."""
        return Drawn(self._random.randint(0, 1 << 30))
