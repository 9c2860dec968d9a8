"""What a sentence may call by its name: arguments, values, lists, facts and tools of its rule."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from dsl import syntax
from dsl.lint import addresses, destinations, wording
from dsl.lint.reading import Reading
from dsl.lint.schemas import is_closed, joined
from dsl.sentences.signs import Sign, Tag
from dsl.sentences.vocabulary import STOPS
from dsl.sentences.words import Word, stem
from dsl.toolspec import Tool

_FOLDERS: Final = ("path", "file", "filename", "filepath", "folder", "directory", "dir")
_DAYS: Final = ("date", "day")
_DATED: Final = ("date", "date-time")
_HOLDERS: Final = ("rows", "other")  # what stands in them is not looked at
_SINGLE: Final = re.compile(r"\ban? ([\w-]+)")  # the first in a description: what it does one of
_READ_ONLY: Final = "read_only"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument that all tools of a rule have."""

    name: str
    type: str  # number, truth, list, text, choice, or other
    listed: tuple[str, ...] = ()  # what the schema allows, where it lists texts
    is_address: bool = False
    is_folder: bool = False
    is_day: bool = False
    optional: bool = False


@dataclass(frozen=True)
class World:
    """A rule with its policy and tools."""

    rule: syntax.Rule
    policy: syntax.Policy
    reading: Reading

    @cached_property
    def tools(self) -> tuple[Tool, ...]:
        """Return the declared tools that the rule takes in."""
        return self.reading.tools(self.rule)

    @cached_property
    def is_named(self) -> bool:
        """Tell whether the rule names its tools one by one."""
        selector = self.rule.selector
        plain = not any("*" in one.text for one in selector.patterns)
        return bool(selector.patterns) and plain and selector.where is None

    @cached_property
    def is_declared(self) -> bool:
        """Tell whether each call that the rule takes in is of a declared tool, on any server.

        Others are refused before any rule, but not by an overlay.
        """
        declared = {tool.name for tool in self.tools}
        patterns = [one.text for one in self.rule.selector.patterns]
        return self.is_named and all(
            one in declared or one.rpartition("/")[2] in declared for one in patterns
        )

    @cached_property
    def arguments(self) -> dict[str, Argument]:
        """Return the arguments that all tools of the rule have, and that mean the same in each."""
        found = self.by_tool
        if not found:
            return {}
        shared = [name for name in found[0] if all(name in each for each in found)]
        return {
            name: _loosest([each[name] for each in found])
            for name in shared
            if len({replace(each[name], optional=False) for each in found}) == 1
        }

    @cached_property
    def by_tool(self) -> list[dict[str, Argument]]:
        """Return the arguments of each tool of the rule."""
        return [{one.name: one for one in self._of(tool)} for tool in self.tools]

    def beside(self, found: Collection[Argument], fits: Callable[[Argument], bool]) -> str | None:
        """Return an argument of some tool that fits as well, or may hold what does."""
        if not all(map(is_closed, self.tools)):
            return "an argument that the tools file does not list"
        names = {one.name for one in found}
        return next(
            (
                f"`{name}`"
                for each in self.by_tool
                for name, one in each.items()
                if name not in names and (one.type in _HOLDERS or fits(one))
            ),
            None,
        )

    def _of(self, tool: Tool) -> Iterator[Argument]:
        schema = joined(tool.schema, tool.schema)
        listed = schema.get("properties")
        required = schema.get("required", ())
        for name, said in (listed if isinstance(listed, dict) else {}).items():
            inner = joined(said, tool.schema)
            item = joined(inner.get("items"), tool.schema)
            kind = self.reading.kind_in(tool.name, (name,))
            # Where one is left out that has a default, that counts, and nobody here knows it.
            optional = name not in required and inner.get("default") is None
            yield _argument(name, inner, item, kind, optional=optional)

    @cached_property
    def leads(self) -> frozenset[str]:
        """Return the arguments that say where something goes."""
        return frozenset(
            str(steps[0]) for one in self.tools for steps in destinations.destinations(one)
        )

    @cached_property
    def lists(self) -> dict[str, tuple[Any, ...]]:
        """Return the named lists of constants."""
        return {
            name: tuple(one.value for one in value.items if isinstance(one, syntax.Constant))
            for name, value in self.reading.lets.items()
            if isinstance(value, syntax.ListOf)
            and all(isinstance(one, syntax.Constant) for one in value.items)
        }

    @cached_property
    def readers(self) -> tuple[str, ...]:
        """Return the tools of which the operator's own file says that they only read."""
        return tuple(
            tool.name for tool in self.reading.named("*") if tool.metadata.get(_READ_ONLY) is True
        )

    @cached_property
    def known(self) -> frozenset[str]:
        """Return the words of the rule's tools: they say what is done, and add no condition."""
        told = " ".join(f"{' '.join(wording.words(t.name))} {t.description}" for t in self.tools)
        return frozenset(map(stem, wording.words(told)))

    @cached_property
    def made_by_one(self) -> frozenset[str]:
        """Return what one call makes one of, as its names say: `refund`, and no `records`."""
        named = {word for one in self.tools for word in wording.words(one.name)}
        told = (_SINGLE.search(one.description) for one in self.tools)
        named |= {found[1].lower() for found in told if found}
        return frozenset(stem(word) for word in named if not word.endswith("s"))

    def is_of_name(self, argument: str) -> bool:
        """Tell whether the words of an argument stand in the names of the rule's tools too."""
        words = {stem(word) for one in self.tools for word in wording.words(one.name)}
        return {stem(word) for word in wording.words(argument)} <= words

    def narrows(self, words: Sequence[Word], start: int) -> bool:
        """Tell whether a word names an argument, and so speaks of some calls alone."""
        found = self._argument(words, start, "")
        return found is not None and not self.is_of_name(str(found[0].value))

    @cached_property
    def _labels(self) -> frozenset[str]:
        return frozenset(label.name for label in self.policy.labels)

    def name_at(
        self, words: Sequence[Word], start: int, allowed: frozenset[Tag]
    ) -> tuple[Sign, int] | None:
        """Return what the words from a place on name, of what a kind has a use for."""
        word = words[start]
        if word.cut not in ("word", "code"):
            return None
        text = word.text
        before = words[start - 1].text if start else ""
        if Tag.LET in allowed and text in self.lists:
            return Sign(Tag.LET, text, text), 1
        if Tag.FACT in allowed and text in self.reading.facts:
            return Sign(Tag.FACT, text, text), 1
        if Tag.TOOL in allowed and (names := self._named(text)):
            return Sign(Tag.TOOL, text, names), 1
        if Tag.LABEL in allowed and (label := self._label(text)) is not None:
            return Sign(Tag.LABEL, text, label), 1
        if Tag.VALUE in allowed and (value := self._listed(text)) is not None:
            return Sign(Tag.VALUE, text, value), 1
        if Tag.ARGUMENT in allowed:
            return self._argument(words, start, before)
        return None

    def _named(self, text: str) -> tuple[str, ...]:
        """Return the declared tools of a name; one that is a plain word is no name of its own."""
        return tuple(sorted({one.name for one in self.reading.named(text)}))

    def _label(self, text: str) -> str | None:
        return next((name for name in self._labels if stem(name) == stem(text)), None)

    def lists_value(self, word: str) -> bool:
        """Tell whether a word is a value that a schema lists, and so speaks of some calls alone."""
        return self._listed(word) is not None

    def _listed(self, text: str) -> str | None:
        """Return what a schema lists and a sentence writes in either case."""
        listed = (value for one in self.arguments.values() for value in one.listed)
        return next((value for value in listed if value.lower() == text.lower()), None)

    def owners(self, values: Sequence[str]) -> list[Argument]:
        """Return the arguments whose schema lists all of some values."""
        return [one for one in self.arguments.values() if set(values) <= set(one.listed)]

    def _argument(self, words: Sequence[Word], start: int, before: str) -> tuple[Sign, int] | None:
        word = words[start]
        for name in sorted(self.arguments, key=len, reverse=True):
            if word.text == name and (
                word.cut == "code" or name not in STOPS or before in ("in", "argument")
            ):
                return Sign(Tag.ARGUMENT, word.text, name), 1
            parts = wording.words(name)
            said = [one.text for one in words[start : start + len(parts)]]
            same = [*map(stem, said)] == [*map(stem, parts)]
            if same and not set(parts) <= STOPS:
                return Sign(Tag.ARGUMENT, " ".join(said), name), len(parts)
        return None


