"""Measures how long one value takes: each function, detector, kind and pattern on 20 KB of text.

`python -m bench.values` prints, for each, the ordinary and the hostile text that take longest.
Times are of the processor, and the least of several runs: what the work takes, not what waits.
"""

import base64
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from dsl import patterns
from dsl.canonical.registry import KINDS
from dsl.detect.detector import find
from dsl.detect.registry import DETECTORS
from dsl.detect.spans import spans
from dsl.functions import registry, sql_kind

SIZE: Final = 20_000  # bytes
REPEATS: Final = 3
AGAIN: Final = 25  # repeats of those texts that took longest
WORST: Final = 12
ROOT: Final = Path(__file__).parents[1]
Texts = Mapping[str, str]

# Near misses of each detector, the beginnings of them, and what is hard to cut, fold or nest.
PIECES: Final = (
    *("4111 1111 1111 1112 ", "4111111111111112 ", "4 1 ", "0", "0-", "3782 822463 ", "4"),
    *("4111-1111-1111-1112,", "4111.1111.1111.1112 ", "4000 ", "5", "41 ", "(4111 "),
    *("DE89370400440532013001 ", "DE89 ", "AB12 CD34-", "DE89", "D8 ", "a@a.png ", "a@", "a."),
    *("[at]a[dot]", "a [at] ", "@", "a@b.c", "a" * 60 + "@", "\u00e9@", "+", "00", "+1", "%"),
    *("+1 012 555 0100 ", "+28 12345678 ", "00 49 ", "000-12-3456 ", "ssn ", "123 45 ", "ssn:"),
    *("123-45-", "000 12 3456 ", "v1.2.3.4 ", "1.", "1::2 ", "a:", "::1:", "::", "1.2.3.4.", ":"),
    *("eyJhbGciOi.", "eyJ", "W1tb", "eyJhbGci.aa.aa ", "eyeyeyey.", "password=aaaaaaaa "),
    *("token: ", "key " + "a" * 20 + " ", "a://b:$c@d ", "a://", "sk-", "pwd=", "key=", "eyJ-"),
    *("eyJ.", "a-", "a+a://b:$", "sk-" + "a" * 20 + " ", "AKIA", "ghp_", "xoxa-", "SG."),
    *("-----BEGIN ", "password: ", "secret=", "bearer ", "https://a:", "key=" + "a" * 30 + " "),
    *("1" + "A" * 26 + " ", "bc1" + "q" * 39 + " ", "0x" + "aB" * 20 + " ", "1A", "0x", "bc1"),
    *("ignore all the ", "before you do ", "\n# ", "<|", "http:/", "www.a-", "[](//", "ignore "),
    *(
        "your new task ",
        "you are ",
        "important note from ",
        "\nsystem: a ",
        "<system",
        "--- system ",
    ),
    *("\u5ffd\u7565", "\u0438\u0433\u043d\u043e\u0440\u0438\u0440\u0443\u0439 ", "\u524d\u306e"),
    *("\u0327\u0301", "\ufdfa", "\uff14\uff11", "\u200b", "\ud55c", "\u30ac", "\U000e0041 "),
    *(
        "\u0390",
        "\ufb03",
        "\u1fb7",
        "\u0344",
        "\u01c4",
        "\u0130",
        "\u1e9e",
        "\u2460",
        "\u2026",
        "\u0f73",
    ),
    *("'", '"', "`", "''", "\"'", "(", ")", "()", "[", "{", "$(", "<", "\\", "\\a", ";", ";;"),
    *("/", "//", "/.", "/a", "../", "a b ", "a ", " ", "\n", "\t", "\0", "a", "A", "-", "--"),
    *(
        "select ",
        "select a from t where a in (1,",
        "a,",
        "1,",
        "(select ",
        "not ",
        "case when a then ",
    ),
    *("binary(", "- ", "/*", "a[1]", "cast(", "a.a.a", "a and ", "1+", "union select 1 "),
    *(
        "if ",
        "<<a ",
        "${a",
        "a=b ",
        "a|",
        "a&&",
        "'a' ",
        '"a" ',
        "xn--a.",
        "a.b.",
        "[::]",
        "\u00e4.",
    ),
)
PATTERNS: Final = {
    "ordinary": (
        r"[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}",
        r".*@corp\.example",
        r"/srv/data/[a-z]+/.{1,200}\.txt",
        r"(?i).*\b(?:password|secret|token|key|iban)\b.*",
        r"(?s).*(?:https?|ftp)://[^\s/]+/.*",
        r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})(?:\.(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})){3}",
        r"(?is).*\b(?:" + "|".join(f"word{one}s?" for one in range(50)) + r")\b.*",
        r"[\p{L}\p{N} .,-]{1,64}",
        r"(?s).*[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}.*",
        r"git (?:status|diff|log|show)(?: [\w./-]+)*",
        r"(?s).{1,200}",
    ),
    "hostile": (
        r"(?s).*[ab].{10}",
        r"(?s).*[ab].{20}",
        r"(?s).*a.{30}b.*",
        r"(?s).*a.{100}b.*",
        r"(?s).*[0-9].{200}x.*",
        r"(?s)(?:.*a){20}.*",
        r"(?s)(?:a?){200}a{200}.*",
        r"(?s).*(?:x.{0,200}){3}y",
        r"(?s).*(?:a|b|ab|ba|aa).{60}(?:a|b).{60}c.*",
        r"(?s).*\pL.{100}\pN.{100}\pL",
        r"(?s).*.{1000}x",
        r"(?s).*a.{1000}.*b",
        r"(?s).*(?:\w{0,50}\W){10}z.*",
        r"(?i)(?:(?:[a-z]*[0-9]?)*[^a-z]?)*x",
        r"(?s)(?:.{0,30}a.{0,30}b){15}c",
    ),
}
GLOBS: Final = {
    "ordinary": ("*@corp.example", "https://*.example/*", "*secret*", "/srv/*/data/*.txt"),
    "hostile": ("*a" * 500, "*" * 1000, "*ab*ba*aab*c", "*" + "a?" * 300 + "*b" * 50, "*a.a" * 250),
}


