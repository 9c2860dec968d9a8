"""Turns Lark's parse tree of one statement into the nodes of `syntax`."""

import re
from typing import Any, Final, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from lark import Token, v_args
from lark.tree import Meta

from dsl import syntax
from dsl.build.clauses import Clause, fields_of, fitting
from dsl.build.testblocks import Tests
from dsl.build.tokens import BuildError, near
from dsl.model import Effect

LANGUAGE: Final = 1  # the version of the language that is read here


@v_args(meta=True)
class Builder(Tests):
    """One method a grammar rule."""

    # Statements

    def header(self, meta: Meta, parts: list[Token]) -> syntax.Header:
        kind, name, version, *_language = parts
        span = self._at(meta)
        return syntax.Header(cast("Any", str(kind)), str(name), self._count(version), span=span)

    def language(self, meta: Meta, parts: list[Token]) -> int:
        if (version := self._count(parts[0])) != LANGUAGE:
            hint = f"this Drawbar reads version {LANGUAGE} of the language"
            raise BuildError(f"version {version} is not known here", self._at(meta), hint)
        return version

    def use_tools(self, meta: Meta, parts: list[Token]) -> syntax.UseTools:
        return syntax.UseTools(self._text(parts[0]), span=self._at(meta))

    def default(self, meta: Meta, parts: list[Any]) -> syntax.Default:
        because = parts[1][1] if len(parts) > 1 else None
        return syntax.Default(parts[0], because, span=self._at(meta))

    def timezone(self, meta: Meta, parts: list[Token]) -> syntax.TimeZone:
        name = self._text(parts[0])
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            hint = near(name, available_timezones())
            raise BuildError(f"there is no time zone `{name}`", self._at(parts[0]), hint) from error
        return syntax.TimeZone(name, span=self._at(meta))

    def let(self, meta: Meta, parts: list[Any]) -> syntax.Let:
        name, value = parts
        return syntax.Let(str(name), value, span=self._at(meta), name_span=self._at(name))

    def table(self, meta: Meta, parts: list[Any]) -> syntax.Table:
        name, *rows = parts
        seen: set[str] = set()
        for row in rows:
            if len(row.key) != len(rows[0].key):
                raise BuildError("this row has another number of keys than the first", row.span)
            if repr(row.key) in seen:
                raise BuildError("there is already a row for this key", row.span)
            seen.add(repr(row.key))
        return syntax.Table(str(name), tuple(rows), span=self._at(meta), name_span=self._at(name))

    def row(self, meta: Meta, parts: list[syntax.Constant]) -> syntax.Row:
        *key, value = (part.value for part in parts)
        return syntax.Row(tuple(key), value, span=self._at(meta))

    def fact(self, meta: Meta, parts: list[Any]) -> syntax.Fact:
        name, *lookup = parts
        asked = lookup[0] if lookup else None
        return syntax.Fact(str(name), asked, span=self._at(meta), name_span=self._at(name))

    def look_up(self, meta: Meta, parts: list[Any]) -> syntax.LookUp:
        source, *given, within = parts
        arguments: dict[str, Any] = {}
        for name, value in given:
            if str(name) in arguments:
                raise BuildError(f"`{name}` is given twice", self._at(name))
            arguments[str(name)] = value
        limit = self._duration(within)
        return syntax.LookUp(str(source), tuple(arguments.items()), limit, span=self._at(meta))

    def parameter(self, _meta: Meta, parts: list[Any]) -> tuple[Token, syntax.Operand]:
        return parts[0], self._value(parts[1])

    def source_of(self, meta: Meta, parts: list[Any]) -> syntax.SourceLevel:
        fields, level, *whole = parts
        said: Any = str(level)
        return syntax.SourceLevel(fields, said, bool(whole), span=self._at(meta))

    def whole(self, _meta: Meta, _parts: list[Any]) -> bool:
        return True

    def kind_of(self, meta: Meta, parts: list[Any]) -> syntax.KindOf:
        fields, kind = parts
        for field in fields:
            if not field.steps:
                hint = f"write `kind {field.tool}.recipient is {kind};`"
                raise BuildError("say which argument is meant", field.span, hint)
        return syntax.KindOf(fields, str(kind), span=self._at(meta))

    def label(self, meta: Meta, parts: list[Any]) -> syntax.Label:
        fields, name, *rest = parts
        more = fields_of(rest)
        return syntax.Label(fields, str(name), **more, span=self._at(meta))

    def audience(self, meta: Meta, parts: list[Any]) -> Clause:
        """Take a text, a list of texts, or the name of one of these."""
        whole = parts[0]
        is_name = isinstance(whole, syntax.Path) and not (whole.steps or whole.optional)
        each = () if is_name else whole.items if isinstance(whole, syntax.ListOf) else (whole,)
        for one in each:
            if not isinstance(one, syntax.Constant) or not isinstance(one.value, str):
                hint = 'write `for "corp.com"`, `for ["*.corp.com", "bob@x.com"]` or a name'
                raise BuildError("addresses belong here", one.span, hint)
        return "audience", whole, self._at(meta)

    def fields(self, _meta: Meta, parts: list[syntax.ToolField]) -> tuple[syntax.ToolField, ...]:
        return tuple(parts)

    def tool_field(self, meta: Meta, parts: list[Token]) -> syntax.ToolField:
        first, *rest = parts
        tool, steps = self._text(first) if first.type == "STRING" else str(first), []
        if first.type == "TOOL":
            server, slash, name = tool.rpartition("/")
            name, *steps = name.split(".")
            tool = server + slash + name
            if not name or not all(map(_FIELD.fullmatch, steps)):
                hint = "a tool whose name has a dot stands in quotes"
                raise BuildError("this names no field of a tool", self._at(first), hint)
        self._glob(tool, first)
        all_steps = (*steps, *(self._step(token) for token in rest))
        return syntax.ToolField(tool, all_steps, span=self._at(meta))

    def rule(self, meta: Meta, parts: list[Any]) -> syntax.Rule:
        name, *rest = parts
        phase = [rest.pop(0)] if isinstance(rest[0], tuple) else []
        effect, *rest = rest
        selected = rest.pop(0) if rest and isinstance(rest[0], syntax.Selector) else None
        span, at = self._at(meta), self._at(name)
        selector = selected or syntax.Selector(span=at)
        fields = fields_of([*phase, *rest])
        rule = syntax.Rule(str(name), effect, selector, **fields, span=span, name_span=at)
        return fitting(rule)

    def effect(self, _meta: Meta, parts: list[Token]) -> Effect:
        return Effect(str(parts[0]))

    def tools(self, _meta: Meta, parts: list[Token]) -> tuple[syntax.ToolPattern, ...]:
        for part in parts:
            self._glob(str(part), part)
        return tuple(syntax.ToolPattern(str(part), span=self._at(part)) for part in parts)

    def tools_where(self, _meta: Meta, parts: list[Any]) -> Any:
        return self._condition(parts[0])

    def excluded(self, _meta: Meta, parts: list[Any]) -> Any:
        return parts[0]

    def selector(self, meta: Meta, parts: list[Any]) -> syntax.Selector:
        chosen, *excluded = parts
        left_out = excluded[0] if excluded else ()
        if isinstance(chosen, tuple):
            return syntax.Selector(chosen, left_out, span=self._at(meta))
        return syntax.Selector((), left_out, chosen, span=self._at(meta))


_FIELD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
