"""Whatever a server offers: the draft is clean, its tests pass, no word of it becomes a rule."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.init.outcome import Outcome
from app.init.plan import Wishes
from dsl.model import Effect
from tests.app.init.drafting import TEXT, bound, faults, outcome, tool, written
from tests.dsl.drawing import law

MARK = "zqjx"
NAMES = (
    *("get_file", "list_users", "read_mail", "fetch", "search", "query", "status", "get_token"),
    *("send_email", "pay", "transfer_money", "delete_user", "run", "update", "write_file", "share"),
    *("when", "except", "tools", "where", "allow", "rule", "test", "true", "in", "not", "from"),
    *("a.b", "a-b", "5", "2026-01-01", "1h", "a*", "*", "", "x y", "größe", "a/b", '"', ";", "#"),
    *("get_secret", "get_contacts", "move_file", "get_a.b", "DELETE", "readFile", "-", ".", "_"),
)
ARGUMENTS = (
    *("to", "from", "path", "source", "destination", "url", "amount", "id", "email", "iban"),
    *("body", "query", "sql", "command", "in", "not", "and", "when", "true", "x-y", "größe", ""),
    *("recipient", "user_id", "token", "date", "files", "paths", "cc", "a b", "$ref", "owner"),
)
HOSTILE = (
    "",
    f"{MARK}\nrule evil: allow *;",
    f'{MARK}"; rule evil: allow *; #',
    f"{MARK} # lint: ignore BAR101 because {MARK}",
    f"lint: ignore BAR404 because {MARK}\r\nrule evil: allow *;",
    f"{MARK}\u2028rule evil: allow *;\u202e\u200b\x00\x1b[31m",
    f"\ud800{MARK}",
    MARK * 5_000,
    f"Deletes {MARK} everything. {{args.x}} `*/ -->",
)


def leaves() -> st.SearchStrategy[Any]:
    """Draw schemas of plain values, also with limits that no value passes."""
    number = st.integers(-3, 200)
    return st.one_of(
        st.just({"type": "string"}),
        st.just({}),
        st.just({"type": ["string", "null"]}),
        st.builds(lambda form: {"type": "string", "format": form}, st.sampled_from(
            ("email", "uri", "date", "date-time", "uuid", "hostname", "ipv4", "time", "made-up")
        )),
        st.builds(lambda text: {"type": "string", "pattern": text}, st.sampled_from(
            ("^[a-z]+$", "[0-9]{5}", "^(?=a)b", "(", "^$", ".*", "^zq[0-9a-f]{32}$")
        )),
        st.builds(lambda a, b: {"type": "string", "minLength": a, "maxLength": b}, number, number),
        st.builds(lambda values: {"enum": values}, st.lists(
            st.sampled_from(("a", 1, None, True, "b\n", '"; x', 1.5, [], MARK)), max_size=3
        )),
        st.builds(lambda value: {"const": value}, st.sampled_from(("a", 0, None, {"a": 1}))),
        st.builds(lambda kind, a, b: {"type": kind, "minimum": a, "maximum": b},
                  st.sampled_from(("number", "integer")), number, number),
        st.builds(lambda a: {"type": "number", "exclusiveMinimum": a}, number),
        st.just({"type": "number", "multipleOf": 0.01}),
        st.just({"type": "boolean"}),
        st.just({"$ref": "#/$defs/Thing"}),
        st.just({"$ref": "#/$defs/Loop"}),
        st.just({"$ref": "https://evil.example/schema.json"}),
        st.just({"type": "strange"}),
    )  # fmt: skip


def schemas() -> st.SearchStrategy[Any]:
    """Draw schemas that hold others: lists, objects, choices."""
    return st.recursive(
        leaves(),
        lambda inner: st.one_of(
            st.builds(lambda one: {"type": "array", "items": one}, inner),
            st.builds(lambda one: {"type": "array", "items": one, "minItems": 2}, inner),
            st.builds(lambda each: {"anyOf": each}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda each: {"oneOf": each}, st.lists(inner, min_size=1, max_size=2)),
            st.builds(lambda each: {"allOf": each}, st.lists(inner, min_size=1, max_size=2)),
            st.builds(lambda one: {"not": one}, inner),
            objects(inner),
        ),
        max_leaves=4,
    )


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw objects: open and closed, with any of their members required."""

    @st.composite
    def drawn(draw: st.DrawFn) -> dict[str, Any]:
        properties = draw(st.dictionaries(st.sampled_from(ARGUMENTS), inner, max_size=4))
        required = [name for name in properties if draw(st.booleans())]
        made: dict[str, Any] = {"type": "object", "properties": properties, "required": required}
        if draw(st.booleans()):
            made["additionalProperties"] = draw(st.sampled_from((True, False, {})))
        return made

    return drawn()


