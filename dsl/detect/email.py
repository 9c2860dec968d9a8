"""E-mail addresses."""

from typing import Final

from dsl.detect.detector import Detector

# What ends like a file is one: `logo@2x.png`.
_FILES: Final = frozenset(
    [
        "avif",
        "bmp",
        "css",
        "csv",
        "gif",
        "htm",
        "html",
        "ico",
        "jpeg",
        "jpg",
        "js",
        "json",
        "jsx",
        "md",
        "mjs",
        "pdf",
        "png",
        "svg",
        "tif",
        "tiff",
        "ts",
        "tsx",
        "txt",
        "webp",
        "woff",
        "xml",
        "yaml",
        "yml",
    ]
)
_LETTER: Final = r"0-9A-Za-z\x{80}-\x{10FFFF}"
_LOCAL: Final = _LETTER + r"._%+'\-"
_LABEL: Final = rf"[{_LETTER}](?:[{_LETTER}\-]*[{_LETTER}])?"
_TOP: Final = r"(?:(?:[A-Za-z]{2,24}|xn--[0-9A-Za-z\-]{1,59})\b|[\x{80}-\x{10FFFF}]{2})"


def _is_address(match: str) -> bool:
    name, _, domain = match.rpartition("@")
    return domain.rpartition(".")[2].lower() not in _FILES and name.strip("._%+'-\"<: ") != ""


DETECTOR: Final = Detector(
    "email",
    "e-mail addresses, also with `[at]` and `[dot]` in brackets",
    parts=(
        Detector(
            "email",
            "e-mail addresses",
            patterns=(rf"(?:^|[^{_LOCAL}])[{_LOCAL}]+@(?:{_LABEL}\.)+{_TOP}",),
            check=_is_address,
            cost=1,
        ),
        Detector(
            "email",
            "e-mail addresses written out",
            patterns=(
                (
                    rf"(?i)[{_LOCAL}] ?[\[({{<] ?at ?[\])}}>] ?{_LABEL}"
                    rf"(?: ?(?:\.|[\[({{<] ?dot ?[\])}}>]) ?{_LABEL})+"
                ),
            ),
        ),
    ),
    examples=("ada@example.com", "grace [at] example [dot] org"),
)
