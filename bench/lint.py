"""Measures how long `drawbar lint` takes for 1,000 rules on 200 tools, as a whole process.

Policies and tools are made here. In the first policy each rule has one test; the rules of the
other are as long as those of our examples: with names, globs and tools chosen by their risk,
optional and nested arguments, named values, priorities and tests. Nothing is known beforehand, as
each process reads the text anew; the time of an empty Python process stands beside it.
"""

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from bench.startup import DRAWBAR, run, timed

RULES: Final = 1000
TOOLS: Final = 200
ROUNDS: Final = 7
GROUPS: Final = 20  # tools whose names begin alike
VERBS: Final = ("read", "send", "update", "delete", "list")
SHORT: Final = (
    "allow {tool} when args.amount <= {at}",
    'deny {tool} when args.to == "p{at}@corp.example"',
    'ask {tool} when args.level == "low"',
)
# What each rule says behind its name; conditions of one sort stand for one way to write a rule.
SHAPES: Final = (
    'allow {tool} when args.amount <= {at} and args.to in payees because "number {at}"',
    'deny {tool}, {other} when not present(args.note) or args.note? contains "draft {at}"',
    "ask {group}_* except {tool} when args.options.urgent? == true and args.amount > {at}",
    "allow {tool} when known and any i in args.items: i.price > {at} priority {few}",
    'deny {tool} when args.to ends_with "@rival{at}.example" because "rivals"',
    'ask {tool} when args.path matches /(?s).*secret{at}.*/ and "clerk" in subject.roles',
    "deny {group}_* when count({tool} within 1h per subject) >= {at}",
    'allow {tool} when args.level == "low" and len(args.items) > 0 and all i in args.items: i.ok',
    'ask tools where risk == "high" and not team == "t{few}" when args.amount > {at}',
    'deny {tool} when args.level in ["high", "low"] and args.amount + {at} > limits("eur{few}")',
)


def name(number: int) -> str:
    """Return the name of a tool."""
    at = number % TOOLS
    return f"group{at % GROUPS}_{VERBS[at % len(VERBS)]}_{at}"


def tool(at: int) -> dict[str, Any]:
    """Return a tool with arguments of all sorts, some of them optional."""
    item = {
        "type": "object",
        "properties": {"price": {"type": "number"}, "ok": {"type": "boolean"}},
    }
    properties = {
        "amount": {"type": "number"},
        "to": {"type": "string", "format": "email"},
        "path": {"type": "string"},
        "level": {"enum": ["low", "high"]},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "items": {"type": "array", "items": {**item, "required": ["price", "ok"]}},
        "options": {"type": "object", "properties": {"urgent": {"type": "boolean"}}},
    }
    needed = ["amount", "to", "path", "level", "items", "options"]
    schema = {"type": "object", "properties": properties, "required": needed}
    risk = {"risk": "high" if at % 10 == 0 else "low", "team": f"t{at % 7}"}
    return {"name": name(at), **risk, "inputSchema": schema}


def rule(at: int) -> str:
    """Return one rule, and with every tenth a test for it."""
    one = name(at * 7 + at // TOOLS)
    named = {"tool": one, "other": name(at * 11), "group": one.partition("_")[0]}
    says = SHAPES[at % len(SHAPES)].format(at=at, few=at % 5, **named)
    text = f"rule rule_{at}: {says};\n"
    if at % 10 == 0:
        text += f'test "case {at}" {{\n  call {one}(amount: {at});\n  expect deny;\n}}\n'
    return text


def policy() -> str:
    """Return a policy with values, a table, rules and tests."""
    payees = ", ".join(f'"p{at}@corp.example"' for at in range(20))
    rows = "".join(f'  "eur{at}": {at};\n' for at in range(5))
    head = f'policy big version 1;\nuse tools "big.tools.json";\nlet payees = [{payees}];\n'
    head += 'rule outside: deny * when not under(args.path, "/srv/data");\n'
    head += f"let known = args.to in payees;\ntable limits {{\n{rows}}}\n"
    return head + "".join(map(rule, range(RULES)))


def short() -> str:
    """Return a policy of rules with one test each."""
    head = 'policy big version 1;\nuse tools "big.tools.json";\n'
    rules = (SHORT[at % 3].format(at=at, tool=name(at * 7 + at // TOOLS)) for at in range(RULES))
    return head + "".join(f"rule rule_{at}: {says};\n" for at, says in enumerate(rules))


def paired(path: Path) -> tuple[float, float]:
    """Return the median seconds of linting a file, and the median ratio to an empty process."""
    run(DRAWBAR, "lint", path)  # compiles the modules, where that is needed
    times, ratios = [], []
    for _ in range(ROUNDS):
        empty = timed(lambda: run(sys.executable, "-c", "pass"))
        took = timed(lambda: run(DRAWBAR, "lint", path))
        times.append(took)
        ratios.append(took / empty)
    return statistics.median(times), statistics.median(ratios)


def main() -> None:
    """Print the table."""
    print("| what | median | times an empty Python process |")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "big.tools.json").write_text(json.dumps([tool(at) for at in range(TOOLS)]))
        for words, text in (("one test in each", short()), ("as in our examples", policy())):
            path = Path(folder, "big.bar")
            path.write_text(text)
            seconds, ratio = paired(path)
            what = f"`drawbar lint` of {RULES:,} rules on {TOOLS} tools, {words}"
            print(f"| {what} | {seconds:.2f} s | {ratio:.0f} |")


if __name__ == "__main__":
    main()
