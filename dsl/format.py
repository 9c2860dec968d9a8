"""The canonical printer: one way to lay out a policy, comments kept."""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import PolicyError, Source
from dsl.parse import read
from dsl.parse import statement as parse_statement
from dsl.show.statements import show
from dsl.split import Piece, split


def reformat(source: Source) -> str:
    """Return a policy's text in canonical layout; a broken policy is refused, not mangled."""
    policy, findings = read(source)
    if policy is None or findings:
        raise PolicyError(source, tuple(findings))
    pieces, trailing = split(source.text)
    blocks = [_block(source.text, piece, first=index == 0) for index, piece in enumerate(pieces)]
    text = "".join(blocks) + "".join(f"{line}\n" for line in _squeezed(trailing))
    return text.rstrip("\n") + "\n"


def _block(text: str, piece: Piece, *, first: bool) -> str:
    node = parse_statement(text[piece.span.start : piece.span.end])
    above = list(_squeezed(piece.before))
    if not first and _stands_apart(node) and (not above or above[0] != ""):
        above.insert(0, "")
    if first and above[:1] == [""]:
        above = above[1:]
    verbatim = piece.has_comments or not isinstance(node, syntax.Node)
    body = text[piece.span.start : piece.span.end] if verbatim else show(node)  # type: ignore[arg-type]  # a Finding is no Node
    body += f"  {piece.after}" if piece.after else ""
    return "\n".join([*above, body]) + "\n"


def _stands_apart(node: object) -> bool:
    """Rules, tests and tables get an empty line above; short statements may stand together."""
    return isinstance(node, syntax.Rule | syntax.TestBlock | syntax.Table)


def _squeezed(lines: tuple[str, ...]) -> Iterator[str]:
    last = None
    for line in lines:
        if line or last != "":
            yield line
        last = line
