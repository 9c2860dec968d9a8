"""The first reading of a command: a tokenizer that knows plain words, escapes and quotes only.

Whatever it does not know makes the whole command unreadable, so it has no rule for any expansion,
and needs none.
"""

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple

MAX_PIECES: Final = 250
# The grammar of Bash reads a long first word again and again.
MAX_FIRST: Final = 250

# One piece of a word, or the blanks between words. The alternatives begin with different
# characters, and no loop has two ways to take a text, so the time is linear.
_PIECE: Final = re.compile(
    r"""(?P<blank>[ ]++)
    | (?P<plain>[A-Za-z0-9_./:,@%+=^#~-]++)
    | \\(?P<escaped>[ -~])
    | '(?P<single>[^']*+)'
    | "(?P<double>[^"\\$`!\0]*+(?:\\[^!\0][^"\\$`!\0]*+)*)"
    """,
    re.VERBOSE,
)

# Unquoted, `#` may begin a comment, `=` a path (zsh), and this a home directory.
_HOME: Final = re.compile(r"(?:\A|[^A-Za-z0-9_])~")
# In the first word: an assignment, a substitution in the history, a job.
_MEANINGFUL_FIRST: Final = re.compile(r"[=^]|\A%")

_KEYWORDS: Final = frozenset(
    # POSIX; `{`, `}` and `!` are refused wherever they stand unquoted.
    {"case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "in", "then", "until"}
    # Bash and ksh; `[[` is refused as a pattern for file names.
    | {"while", "coproc", "function", "namespace", "select", "time"}
    # zsh.
    | {"end", "foreach", "nocorrect", "repeat"}
)


class Span(NamedTuple):
    """Where a word, or a quoted part of one, stands: a half-open pair of byte offsets."""

    start: int
    end: int
    quoted: bool = False


@dataclass(slots=True)
class Word:
    """One word: where it stands, its source, the text it stands for, and its quoted parts."""

    start: int
    source: str = ""
    text: str = ""
    plain: list[str] = field(default_factory=list)
    quoted: list[Span] = field(default_factory=list)

    def take(self, match: re.Match[str], start: int, end: int) -> None:
        """Append one piece, which stands at the given bytes."""
        kind = match.lastgroup
        source, inner = match.group(0, kind or 0)
        self.source += source
        if kind == "plain":
            self.plain.append(inner)
        elif kind != "escaped":
            self.quoted.append(Span(start, end, quoted=True))
        self.text += _unescaped(inner) if kind == "double" and "\\" in inner else inner

    @property
    def meaningful(self) -> bool:
        """Whether a shell may expand an unquoted part of this word."""
        return any(part[0] in "#=" or ("~" in part and _HOME.search(part)) for part in self.plain)

    @property
    def meaningful_first(self) -> bool:
        """Whether this word, as the first one, may be more than the name of a program."""
        if self.source in _KEYWORDS:
            return True
        return any(_MEANINGFUL_FIRST.search(part) for part in self.plain)


def read(text: str) -> list[Word] | None:
    """Cut a text into words; nothing, where a part of it could mean more than itself."""
    words = _cut(text)
    if not words or len(words[0].source) > MAX_FIRST or words[0].meaningful_first:
        return None
    return None if any(word.meaningful for word in words) else words


def spans(words: list[Word]) -> list[Span]:
    """Return where each word stands and, behind it, where its quoted parts stand."""
    found: list[Span] = []
    for word in words:
        found.append(Span(word.start, word.start + _size(word.source)))
        found += word.quoted
    return found


def _unescaped(text: str) -> str:
    """Take away the back slashes that escape in double quotes; they pair from left to right."""
    text = text.replace("\\\\", "\0")  # which no piece holds
    for one in '"$`':
        text = text.replace(f"\\{one}", one)
    return text.replace("\0", "\\")


def _size(text: str) -> int:
    """Return how many bytes a text takes."""
    return len(text) if text.isascii() else len(text.encode())


def _cut(text: str) -> list[Word] | None:
    words: list[Word] = []
    at, byte, blank = 0, 0, True
    for _ in range(MAX_PIECES):
        match = _PIECE.match(text, at)
        if match is None:
            return None
        at, start = match.end(), byte
        byte += _size(match[0])
        if match.lastgroup == "blank":
            blank = True
        else:
            words += [Word(start)] if blank else []
            words[-1].take(match, start, byte)
            blank = False
        if at == len(text):
            return words
    return None