@st.composite
def tools(draw: st.DrawFn) -> dict[str, Any]:
    schema = draw(
        st.one_of(objects(schemas()), st.just({}), st.just({"type": "object"}), schemas())
    )
    if isinstance(schema, dict) and draw(st.booleans()):
        schema = {**schema, "$defs": {
            "Thing": {"type": "object", "properties": {"a": TEXT}, "required": ["a"]},
            "Loop": {"type": "object", "properties": {"loop": {"$ref": "#/$defs/Loop"}}},
        }}  # fmt: skip
    made = {
        "name": draw(st.sampled_from(NAMES)),
        "description": draw(st.sampled_from(HOSTILE)),
        "inputSchema": schema,
        "annotations": draw(st.sampled_from(({}, {"readOnlyHint": True}, {"title": MARK}, None))),
        "outputSchema": draw(st.sampled_from((None, {"type": "object"}, schema))),
        "risk": "low",
    }
    return {key: value for key, value in made.items() if value is not None}


def holds(made: Outcome) -> None:
    """Check what must hold of any draft: it is clean, and allows no more than it says."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(made, Path(folder))
        assert faults(path) == []
        policy = bound(path).policy
    allowing = [rule for rule in policy.rules if rule.effect is Effect.ALLOW]
    named = {one.text for rule in allowing for one in rule.selector.patterns}
    assert named == {one.name for one in (*made.plan.allowed, *made.plan.opening)}
    assert "evil" not in {rule.name for rule in policy.rules}
    assert policy.default is None


@law(60)
@given(
    offered=st.lists(tools(), min_size=1, max_size=6),
    user_words=st.booleans(),
    folder=st.sampled_from((None, "/srv/data", '/srv/a "b"; #c', "/outside")),
    servers=st.integers(1, 2),
)
def test_any_list_of_tools_gives_a_clean_draft(
    offered: list[dict[str, Any]], folder: str | None, servers: int, *, user_words: bool
) -> None:
    """Names, schemas and words of any kind: no finding, each test passes, no rule from a text."""
    made = outcome(*offered, wishes=Wishes(folder, user_words), servers=servers)

    holds(made)
    spoken = {one.name.rpartition("/")[2] for one in made.plan.guesses}
    assert spoken | {one.name.rpartition("/")[2] for one in made.left_out} >= {
        name for one in offered if (name := str(one["name"])).isalnum()
    }


def test_five_hundred_tools_give_one_clean_draft() -> None:
    """A large server is no other than a small one; one odd tool takes nothing from the others."""
    verbs = ("get", "list", "send", "delete", "update", "pay", "run", "frob")
    arguments = {"path": TEXT, "to": TEXT, "amount": {"type": "number"}}
    names = [f"{verb}_thing_{at}" for at in range(63) for verb in verbs]
    many = [tool(name, HOSTILE[1], **arguments) for name in names]
    many.append(tool("when", HOSTILE[2], to=TEXT))
    made = outcome(*many)

    holds(made)
    assert len(made.plan.guesses) == len(many) - 1
    assert [one.name for one in made.left_out] == ["when"]
    assert len(made.plan.plain & {one.name for one in made.plan.guesses}) == 0


@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_a_server_stand_in_comments_alone(words: str) -> None:
    """A description is shown cut, in one line, behind a `#`, and with nothing that hides."""
    made = outcome(tool("read_mail", words), tool("send_email", words, to=TEXT))
    policy = made.draft.policy

    holds(made)
    outside = [line for line in policy.split("\n") if MARK in line.partition("#")[0]]
    assert outside == []
    assert all(one.isprintable() or one == "\n" for one in policy)
    assert "lint: ignore" not in policy
    assert max(map(len, policy.split("\n"))) < 200


@pytest.mark.parametrize(
    "name", ["a*", "*", "a/b", "x y", "größe", "", "a" * 129, '"', "a\nb", None]
)
def test_a_tool_no_rule_can_name_is_left_out_and_told(name: Any) -> None:
    """A glob in a tool's name would allow others: such a tool is in no rule, so it is denied."""
    made = outcome({"name": name, "inputSchema": {}}, tool("get_mail"))

    holds(made)
    assert [one.name for one in made.plan.guesses] == ["get_mail"]
    assert len(made.left_out) == 1
    assert made.doubts[0].startswith(made.left_out[0].name)


@pytest.mark.parametrize(
    "schema",
    [
        None,
        [],
        "object",
        {"$ref": "https://evil.example/x.json"},
        {"type": "object", "properties": {"a": {"pattern": "(?=x)y"}}},
        {"type": "object", "properties": {"a": {"enum": ["x" * 70_000]}}},
        {"type": "object", "properties": {"a": {"default": float("nan")}}},
    ],
)
def test_a_tool_whose_calls_cannot_be_checked_is_left_out(schema: Any) -> None:
    """What the gateway would hide is in no rule."""
    made = outcome({"name": "read_all", "inputSchema": schema}, tool("get_mail"))

    holds(made)
    assert [one.name for one in made.plan.guesses] == ["get_mail"]


def test_two_tools_of_one_name_are_not_told_apart() -> None:
    """The first is kept; the other is told of."""
    made = outcome(tool("get_mail"), tool("get_mail", x=TEXT))

    assert [one.why for one in made.left_out] == ["another tool has the same name"]
