"""Text to tree, statement by statement: one broken statement hides no other."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import Final

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, VisitError
from lark.lark import PostLex

from dsl import syntax, tables
from dsl.build import driver
from dsl.build.builder import Builder
from dsl.build.expected import unexpected
from dsl.build.tokens import BuildError
from dsl.checks import names
from dsl.checks.environment import the_same
from dsl.checks.known import Faults, Known, Placed, Store
from dsl.checks.policy import check, environment
from dsl.errors import Finding, PolicyError, Source, Span
from dsl.split import cuts, resplit

MAX_TEXT: Final = 32 << 20
MAX_STATEMENTS: Final = 200_000
MAX_NESTING: Final = 100
MAX_FINDINGS: Final = 1000

# Characters that make a text read otherwise than it means.
HIDDEN: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\uffff"
    r"\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]|\r(?!\n)"
)
_PLAIN: Final = bytes([*b"\t\n\r", *range(0x20, 0x7F)])  # none of them in HIDDEN, but for `\r`


class _RunTogether(Exception):
    """Two words without white space between them, as `rulepay`."""

    def __init__(self, token: Token) -> None:
        self.token = token


class _ApartFromEachOther(PostLex):
    """Lark would read `rulepay` as `rule` and `pay`; a reader would not."""

    always_accept = ()

    def process(self, stream: Iterable[Token]) -> Iterator[Token]:
        last: Token | None = None
        for token in stream:
            if last is not None and last.end_pos == token.start_pos and _wordy(last, token):
                raise _RunTogether(token)
            last = token
            yield token


def _wordy(left: Token, right: Token) -> bool:
    return all(char.isalnum() or char == "_" for char in (left[-1], right[0]))


@cache
def grammar() -> Lark:
    """Return the parser, made once a process."""
    return tables.parser(_ApartFromEachOther())


def parse(source: Source) -> syntax.Policy:
    """Read one policy, or raise `PolicyError` with everything that is wrong in it."""
    policy, findings = read(source)
    if policy is None or findings:
        raise PolicyError(source, tuple(findings))
    return policy


def read(source: Source) -> tuple[syntax.Policy | None, list[Finding]]:
    """Read as much as can be read; the findings are those that forbid its use."""
    if findings := unreadable(source.text):
        return None, findings
    _STORE.make_room(2 * len(source.text))  # for the edited text beside the one before
    known, findings = _known(source.text)
    findings += check(known, whole=not findings)
    statements = tuple([statement for _, statement, _ in known])
    header = next((s for s in statements if isinstance(s, syntax.Header)), None)
    starts = tuple([start for start, _, _ in known])
    policy = syntax.Policy(header, statements, starts) if header else None
    return policy, _bounded(findings)


def _known(text: str) -> tuple[list[Placed], list[Finding]]:
    """Return the statements that can be read, and what is wrong with the others."""
    known: list[Placed] = []
    findings: list[Finding] = []
    get = _STORE.get
    for start, end in cuts(text):
        one = get(text[start:end])
        if not isinstance(one.node, Finding):
            known.append((start, one.node, one))
            continue
        if len(findings) >= MAX_FINDINGS:
            break
        for at, part in _parts(text, start, end, one):
            if isinstance(part.node, Finding):
                findings.append(part.node.moved(at))
            else:
                known.append((at, part.node, part))
    return known, findings


def _parts(text: str, start: int, end: int, broken: Known) -> Iterator[tuple[int, Known]]:
    """Yield the parts of a piece that does not parse: more than one if lines in it open others."""
    spans = list(resplit(text, start, end))
    for span in spans:
        part = broken if len(spans) == 1 else _STORE.get(text[span.start : span.end])
        yield span.start, part


def _bounded(findings: list[Finding]) -> list[Finding]:
    """Put findings in the order of the text; nobody reads more than a thousand."""
    findings = sorted(findings, key=lambda finding: finding.span.start)
    if len(findings) < MAX_FINDINGS:
        return findings
    most = f"there may be more: only {MAX_FINDINGS} faults are listed"
    last = findings[MAX_FINDINGS - 1]
    return [*findings[:MAX_FINDINGS], Finding("BAR101", most, last.span)]


def unreadable(text: str) -> list[Finding]:
    """Find what makes a text unfit to be read by people or by us."""
    if len(text) > MAX_TEXT:
        message = f"the file is longer than {MAX_TEXT >> 20} MiB"
        return [Finding("BAR101", message, Span(0, 1))]
    if text.count(";") + text.count("}") > MAX_STATEMENTS:
        return [Finding("BAR101", "the file holds too many statements", Span(0, 1))]
    hidden = islice(HIDDEN.finditer(text), 20) if _may_hide(text) else ()
    return [
        Finding(
            "BAR108",
            f"a hidden character (U+{ord(match.group()):04X}) stands here",
            Span(*match.span()),
            help="remove it; in a text write it as \\uXXXX",
        )
        for match in hidden
    ]


def _may_hide(text: str) -> bool:
    """Look at the few characters that are not plain: sooner than a search in the whole text."""
    odd = text.encode("utf-8", "surrogatepass").translate(None, _PLAIN)
    lone = text.count("\r") > text.count("\r\n")
    return lone or HIDDEN.search(odd.decode("utf-8", "surrogatepass")) is not None


def news(text: str) -> int:
    """Return how many characters of a text are statements that were not read lately."""
    return sum(end - start for start, end in cuts(text) if not _STORE.knows(text[start:end]))


def remember(text: str, policy: syntax.Policy) -> None:
    """Take the tree of a text as known, and nothing wrong in it: an edit then reads what is new."""
    _STORE.make_room(2 * len(text))
    spans = cuts(text)
    if [start for start, _ in spans] != [*policy.starts]:
        return
    each = [Known(node, names.reach(node)) for node in policy.statements]
    placed = [*zip(policy.starts, policy.statements, each, strict=True)]
    sound = Faults(the_same(environment(placed)), None, (), ())
    for (start, end), known in zip(spans, each, strict=True):
        known.faults = sound
        _STORE.put(text[start:end], known)


def statement(text: str) -> syntax.Statement | Finding:
    """Parse the text of one statement; places count from its start."""
    return _STORE.get(text).node


def _read(text: str) -> Known:
    node = _parsed(text)
    return Known(node, names.reach(node))


_STORE: Final = Store(_read, most=8 << 20)


def _parsed(text: str) -> syntax.Statement | Finding:
    found = _driver()
    read: syntax.Statement | None = found.read(text) if found is not None else None
    return _by_lark(text) if read is None else read


@cache
def _driver() -> driver.Driver | None:
    """Return what reads a statement sooner than Lark, where its tables are those that we know."""
    return driver.made(grammar(), Builder(0), MAX_NESTING) if tables.are_known() else None


def _by_lark(text: str) -> syntax.Statement | Finding:
    """Parse a statement as the grammar says, or say what is wrong with it."""
    try:
        tree = grammar().parse(text)
        if _depth(tree) > MAX_NESTING:
            whole = Span(0, len(text))
            return Finding("BAR101", "the statement is nested too deeply", whole)
        built: syntax.Statement = Builder(0).transform(tree)
    except UnexpectedInput as error:
        return unexpected(text, error, grammar())
    except _RunTogether as error:
        return Finding("BAR101", "a space is missing before this", _span(error.token))
    except VisitError as error:
        if isinstance(error.orig_exc, BuildError):
            fault = error.orig_exc
            return Finding("BAR101", fault.message, fault.span, help=fault.hint)
        raise
    return built


def _depth(tree: Tree[Token]) -> int:
    deepest, todo = 0, [(tree, 1)]
    while todo:
        node, depth = todo.pop()
        deepest = max(deepest, depth)
        todo += [(child, depth + 1) for child in node.children if isinstance(child, Tree)]
    return deepest


def _span(token: Token) -> Span:
    return Span(int(token.start_pos or 0), int(token.end_pos or 0))
