"""Short ways to make policies, calls and decisions."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dsl import parse, syntax
from dsl.errors import Source
from dsl.evaluation.scope import Scope, names_of
from dsl.interpret import Bound, evaluate
from dsl.model import ToolCall, Verdict
from dsl.state import NOTHING_KNOWN, State
from dsl.toolspec import Tools
from tests.expect import HEADER

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def policy(text: str) -> syntax.Policy:
    """Read a policy; a text without a header gets one."""
    headed = text.lstrip().startswith(("policy", "overlay"))
    return parse.parse(Source("p.bar", text if headed else HEADER + text))


def condition(text: str) -> syntax.Condition:
    """Read a condition."""
    found = policy(f"rule r: deny * when {text};").rules[0].condition
    assert found is not None
    return found


def call(tool: str = "send", args: Mapping[str, Any] | None = None, **more: Any) -> ToolCall:
    """Make a call."""
    return ToolCall("c", tool, args if args is not None else {}, **more)


def scope(
    made: ToolCall,
    declared: Sequence[syntax.Statement] = (),
    now: datetime = NOW,
    state: State = NOTHING_KNOWN,
) -> Scope:
    """Return the scope of a policy that declares these names."""
    header = syntax.Header("policy", "p", 1)
    return Scope(made, now, names_of(syntax.Policy(header, tuple(declared))), state)


def decide(
    *texts: str,
    args: Mapping[str, Any] | None = None,
    tools: Tools | None = None,
    state: State = NOTHING_KNOWN,
    **more: Any,
) -> Verdict:
    """Decide a call of `send` by policies, the first of which may declare tools."""
    bound = [Bound(policy(text), tools if at == 0 else None) for at, text in enumerate(texts)]
    return evaluate(bound, call("send", args, **more), NOW, state)


def effect(*texts: str, **arguments: Any) -> str:
    """Decide a call of `send` with these arguments."""
    return str(decide(*texts, args=arguments).effect)
