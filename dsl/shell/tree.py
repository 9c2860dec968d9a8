"""The second reading of a command: the tree that the grammar of Bash makes of it.

The grammar forgives mistakes and follows Bash, not POSIX, so its tree alone decides nothing: it
has to hold one plain command whose words stand exactly where the tokenizer saw them.
"""

from functools import cache
from typing import TYPE_CHECKING, Final

from dsl.shell.words import Span

if TYPE_CHECKING:
    from tree_sitter import Language, Node

_PLAIN: Final = frozenset({"word", "number"})
_STRING: Final = frozenset({'"', "string_content"})


def spans(source: bytes) -> list[Span] | None:
    """Return where each word of the one command stands and, behind it, its quoted parts."""
    command = _command(source)
    if command is None:
        return None
    found: list[Span] = []
    for child in command.children:
        word = child
        if child.type == "command_name":
            if child.child_count != 1:
                return None
            word = child.children[0]
        found.append(Span(word.start_byte, word.end_byte))
        if not _take(word, found):
            return None
    return found


def _command(source: bytes) -> "Node | None":
    """Return the one simple command that is the whole text."""
    from tree_sitter import Parser  # noqa: PLC0415 - see `_language`

    # A parser keeps state and is cheap (a microsecond): each reading has its own.
    root = Parser(_language()).parse(source).root_node
    if root.has_error or root.child_count != 1 or root.children[0].type != "command":
        return None
    return root.children[0]


def _take(word: "Node", found: list[Span]) -> bool:
    """Collect the quoted parts of a word; tell whether it has only parts that are known."""
    parts = word.children if word.type == "concatenation" else [word]
    for part in parts:
        kind = part.type
        if kind in _PLAIN and not part.child_count:
            continue
        if kind != "raw_string" and (kind != "string" or not _is_text(part)):
            return False
        found.append(Span(part.start_byte, part.end_byte, quoted=True))
    return True


def _is_text(string: "Node") -> bool:
    """Tell whether nothing stands in a string but text."""
    return all(inner.type in _STRING for inner in string.children)


@cache
def _language() -> "Language":
    """Load the grammar with the first command that is read, not with the policy language."""
    import tree_sitter_bash  # noqa: PLC0415
    from tree_sitter import Language  # noqa: PLC0415

    return Language(tree_sitter_bash.language())
