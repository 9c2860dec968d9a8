"""`argv`: the words a shell would pass on, or unknown."""

import shlex
import shutil
import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.functions import argv
from dsl.model import Cause
from dsl.shell import words
from tests.drawn import some
from tests.dsl import drawing

READABLE = {
    "ls": ["ls"],
    "  ls   -l  ": ["ls", "-l"],
    "rm -r 'my dir'": ["rm", "-r", "my dir"],
    r"rm my\ dir": ["rm", "my dir"],
    "a ''": ["a", ""],
    'a "" b': ["a", "", "b"],
    "a 'b'\"c\"d": ["a", "bcd"],
    r'a "\$x \\ \" \` \q"': ["a", r"$x \ " + '" ` ' + r"\q"],
    r"a '\'": ["a", "\\"],
    r"a \$x \* \;": ["a", "$x", "*", ";"],
    "a '$x' '*' ';' '!' '#' '~'": ["a", "$x", "*", ";", "!", "#", "~"],
    'a "*;&|<>(){}[]?#~\'"': ["a", "*;&|<>(){}[]?#~'"],
    "'if' x": ["if", "x"],
    r"\time x": ["time", "x"],
    "echo if then": ["echo", "if", "then"],
    "env A=b c": ["env", "A=b", "c"],
    "git show HEAD~1 HEAD^ a#b": ["git", "show", "HEAD~1", "HEAD^", "a#b"],
    "curl https://x.example/a-b_c,d:e@f+g%20": ["curl", "https://x.example/a-b_c,d:e@f+g%20"],
    "sh -c 'rm x; ls'": ["sh", "-c", "rm x; ls"],
    "eval 'a b'": ["eval", "a b"],
    ". file": [".", "file"],
    "grep 'Grüße' \"naïve\"": ["grep", "Grüße", "naïve"],
    "3 4": ["3", "4"],
    r"find . -name '*.py' -exec ls \;": ["find", ".", "-name", "*.py", "-exec", "ls", ";"],
}

UNREADABLE = (
    *("", " ", "a;b", "a;", ";", "a&", "a&b", "a && b", "a || b", "a | b", "a\nb", "a\n"),
    *("a\tb", "(a)", "a (b)", "a $(b)", "a `b`", 'a "$(b)"', 'a "`b`"', "a <(b)", "a >(b)"),
    *("a $((1))", "a $x", "a ${x}", 'a "$x"', "a $", "a $'b'", 'a $"b"', "a *", "a b?"),
    *("a [b]", "[ -f x ]", "a {b,c}", "a {1..3}", "a {}", "{ a", "a }", "~/a", "a ~", "a ~b"),
    *("a b=~", "a :~", "a ''~", "a > b", "a 2> b", "a < b", "a << b", "a <<< b", "a >& b"),
    *("A=b", "A=b c", "A+=b c", "A[0]=b", "!", "! a", "a !", 'a "b!"', "a # b", "#a", "a ''#"),
    *("if", "for a in b", "function a", "time a", "while a", "coproc a", "select a"),
    *("case a in", "do a", "[[ a ]]", "repeat 3 a", "in", "=a", "a =b", "^a^b", "%1"),
    *("export A=b", "declare a", "unset a", "a 'b", 'a "b', "a \\", "'", '"', "a \x00"),
    *("a '\x00'", "a '\n'", "a \x7f", "a '\x9f'", "a \ud800", "a '\udfff'", "ü", "a ü"),
    *("a\u00a0b", "a\u3000b", "a \\\nb", "\\ü", "a 'b'\x1b"),
)


@pytest.mark.parametrize(("command", "expected"), READABLE.items())
def test_plain_commands_are_read_as_a_shell_reads_them(command: str, expected: list[str]) -> None:
    """Escapes and quotes are taken away as POSIX says, and nothing else is touched."""
    assert argv.apply(command) == expected


@pytest.mark.parametrize("command", UNREADABLE)
def test_what_could_mean_more_is_unknown(command: str) -> None:
    """Whatever a shell may expand, run or redirect has no words."""
    assert argv.apply(command) is Cause.UNREADABLE


