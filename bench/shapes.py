"""Long policies of three shapes: one rule for each tool, all rules for one tool, and mixed ones.

`edition` makes every rule another one, `changed` only the one in the middle.
"""

from collections.abc import Callable, Mapping
from typing import Final

HEAD: Final = "policy big version 1;\ndefault deny;\n"
CONDITIONS: Final = (
    'args.amount <= limit_{few} and args.to in ["a{at}@corp.com", "b{at}@corp.com"]',
    "args.path matches /\\/srv\\/team{at}\\/[a-z]+\\.txt/ and not args.force",
    'ceilings("eur{few}") < args.total / 2 or hour(now) >= 9',
    "any item in args.items: item.price > {at} and present(args.note)",
    'args.text contains "secret {at}" and args.n in 1..{at}9',
)


def _effect(at: int) -> str:
    return ("allow", "deny", "ask")[at % 3]


def a_tool_each(at: int, word: str) -> str:
    """Return a rule for a tool of its own."""
    test = f'args.amount <= {at} and args.to like "*@corp.com"'
    return f'rule rule_{at}: {_effect(at)} tool_{at}\n  when {test}\n  because "{word} {at}";\n'


def one_tool(at: int, word: str) -> str:
    """Return a rule for the same tool as all others."""
    test = f'args.to == "a{at}@corp.com" and args.amount <= {at}'
    return f'rule rule_{at}: {_effect(at)} tool_5\n  when {test}\n  because "{word} {at}";\n'


def mixed(at: int, word: str) -> str:
    """Return one of five kinds of rules, and with every fiftieth a test for it."""
    condition = CONDITIONS[at % 5].format(at=at, few=at % 100)
    text = f"rule rule_{at}: {_effect(at)} server{at % 7}/tool_{at}, read_*\n  when {condition}\n"
    text += f'  because "number {at} of the {word}";\n'
    if at % 50 == 0:
        call = f'call server0/tool_{at}(amount: {at}, items: [{{"price": 1}}]);'
        text += f'# about {at}\ntest "case {at}" {{\n  {call}\n  expect deny;\n}}\n'
    return text


SHAPES: Final[Mapping[str, Callable[[int, str], str]]] = {
    "a_tool_each": a_tool_each,
    "one_tool": one_tool,
    "mixed": mixed,
}


def policy(shape: str, rules: int, *, edition: int = 0, changed: int = 0) -> str:
    """Return a policy with values, a table, and as many rules as asked for."""
    lets = "".join(f"let limit_{at} = {at} * 10 + 5;\n" for at in range(100))
    rows = "".join(f'  "eur{at}": {at};\n' for at in range(100))
    words = [f"handbook {edition}" if edition else "handbook"] * rules
    if changed and rules:
        words[rules // 2] = f"page {changed}"
    made = (SHAPES[shape](at, word) for at, word in enumerate(words))
    return f"{HEAD}{lets}table ceilings {{\n{rows}}}\n" + "".join(made)
