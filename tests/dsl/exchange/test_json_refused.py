"""What the JSON form refuses: nothing enters by it that could not have been written."""

import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import pytest

from dsl import syntax
from dsl.errors import Source
from dsl.exchange import json_form, json_text
from tests.dsl.exchange.everything import everything
from tests.dsl.making import policy

HEAD: Final = {"drawbar": 1, "kind": "policy", "name": "p", "version": 1}
RULE: Final = {"is": "rule", "name": "r", "effect": "deny", "selector": {"patterns": ["x"]}}
HOSTILE: Final = (
    "",
    " ",
    "a b",
    "x: allow *; rule y",
    'x"; default allow because "',
    "a # b",
    "a\nb",
    "\x00",
    "\x1b[2J",
    "\u202e",
    "\u200b",
    "\ud800",
    "\U000e0041",
    "/",
    "\\",
    "*",
    "'",
    "{",
    "}",
    ";",
    "a" * 5000,
)


def faults(document: Any) -> list[tuple[str, str]]:
    """Return what is wrong with a document."""
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(json_form.InvalidForm) as caught:
        json_form.from_json(Source("p.json", text))
    return list(caught.value.faults)


def statements(*given_: Any) -> dict[str, Any]:
    """Return a document with these statements."""
    return {**HEAD, "statements": list(given_)}


def when(condition: Any) -> dict[str, Any]:
    """Return a document with a rule under this condition."""
    return statements({**RULE, "condition": condition})


def test_no_mutation_of_a_member_slips_through() -> None:
    """A member dropped or renamed: an error with its place, or another policy, read as printed."""
    document = whole()
    for place, name in members():
        holder = at(document, place)
        kept = holder.pop(name)
        unharmed(document)
        holder[name + "_"] = kept
        assert unharmed(document) or FREE & set(place)
        holder[name] = holder.pop(name + "_")


FREE: Final = {"args", "arguments", "value", "outcome"}  # where people choose the names of members


def members() -> list[tuple[tuple[str | int, ...], str]]:
    """Return the place and name of every member."""
    found = [place for place, _ in places(whole()) if place]
    return [(place[:-1], place[-1]) for place in found if isinstance(place[-1], str)]


def whole() -> Any:
    """Return the document of everything."""
    return copy.deepcopy(DOCUMENT)


DOCUMENT: Final = json_form.to_json(everything())


