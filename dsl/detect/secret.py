"""Passwords, keys and tokens."""

import json
from base64 import urlsafe_b64decode
from collections import Counter
from math import log2
from typing import Final

from dsl.detect.detector import Detector

_HEADER: Final = 2000  # characters of a token's header that are read
_SAMPLE: Final = 200  # characters of a value whose entropy is taken
_PLAIN: Final = (
    "$",
    "{",
    "<",
    "%",
    "(",
    "[",
    "*",
    "os.",
    "process.",
    "env",
    "get",
    "config",
    "null",
)
_CALLS: Final = ("(", ")", "[", "{")
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_SHORTEST: Final = 8  # characters of a password
_DIGITS: Final = 32  # of a hexadecimal key
# Bits a character: of a password, of a hexadecimal key, of any other key.
_CHOSEN: Final = 2.5
_DENSE_HEX: Final = 3
_DENSE: Final = 4
_KINDS: Final = (str.islower, str.isupper, str.isdigit)

# Tokens that say themselves what they are.
_MARKED: Final = (
    r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b",  # Amazon
    r"gh[oprsu]_[0-9A-Za-z]{36}",  # GitHub
    r"github_pat_[0-9A-Za-z_]{22}",
    r"gl(?:pat|dt|rt|ptt|oas|soat|ft|agent|cbt|imt)-[0-9A-Za-z_\-]{20}",  # GitLab
    r"xox[a-z]-[0-9A-Za-z]+-[0-9A-Za-z\-]{8}",  # Slack
    r"xapp-[0-9]-[0-9A-Z]+-[0-9]+-[0-9a-f]{16}",
    r"hooks\.slack\.com/services/T[0-9A-Z]+/B[0-9A-Z]+/[0-9A-Za-z]{16}",
    r"[prs]k_(?:live|test)_[0-9A-Za-z]{16}",  # Stripe
    r"whsec_[0-9A-Za-z+/]{24}",
    r"AIza[0-9A-Za-z_\-]{35}",  # Google
    r"GOCSPX-[0-9A-Za-z_\-]{28}",
    r"ya29\.[0-9A-Za-z_\-]{20}",
    r"npm_[0-9A-Za-z]{36}",
    r"pypi-AgE[0-9A-Za-z_\-]{50}",
    r"\bhf_[A-Za-z]{34}\b",  # Hugging Face
    r"SG\.[0-9A-Za-z_\-]{22}\.[0-9A-Za-z_\-]{43}",  # SendGrid
    r"do[opr]_v1_[0-9a-f]{64}",  # DigitalOcean
    r"\b[0-9]{8,10}:AA[0-9A-Za-z_\-]{33}",  # Telegram
)
_NAME: Final = (
    r"(?:pass(?:word|wd|phrase|code)|(?:^|[^a-z])(?:pass|pwd)|secret|token"
    r"|api[_\- ]?key|access[_\- ]?key|private[_\- ]?key|secret[_\- ]?key|account[_\- ]?key"
    r"|credentials?|passwort|kennwort|mot de passe|contrasena)"
)


def entropy(text: str) -> float:
    """Return how many bits a character of the text carries."""
    size = len(text)
    return -sum(count / size * log2(count / size) for count in Counter(text).values())


def _is_varied(match: str) -> bool:
    """Tell whether a token after `sk-` is no chain of words."""
    return sum(any(map(kind, match[3:])) for kind in _KINDS) == len(_KINDS)


def _is_signed(match: str) -> bool:
    """Tell whether the first of the three parts is the header of a JSON Web Token."""
    header = match[match.find("e") :].partition(".")[0][:_HEADER]
    try:
        raw = urlsafe_b64decode(header + "=" * (-len(header) % 4))
        if b"alg" not in raw and b"\\" not in raw:  # a back slash may write any letter
            return False
        read = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return isinstance(read, dict) and "alg" in read


def _is_password(match: str) -> bool:
    """Tell whether the value after the sign is no word, no name and no place where it is kept."""
    sign = min(at for at in (match.find("="), match.find(":")) if at >= 0)
    value = match[sign + 1 :].lstrip("=:> \t\"'`")[:_SAMPLE]
    if len(value) < _SHORTEST or value.lower().startswith(_PLAIN) or value.endswith(_CALLS):
        return False
    telling = [one for one in value if not one.isalpha() and one not in "_.-[]()"]
    return bool(telling) and len(telling) < len(value) and entropy(value) >= _CHOSEN


def _is_random(match: str) -> bool:
    """Tell whether the last word is random: hexadecimal of 32 digits, or dense base64."""
    value = match.rsplit(maxsplit=1)[-1].lstrip("=:\"'`(>")[-_SAMPLE:]
    if set(value) <= _HEX:
        return len(value) >= _DIGITS and entropy(value) >= _DENSE_HEX
    mixed = any(map(str.isdigit, value)) and any(map(str.isupper, value))
    return mixed and entropy(value) >= _DENSE


def _is_login(match: str) -> bool:
    """Tell whether the password in an address is written out."""
    word = match.rpartition("@")[0].rpartition(":")[2]
    return not word.startswith(("$", "{", "<", "%7B", "*", "[")) and len(set(word)) > 1


DETECTOR: Final = Detector(
    "secret",
    "private keys, tokens of well-known services, JSON Web Tokens, passwords in addresses and "
    "after words such as `password =`, random text after words such as `key`",
    parts=(
        Detector(
            "secret",
            "private keys",
            patterns=(r"-----BEGIN (?:[0-9A-Z]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----",),
            rest=r"(?s).*?-----END [0-9A-Z ]{0,80}-----|(?s).*",
        ),
        Detector("secret", "tokens that say what they are", patterns=_MARKED),
        Detector(
            "secret",
            "tokens after `sk-`",
            patterns=(r"\bsk-[0-9A-Za-z_\-]{20,}",),
            check=_is_varied,
            overlap=False,
        ),
        Detector(
            "secret",
            "JSON Web Tokens",
            patterns=(
                r"(?:^|[^0-9A-Za-z_\-])e[wy][0-9A-Za-z_\-]{8,}\.[0-9A-Za-z_\-]{2,}\.[0-9A-Za-z_\-]*",
            ),
            check=_is_signed,
            cost=3,
        ),
        Detector(
            "secret",
            "passwords in addresses",
            patterns=(
                r"(?i)(?:^|[^0-9a-z+.\-])[a-z][0-9a-z+.\-]*://[^\s/:@\"'<>]*:[^\s/@\"']+@[0-9a-z\[]",
            ),
            check=_is_login,
        ),
        Detector(
            "secret",
            "passwords after their name",
            patterns=(
                rf"(?i){_NAME}[\"'`]?\s{{0,3}}(?:[:=]|=>|:=)\s{{0,3}}[\"'`]?[^\s\"'`,;&:=]{{8,}}",
            ),
            check=_is_password,
        ),
        Detector(
            "secret",
            "random text after a word for a key",
            patterns=(
                (
                    r"(?i)(?:key|secret|token|credentials?|bearer|basic|password|passwd|signature)"
                    r"[\"'`)]{0,2}(?:\s{0,2}(?:[:=]|=>| is | was )\s{0,2}|\s{1,2})[\"'`(]?"
                    r"[0-9a-z+/_=\-]{20,}"
                ),
            ),
            check=_is_random,
            overlap=False,
        ),
    ),
    examples=("AKIAIOSFODNN7EXAMPLE",),
)