def ordinary() -> Texts:
    """Return texts of the kinds that agents handle."""
    prose = (ROOT / "docs" / "language.md").read_text("utf-8")
    code = "".join(path.read_text("utf-8") for path in sorted((ROOT / "dsl").glob("*.py")))
    line = "2026-03-02T09:30:00Z INFO 10.0.0.7 GET /v1/orders/91823 200 17ms id=7f3a9c {}\n"
    data = '{{"id": {}, "name": "Ada L.", "amount": "12.50", "tags": ["a", "b"], "ok": true}},\n'
    german = "Die Übergabe erfolgt am nächsten Tag gegen Abend; Größe und Maß prüft Jürgen. "
    texts = {"prose": prose, "code": code, "German": german * 300}
    texts["log"] = "".join(line.format(one) for one in range(400))
    texts["JSON"] = "".join(data.format(one) for one in range(400))
    return {name: text.encode()[:SIZE].decode("utf-8", "ignore") for name, text in texts.items()}


def hostile() -> Texts:
    """Return texts made to take long: repeated pieces, mixtures of them, random ones."""
    dice = random.Random(7)  # noqa: S311 - no secret hangs on it
    texts = {ascii(one): one * (SIZE // len(one.encode())) for one in PIECES}
    for one in range(40):
        pieces = dice.sample(PIECES, dice.randint(2, 6))
        texts[f"mixture {one}"] = "".join(dice.choices(pieces, k=SIZE))
    for name, signs in {
        "ab": "ab",
        "digits": "0123456789",
        "digits and gaps": "0123456789 -.",
        "letters": "abcdefgh ",
        "marks": "\u0301\u0327\u0345a",
        "any": "".join(map(chr, range(1, 0x3000))),
    }.items():
        texts[f"random {name}"] = "".join(dice.choices(signs, k=SIZE))
    texts["base64"] = base64.b64encode(dice.randbytes(SIZE)).decode()
    for name, text in {**CALLS, **texts}.items():
        texts[name] = text.encode()[:SIZE].decode("utf-8", "ignore")
    return texts


# What begins well, and goes on for 20 KB or up to the limit of the function that reads it.
CALLS: Final = {
    "SQL list": "select a from t where a in (" + "1," * 140 + "1)",
    "SQL columns": "select " + "a.b as c, " * 30 + "d from t",
    "SQL types": "select " + "cast(a as int)," * 32 + "1",
    "SQL parentheses": "select " + "int((((((1))))))," * 18 + "1",
    "SQL joins": "select 1 from a" + " join b on a.c = b.c" * 17,
    "SQL cases": "select " + "case when a then b else c end," * 21 + "1",
    "SQL unions": "select 1" + " union select 1" * 48,
    "SQL quotes": "select " + "'a'''," * 140 + "1",
    "SQL brackets": "select " + "[a]," * 19 + "1",
    "SQL nots": "select " + "not " * 140 + "1",
    "SQL text": "select '" + "a" * 1_980 + "'",
    "words": "a " + "b " * 120,
    "quoted words": "a " + "'b' " * 120,
    "quoted parts": "a" + "''\"b\"" * 120,
    "one long word": "a '" + "b" * 19_980 + "'",
    "escapes": "a " + "\\b" * 240,
    "plain word": "a " + "--" * 9_990,
    "escapes in quotes": 'a "' + "\\\\" * 9_990 + '"',
    "URL path": "https://a.example/" + "a/" * 10_000,
    "URL escapes": "https://a.example/" + "%41" * 7_000,
    "URL query": "https://a.example/?" + "a=%c3%bc&" * 2_500,
    "URL letters": "https://a.example/" + "\u00fc" * 10_000,
    "path": "/srv" + "/a" * 10_000,
    "path of letters": "/srv/" + "\u00fc/" * 6_000,
    "labels": "https://" + "a." * 120 + "example/",
    "wide labels": "https://" + "\u00e4\u00f6." * 75 + "example/",
    "wide address": "a@" + "\u00e4\u00f6." * 75 + "example",
    "digits": "1" + ",111" * 5_000,
}


def least(work: Callable[[], object], repeats: int) -> float:
    """Return the least milliseconds of several runs."""
    taken = []
    for _ in range(repeats):
        began = time.process_time_ns()
        work()
        taken.append(time.process_time_ns() - began)
    return min(taken) / 1e6


def worst(work: Callable[[str], object], texts: Texts) -> tuple[float, str]:
    """Return the time and the name of the text that takes longest; those near it run again."""
    work("")
    rough = {name: least(partial(work, text), REPEATS) for name, text in texts.items()}
    last = sorted(rough, key=rough.__getitem__)[-WORST:]
    return max((least(partial(work, texts[name]), AGAIN), name) for name in last)


def subjects() -> Iterator[tuple[str, Callable[[str], object]]]:
    """Yield what is measured, with its name."""
    for detector in DETECTORS:
        yield f"detector {detector.name}", partial(find, detector)
    for detector in DETECTORS:
        yield f"spans {detector.name}", partial(spans, detector)
    for kind, canonical in KINDS.items():
        yield f"kind {kind}", canonical
    yield from _functions()
    for sort, written in PATTERNS.items():
        for pattern in written:
            yield f"{sort} /{pattern[:60]}/", partial(patterns.whole, pattern)
    for sort, written in GLOBS.items():
        for glob in written:
            yield f"{sort} like {glob[:30]!r}", partial(patterns.whole, patterns.from_glob(glob))


def _functions() -> Iterator[tuple[str, Callable[[str], object]]]:
    """Yield the functions that take a text."""
    beside = {"under": ("/srv/data",), "ip_in": ("10.0.0.0/8",)}
    for name in ("argv", "domain", "host", "ip_in", "len", "lower", "nfkc"):
        yield f"function {name}", _applied(name, *beside.get(name, ()))
    for name in ("parse_time", "scheme", "sql_kind", "trim", "under"):
        yield f"function {name}", _applied(name, *beside.get(name, ()))


def _applied(name: str, *beside: object) -> Callable[[str], object]:
    found = registry.find(name)
    if found is None:
        raise LookupError(name)
    registry.warm(name)
    function, apply = found
    if name == "sql_kind":
        read = sql_kind._read.__wrapped__  # noqa: SLF001 - what is remembered takes no time
        return lambda text: apply(text) if len(text) > sql_kind.MAX_BYTES else read(text)
    if function.zoned:
        return lambda text: apply(None, text)
    return lambda text: apply(text, *beside)


def main() -> None:
    """Print the table, or the rows whose names hold the first argument."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    texts = {"ordinary": ordinary(), "hostile": hostile()}
    print("| what | ordinary, ms | text | hostile, ms | text |\n| --- | --- | --- | --- | --- |")
    for name, work in subjects():
        if wanted in name:
            row = [worst(work, some) for some in texts.values()]
            shown = " | ".join(f"{took:.3f} | {text[:24]}" for took, text in row)
            print(f"| {name} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
