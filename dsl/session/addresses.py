"""Finds e-mail addresses, links and hosts in a text, and tells the form links compare by."""

import re
from collections.abc import Iterator
from typing import Final

from dsl.canonical import email, host, url
from dsl.session.common_words import GLUED, listed
from dsl.session.spans import Mention, Taken

_LABEL: Final = r"[^\W_](?:[\w-]*[^\W_])?"
_TOP: Final = r"(?:xn--[A-Za-z0-9-]{1,59}|[^\W\d_]{2,24})"
_NAME: Final = rf"(?:{_LABEL}\.)+{_TOP}"
_AFTER: Final = r"(?![\w@-])(?!\.\w)"
_EMAIL: Final = re.compile(
    rf"(?<![\w.+%!|-])[\w+-]{{1,64}}(?:['.][\w+-]{{1,64}}){{0,8}}@{_NAME}{_AFTER}"
)
_LINK: Final = re.compile(r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,15}://[^\s<>\"`\\|{}]+")
_BARE: Final = re.compile(
    rf"(?<![\w@./:\\-])(?:{_NAME}|[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}})"
    r"(?::[0-9]{1,5}(?![0-9]))?(?:(?![\w@-])(?!\.\w)(?!:\w)|(?=[/?#]))(?:[/?#][^\s<>\"`\\|{}]*)?"
)
_NEXT_LINK: Final = re.compile(r"[,;](?=[A-Za-z][A-Za-z0-9+.-]*://)")
_SCHEME: Final = re.compile(r"https?://")
_SENTENCE: Final = re.compile(r"(?<=[a-z0-9/])\.[A-Z][a-z]+$")
_ENDS: Final = ".,;:!?'*_~\u2026\u2019\u201d\u00bb"
# A common word, and the end of hosts in texts that explain something; no sentence begins with it
# in small letters behind a dot.
_ENDING: Final = "example"
_PAIRS: Final = {")": "(", "]": "["}
# What ends like a file of these sorts is one, and no host: no top level has such a name.
_FILES: Final = listed(
    "bak bin bmp cfg conf css csv dat db doc docx exe gif gz htm html ico ini jpeg jpg js json "
    "jsx key log mp3 mp4 odt pdf png ppt pptx rb rst rtf sql svg tar tex tif tiff toml tsv tsx "
    "txt wav webp xls xlsx xml yaml yml"
)


def key(value: str) -> str | None:
    """Return the form that links compare by; None if no two programs surely read one link.

    `http`, `https` and no scheme are one, and so are a path with and without a slash at its end.
    """
    written = url.canonical(value if "://" in value else f"https://{value}")
    return None if written is None else _SCHEME.sub("", written, count=1).removesuffix("/")


def other(form: str) -> str:
    """Return a link or host with `www.` if it has none, and without it if it has it."""
    return form.removeprefix("www.") if form.startswith("www.") else f"www.{form}"


def is_bare(value: str) -> bool:
    """Tell whether a value reads like a link without its scheme."""
    found = _BARE.fullmatch(value) if "." in value else None
    return found is not None and _is_host(value)


def find(taken: Taken) -> None:
    """Find links first, then e-mail addresses, then hosts that stand for themselves."""
    for start, end in _links(taken.text):
        bare = "/" not in taken.text[start:end].partition("://")[2]
        _link(taken, start, _unglued(taken.text, start, end) if bare else end)
    for match in _EMAIL.finditer(taken.text):
        start, end = match.start(), _unglued(taken.text, match.start(), match.end())
        if taken.is_free(start, end):
            taken.mentions.append(
                Mention("email", email.canonical(taken.text[start:end]), start, end)
            )
            taken.take(start, end, "email")
    for match in _BARE.finditer(taken.text):
        end = _end(taken.text, *match.span())
        end = _unglued(taken.text, match.start(), end)
        if taken.is_free(match.start(), end) and _is_host(taken.text[match.start() : end]):
            _link(taken, match.start(), end)


def _links(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    while match := _LINK.search(text, at):
        end = _end(text, *match.span())
        yield match.start(), end
        at = max(end, match.start() + 1)


def _link(taken: Taken, start: int, end: int) -> None:
    """Note a link and its host; a sentence may be glued to its end."""
    written = taken.text[start:end]
    sentence = _SENTENCE.search(written)
    for one in (written, written[: sentence.start()] if sentence else written):
        form = key(one)
        whole = one == written
        if whole or form is not None:
            taken.mentions.append(Mention("url", form, start, start + len(one)))
        if form is not None and (read := url.read(one if "://" in one else f"https://{one}")):
            taken.mentions.append(Mention("host", read.host, start, start + len(one)))
    taken.take(start, end, "url")


def _end(text: str, start: int, end: int) -> int:
    """Leave out what stands behind a link: the signs of a sentence, brackets, the next link."""
    if following := _NEXT_LINK.search(text, start, end):
        end = following.start()
    depth = {"(": 0, "[": 0}
    for at in range(start, end):
        if text[at] in depth:
            depth[text[at]] += 1
        elif opened := _PAIRS.get(text[at]):
            depth[opened] -= 1
            if depth[opened] < 0:
                end = at
                break
    return start + len(text[start:end].rstrip(_ENDS))


def _unglued(text: str, start: int, end: int) -> int:
    """Leave out a word of a sentence that is glued to an address, as in `x.com.They sent`."""
    before, dot, last = text[start:end].rpartition(".")
    glued = dot and "." in before.rpartition("@")[2] and _is_glued(last)
    return start + len(before) if glued else end


def _is_host(written: str) -> bool:
    """Tell whether a name with a dot is one of the net, and no file or two words of a sentence."""
    name = re.split(r"[/?#:]", written, maxsplit=1)[0]
    last = name.rpartition(".")[2]
    is_file = name == written and last.casefold() in _FILES
    return not is_file and not _is_glued(last) and bool(host.name(name))


def _is_glued(last: str) -> bool:
    """Tell a word that a sentence goes on with from the ending of a host."""
    return last != _ENDING and last.casefold() in GLUED


def spans(text: str) -> list[tuple[int, int]]:
    """Return where addresses stand in a text."""
    if not any(sign in text for sign in ("@", ".", "://")):
        return []
    taken = Taken(text)
    find(taken)
    return sorted((start, end) for start, end, _ in taken.spans)
