"""Addresses of web pages and other resources."""

from typing import Final

from dsl.detect.detector import Detector

_LETTER: Final = r"[0-9A-Za-z_\-\x{80}-\x{10FFFF}]"
_HOST: Final = rf"(?:{_LETTER}+\.)+(?:[A-Za-z\-]{{2}}|[\x{{80}}-\x{{10FFFF}}]{{2}})"

DETECTOR: Final = Detector(
    "url",
    "addresses with http, https, ftp, ws or wss, links without a scheme, and names after `www.`",
    patterns=(
        r"(?i)\b(?:h(?:tt|xx)ps?|ftps?|sftp|wss?):[/\\]{1,3}[^\s/\\\"'<>()]",
        rf"(?i)\bwww\.{_HOST}",
        rf"(?i)(?:\]\(|(?:src|href|action)=[\"']?)[/\\]{{2}}{_HOST}",
    ),
    examples=("https://example.com/a?b=c", "www.example.org"),
)
