"""Builds the tests that live with a policy."""

from typing import Any

from lark import Token, v_args
from lark.tree import Meta

from dsl import syntax
from dsl.build.clauses import Clauses, plain
from dsl.build.tokens import BuildError


@v_args(meta=True)
class Tests(Clauses):
    """One method a grammar rule."""

    __test__ = False  # a part of the builder, not a test class of pytest

    def test(self, meta: Meta, parts: list[Any]) -> syntax.TestBlock:
        name, *steps = parts
        last: syntax.Step | None = None
        for step in steps:
            if isinstance(step, syntax.Expect):
                _expectable(step, last)
            elif isinstance(step, syntax.TestCall | syntax.Says):
                last = step
        if not any(isinstance(step, syntax.Expect) for step in steps):
            raise BuildError("the test expects nothing", self._at(name), "add `expect allow;`")
        return syntax.TestBlock(self._text(name), tuple(steps), span=self._at(meta))

    def call(self, meta: Meta, parts: list[Any]) -> syntax.TestCall:
        tool, *rest = parts
        if "*" in tool:
            raise BuildError("a call names one tool, without `*`", self._at(tool))
        came = rest.pop() if rest and isinstance(rest[-1], syntax.Returns) else None
        args = self._unique(rest)
        return syntax.TestCall(str(tool), tuple(args.items()), came, span=self._at(meta))

    def argument(self, _meta: Meta, parts: list[Any]) -> tuple[Token, Any]:
        return parts[0], plain(parts[1])

    def returns(self, meta: Meta, parts: list[Any]) -> syntax.Returns:
        return syntax.Returns(plain(parts[0]), span=self._at(meta))

    def fails(self, meta: Meta, _parts: list[Any]) -> syntax.Returns:
        return syntax.Returns(fails=True, span=self._at(meta))

    def expect(self, meta: Meta, parts: list[Any]) -> syntax.Expect:
        of_result = parts[0] == "result"
        effect, *by = parts[1:] if of_result else parts
        rule = str(by[0]) if by else None
        return syntax.Expect(effect, rule, of_result, span=self._at(meta))

    def of_result(self, _meta: Meta, _parts: list[Token]) -> str:
        return "result"

    def by(self, _meta: Meta, parts: list[Token]) -> Token:
        return parts[0]

    def says(self, meta: Meta, parts: list[Token]) -> syntax.Says:
        who: Any = str(parts[0])
        return syntax.Says(who, self._text(parts[1]), span=self._at(meta))

    def given_now(self, meta: Meta, parts: list[Token]) -> syntax.GivenNow:
        return syntax.GivenNow(self._instant(parts[0]), span=self._at(meta))

    def given(self, _meta: Meta, parts: list[syntax.Given]) -> syntax.Given:
        return parts[0]

    def given_context(self, meta: Meta, parts: list[Any]) -> syntax.Given:
        return syntax.Given("context", None, parts[0], span=self._at(meta))

    def given_subject(self, meta: Meta, parts: list[Any]) -> syntax.Given:
        name, *rest = parts
        roles = tuple(rest[0]) if rest else ()
        if not all(isinstance(role, str) for role in roles):
            raise BuildError("roles are texts", self._at(meta))
        return syntax.Given("subject", self._text(name), roles, span=self._at(meta))

    def given_agent(self, meta: Meta, parts: list[Token]) -> syntax.Given:
        return syntax.Given("agent", self._text(parts[0]), span=self._at(meta))

    def given_score(self, meta: Meta, parts: list[Token]) -> syntax.Given:
        text, score = self._text(parts[0]), self._exact(parts[1])
        if not 0 <= score <= 1:
            raise BuildError("a score is a number from 0 to 1", self._at(parts[1]))
        return syntax.Given("score", text, score, span=self._at(meta))

    def given_fact(self, meta: Meta, parts: list[Any]) -> syntax.Given:
        return syntax.Given("fact", str(parts[0]), plain(parts[1]), span=self._at(meta))

    def null(self, _meta: Meta, _parts: list[Any]) -> None:
        return None

    def array(self, _meta: Meta, parts: list[Any]) -> list[Any]:
        return [plain(part) for part in parts]

    def object(self, _meta: Meta, parts: list[tuple[Token, Any]]) -> dict[str, Any]:
        return self._unique(parts)

    def member(self, _meta: Meta, parts: list[Any]) -> tuple[Token, Any]:
        return parts[0], plain(parts[1])


def _expectable(step: syntax.Expect, last: syntax.Step | None) -> None:
    """Refuse an expectation of something that has not happened."""
    if last is None or (isinstance(last, syntax.Says) and last.who == "user"):
        raise BuildError("`expect` stands before any `call`", step.span)
    if step.of_result and (isinstance(last, syntax.Says) or not last.outcome):  # type: ignore[union-attr]  # a call, as just told
        hint = "write `call T() returns {...};` above it"
        raise BuildError("there is no result to expect something of", step.span, hint)