def _argument(name: str, schema: Any, item: Any, kind: str | None, *, optional: bool) -> Argument:
    last = (wording.words(name) or ("",))[-1]
    form = schema.get("format") or item.get("format")
    address = (kind or addresses.of_format(form) or addresses.of_name(name)) == "email"
    listed = schema.get("enum", item.get("enum", ()))
    texts = tuple(one for one in listed if isinstance(one, str))
    type_ = _type(schema, texts)
    plain = type_ == "text"
    return Argument(
        name,
        type_,
        texts,
        is_address=address and type_ in ("text", "list"),
        is_folder=plain and (kind == "path" or last in _FOLDERS),
        is_day=plain and (form in _DATED or kind == "date" or last in _DAYS),
        optional=optional,
    )


def _type(schema: Any, texts: Sequence[str]) -> str:
    said = schema.get("type")
    if isinstance(said, list):  # of two types, one is compared in vain
        kinds = [one for one in said if one != "null"]
        said = kinds[0] if len(kinds) == 1 else None
    if said == "array":
        item = schema.get("items")
        plain = isinstance(item, dict) and item.get("type", "string") == "string"
        return "list" if plain else "rows"
    if texts:
        return "choice"
    names = {"number": "number", "integer": "number", "boolean": "truth", "string": "text"}
    return names.get(str(said), "other")


def _loosest(each: Sequence[Argument]) -> Argument:
    """Return the one that may be absent, if there is one."""
    return next((one for one in each if one.optional), each[0])