@pytest.mark.parametrize("sign", list(";&|<>()$`*?[]{}!\n\t\"'\\"))
def test_quotes_make_the_difference(sign: str) -> None:
    """What is unknown bare is a plain word in single quotes, but for control characters."""
    assert argv.apply(f"a b{sign}c d") is Cause.UNREADABLE or sign == "\\"
    if sign not in "\n\t'":
        assert argv.apply(f"a 'b{sign}c' d") == ["a", f"b{sign}c", "d"]


PIECES = (
    *("a", "b1", "-x", "/", ".", " ", "  ", "'", '"', "\\", "''", '""', "'a b'", '"c d"', "\\ "),
    *("\\'", '\\"', "\\\\", "#", "~", "=", ":", "%", "^", "@", ",", "+", "0", "$", "`", "*", "{"),
    *("!", ";", "é", "'é'", "\\$", "'*'", '"\\$"', '"\\`"', "'!'", "if", "[", "&", "|", "<", "("),
)
commands = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@drawing.law(500)
@given(text=st.text() | commands)
def test_any_text_has_an_answer(text: str) -> None:
    """Reading never raises: there are words, or it is unknown."""
    found = argv.apply(text)
    assert found is Cause.UNREADABLE or (isinstance(found, list) and found)


def in_shell(shell: str, arguments: list[str]) -> list[list[str]]:
    """Let a shell split texts that follow a function which only prints its arguments."""
    script = 'show() { printf \'%s\\0\' "$#" "$@"; }\n'
    script += "".join(f"show {text}\n" for text in arguments)
    run = subprocess.run(
        [shell], input=script.encode(), capture_output=True, timeout=60, check=True
    )
    printed = iter(run.stdout.decode().split("\0")[:-1])
    return [[next(printed) for _ in range(int(count))] for count in printed]


@pytest.mark.parametrize("shell", ["dash", "bash", "sh"])
def test_shells_agree(shell: str) -> None:
    """Whenever there are words, a real shell makes the same words of the text."""
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    texts: list[str] = []

    @drawing.law(some(3_000))
    @given(st.lists(commands, min_size=1, max_size=4).map(" ".join))
    def collect(text: str) -> None:
        texts.append(text)

    collect()
    read = {text: found for text in texts if isinstance(found := argv.apply(text), list)}
    assert len(read) > 100
    assert in_shell(shell, list(read)) == list(read.values())


@drawing.law(1_000)
@given(text=commands)
def test_shlex_agrees(text: str) -> None:
    """The standard library splits alike, but for the escapes it does not know in quotes."""
    found = argv.apply(text)
    if isinstance(found, list) and "\\$" not in text and "\\`" not in text:
        assert found == shlex.split(text)


@drawing.law(300)
@given(wanted=st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"])), min_size=1))
def test_what_shlex_quotes_is_read_back(wanted: list[str]) -> None:
    """Properly quoted words are read back as they were."""
    joined = " ".join("'" + word.replace("'", "'\\''") + "'" for word in wanted)
    assert argv.apply(joined) == wanted


def test_limits() -> None:
    """Texts up to the limits are read, and those over them are not."""
    room = argv.MAX_BYTES - len("a ''")
    assert argv.apply(f"a '{'b' * room}'") == ["a", "b" * room]
    assert argv.apply(f"a '{'b' * (room + 1)}'") is Cause.UNREADABLE
    assert argv.apply(f"a '{'é' * (room // 2 + 1)}'") is Cause.UNREADABLE
    assert argv.apply("a " + "''" * (words.MAX_PIECES - 2)) == ["a", ""]
    assert argv.apply("a " + "''" * (words.MAX_PIECES - 1)) is Cause.UNREADABLE
    assert argv.apply("a" * words.MAX_FIRST) == ["a" * words.MAX_FIRST]
    assert argv.apply("a" * (words.MAX_FIRST + 1)) is Cause.UNREADABLE


@pytest.mark.parametrize(
    "part", ["(", "$(", "<", "'", '"', "`", "{ ", "''", "a ", "\\a", "if ", "<<a "]
)
def test_hostile_texts_cost_little(part: str) -> None:
    """Twenty kilobytes of anything take milliseconds; the bound here is wide."""
    text = "a " + part * (20_000 // len(part))
    start = time.process_time()
    argv.apply(text)
    assert time.process_time() - start < 0.2