def places(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """Yield the place of every value."""
    yield place, value
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(one, (*place, key))


def at(document: Any, place: tuple[str | int, ...]) -> Any:
    """Return what stands at a place."""
    for step in place:
        document = document[step]
    return document


def unharmed(document: Any) -> list[tuple[str, str]]:
    """Return the faults of a document; one without any is a policy that its own text gives."""
    tree, said = outcome(json.dumps(document, default=float))
    assert (tree is None) == bool(said)
    if tree is not None:
        assert tree == policy(json_form.written(tree))
        assert same(document, json_form.to_json(tree))
    return said


def outcome(text: str) -> tuple[syntax.Policy | None, list[tuple[str, str]]]:
    """Return the policy of a document, or its faults; no other exception may come."""
    try:
        return json_form.from_json(Source("p.json", text)), []
    except json_form.InvalidForm as error:
        return None, list(error.faults)


def same(left: Any, right: Any) -> bool:
    """Compare documents; a member may be left out where it says what goes without saying."""
    if isinstance(left, dict) and isinstance(right, dict):
        return all(same(left[key], one) for key, one in right.items() if key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


VALUES: Final[tuple[Any, ...]] = (
    None,
    True,
    7,
    -1,
    Decimal("0.5"),
    [],
    [[]],
    {},
    {"is": "not"},
    *HOSTILE,
)


def test_no_value_of_another_kind_slips_through() -> None:
    """Any value in any place: an error with its place, or another policy, read as printed."""
    document = whole()
    for index, (place, old) in enumerate(list(places(document))[1:]):
        holder = at(document, place[:-1])
        for shift in (0, 11):
            holder[place[-1]] = VALUES[(index + shift) % len(VALUES)]
            unharmed(document)
        holder[place[-1]] = old


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("member", ["name", "owner", "because", "reply"])
def test_hostile_texts_are_kept_or_refused(text: str, member: str) -> None:
    """A text never becomes part of the policy around it: it is what it was, or an error."""
    document = statements({**RULE, member: text})
    tree, found = outcome(json.dumps(document))

    assert all(path.startswith("/statements/0") for path, _ in found)
    assert found or same(document, json_form.to_json(tree or everything()))


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ("{", "", "the text is not JSON: expecting property name enclosed in double quotes"),
        ("[]", "", "an object belongs here"),
        ('{"drawbar": 1, "drawbar": 1}', "/drawbar", "a key stands twice in one object"),
        ('{"drawbar": NaN}', "", "NaN is not a JSON number"),
        ("[" * 100_000, "", "nested too deeply"),
        ({}, "", "the member `drawbar` is missing"),
        ({**HEAD, "drawbar": 2, "statements": []}, "/drawbar", "the form read here is 1"),
        ({**HEAD, "drawbar": True, "statements": []}, "/drawbar", "the form read here is 1"),
        (HEAD, "", "the member `statements` is missing"),
        ({**HEAD, "statements": {}}, "/statements", "a list belongs here"),
        ({**HEAD, "statements": [], "nam": 1}, "/nam", "there is no such member; did you mean"),
        ({**HEAD, "kind": "polic", "statements": []}, "/kind", "one of `policy`, `overlay`"),
        ({**HEAD, "version": 0, "statements": []}, "", "a whole number from 1 up belongs here"),
        (statements({}), "/statements/0", "the member `is` is missing"),
        (statements({"is": 7}), "/statements/0/is", "a text belongs here"),
        (statements({"is": "ruel"}), "/statements/0/is", "nothing called `ruel` belongs here"),
        (statements({"is": "header"}), "/statements/0/is", "nothing called `header` belongs"),
        (statements({**RULE, "efect": 1}), "/statements/0/efect", "there is no such member"),
        (statements(RULE, RULE), "/statements/1", "there is already a rule named `r`"),
        (when({"path": "args.a"}), "/statements/0/condition", "the member `is` is missing"),
        (
            when({"is": "holds", "inner": {"path": "args.a; "}}),
            "/statements/0/condition/inner/path",
            "a path such as `args.items[0].price` belongs here",
        ),
        (
            when({"is": "holds", "inner": {"path": "agrs.a"}}),
            "/statements/0",
            "there is no value named `agrs`; did you mean `args`?",
        ),
        (
            when({"is": "and", "parts": [{"is": "saw", "level": "untrusted"}]}),
            "/statements/0/condition/is",
            "a policy that says this means something else",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(document: Any, path: str, message: str) -> None:
    """One sentence, and a JSON pointer to the smallest part that is known to be wrong."""
    ((at_, said), *_) = faults(document)

    assert (path, True) == (at_, message in said)


@pytest.mark.parametrize("levels", [100, 215, 1000, 20_000])
@pytest.mark.parametrize(
    ("left", "right"),
    [
        ('{"is": "not", "inner": ', "}"),
        ('{"is": "and", "parts": [', "]}"),
        ('{"is": "holds", "inner": {"is": "list_of", "items": [', "]}}"),
    ],
)
def test_what_is_nested_too_deeply_is_refused(levels: int, left: str, right: str) -> None:
    """Depth is an error, at whatever step it is found."""
    condition = left * levels + '{"is": "saw", "level": "untrusted"}' + right * levels
    document = json.dumps(when("HERE")).replace('"HERE"', condition)

    assert faults(document)


def test_what_is_too_long_is_refused() -> None:
    """A document over 16 MiB is not even read."""
    assert faults(" " * (json_text.MAX_CHARACTERS + 1))[0][1].startswith("the document is longer")
