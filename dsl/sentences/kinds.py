"""The kinds that a sentence can be declared as: a closed list, one row each."""

from dataclasses import dataclass
from typing import Final, Literal

from dsl.sentences.signs import Tag

Slot = Literal[
    "number", "length", "values", "one value", "domains", "folder", "tools", "readers", "earlier",
    "often", "approval", "approved number", "origin", "words", "text", "days", "fact", "switch",
    "data", "label",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: the slots of its rule, what a sentence of it must say, and what it may say.

    `broken_when` is the answer to its question by which the sentence is broken: whether a value is
    in the list, say. None where the sentence decides that.
    """

    name: str
    slot: Slot
    broken_when: bool | None
    needs: frozenset[Tag]
    may: frozenset[Tag] = frozenset()
    rule: str = ""


SIZES: Final = (Tag.MORE, Tag.AT_LEAST, Tag.LESS, Tag.AT_MOST)
NAMES: Final = frozenset(
    {Tag.LET, Tag.FACT, Tag.VALUE, Tag.ARGUMENT, Tag.TOOL, Tag.LABEL}
)  # what the policy and its tools file call by a name
# What says how a sentence is meant: each kind may have it.
FORCE: Final = frozenset({Tag.NEG, Tag.ONLY, Tag.MUST, Tag.MAY, Tag.KNOWN})
_SIZE: Final = frozenset({*SIZES, Tag.ARGUMENT})
_LIST: Final = frozenset({Tag.LET, Tag.VALUE, Tag.QUOTED, Tag.ARGUMENT, Tag.OUT, Tag.UNLESS})
_ORDER: Final = frozenset({Tag.AFTER, Tag.BEFORE, Tag.FIRST, Tag.WITHOUT, Tag.UNLESS, Tag.COND})
_ASKED: Final = frozenset({Tag.WITHOUT, Tag.UNLESS, Tag.AFTER, Tag.COND, Tag.HOLDS})
_HELD: Final = frozenset({Tag.HOLDS, Tag.WITHOUT, Tag.ARGUMENT})


def _kind(name: str, slot: Slot, rule: str, **more: object) -> Kind:
    needs, may = more.get("needs", ()), more.get("may", frozenset())
    when = more.get("when")
    assert isinstance(needs, tuple)  # noqa: S101 - a row of the table below
    assert isinstance(may, frozenset)  # noqa: S101
    assert when is None or isinstance(when, bool)  # noqa: S101
    return Kind(name, slot, when, frozenset(needs), may, rule)


_ROWS: Final = (
    _kind("num_max", "number", "args.x > N", needs=(Tag.NUMBER,), may=_SIZE),
    _kind("num_min", "number", "args.x < N", needs=(Tag.NUMBER,), may=_SIZE),
    _kind("list_size", "length", "len(args.l) > N", needs=(Tag.NUMBER,),
          may=_SIZE | {Tag.NUMBER_OF}),
    _kind("set_allow", "values", "args.x not in S", when=False, may=_LIST),
    _kind("set_deny", "values", "args.x in S", when=True, may=_LIST),
    _kind("req_value", "one value", "args.x != V", when=False, may=_LIST - {Tag.LET}),
    _kind(
        "domain_allow", "domains", "domain(args.to) not in S", when=False,
        may=frozenset({Tag.DOMAIN, Tag.LET, Tag.ARGUMENT, Tag.OUT, Tag.UNLESS}),
    ),
    _kind(
        "domain_deny", "domains", "domain(args.to) in S", when=True,
        may=frozenset({Tag.DOMAIN, Tag.LET, Tag.ARGUMENT, Tag.OUT, Tag.UNLESS}),
    ),
    _kind(
        "path_prefix", "folder", 'not under(args.path, "P")', when=False, needs=(Tag.PATH,),
        may=frozenset({Tag.LESS, Tag.OUT, Tag.UNLESS, Tag.ARGUMENT}),
    ),
    _kind("tool_ban", "tools", 'tool == "T"', when=True, may=frozenset({Tag.TOOL, Tag.OUT})),
    _kind("tool_allow", "tools", 'tool not in ["T"]', when=False,
          may=frozenset({Tag.TOOL, Tag.OUT})),
    _kind("read_only", "readers", "tools that are not `read_only`", when=False,
          may=frozenset({Tag.READS, Tag.CHANGES})),
    _kind("order_before", "earlier", "not called(A)", when=False, needs=(Tag.TOOL,), may=_ORDER),
    _kind("order_after_ban", "earlier", "called(A)", when=True, needs=(Tag.TOOL,), may=_ORDER),
    _kind(
        "count_max", "often", "count(T within D) >= N",
        may=frozenset(
            {*SIZES, Tag.NUMBER, Tag.NUMBER_OF, Tag.TIMES, Tag.WINDOW, Tag.AFTER, Tag.TOOL}
        ),
    ),
    _kind("confirm", "approval", "ask T", when=False, may=_ASKED | {Tag.TOOL, Tag.APPROVAL}),
    _kind(
        "cond_approval", "approved number", "ask T when args.x > N", when=False,
        needs=(Tag.NUMBER,), may=_ASKED | _SIZE | {Tag.APPROVAL},
    ),
    _kind("grounded", "origin", "args.x from nowhere", when=True, needs=(Tag.INVENTED,),
          may=frozenset({Tag.ARGUMENT})),
    _kind(
        "user_request", "words", "not user_said(/W/)", when=False, needs=(Tag.SAID, Tag.QUOTED),
        may=frozenset({Tag.COND, Tag.UNLESS, Tag.WITHOUT, Tag.AFTER}),
    ),
    _kind("text_ban", "text", 'args.x contains "W"', when=True, needs=(Tag.QUOTED,), may=_HELD),
    _kind(
        "date_window", "days", "date(args.d) not in A..B", when=False, needs=(Tag.DAY,),
        may=frozenset({Tag.OUT, Tag.UNLESS, Tag.ARGUMENT}),
    ),
    _kind(
        "state_cond", "fact", "fact.F.x == V", needs=(Tag.FACT,),
        may=frozenset({Tag.COND, Tag.UNLESS, Tag.QUOTED, Tag.NUMBER, Tag.FIELD}),
    ),
    _kind("flag", "switch", "args.f == true", when=True, needs=(Tag.ARGUMENT,), may=_HELD),
    _kind("data_kind", "data", 'detects(args.x, "D")', when=True, needs=(Tag.SENSE,), may=_HELD),
    _kind(
        "data_outside", "label", "args has L and domain(args.to) not in S", when=False,
        needs=(Tag.LABEL,),
        may=_HELD | {Tag.DOMAIN, Tag.LET, Tag.OUT},
    ),
)  # fmt: skip
KINDS: Final = {one.name: one for one in _ROWS}
