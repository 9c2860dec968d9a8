"""Which tests on a link, an e-mail address or a host do not test where it leads."""

import re
from typing import Final, Literal

from dsl.lint.wording import words

Kind = Literal["url", "email", "host"]
_FORMATS: Final[dict[str, Kind]] = {
    **dict.fromkeys(("url", "uri", "iri", "uri-reference", "iri-reference"), "url"),
    **dict.fromkeys(("email", "idn-email"), "email"),
    **dict.fromkeys(("host", "hostname", "idn-hostname"), "host"),
}
_NAMES: Final[dict[str, Kind]] = {
    **dict.fromkeys(("url", "urls", "uri", "href", "webhook", "link", "links", "website"), "url"),
    **dict.fromkeys(("email", "emails", "to", "cc", "bcc", "recipient", "recipients"), "email"),
    **dict.fromkeys(("host", "hostname", "domain"), "host"),
}
_HOST: Final = (
    r"(?:[a-z0-9-]+\.)+"
    r"(?:com|org|net|edu|gov|mil|int|io|dev|cloud|info|biz|co|uk|de|eu|fr|nl|at|it|es|us"
    r"|example|test|local|internal|corp)"
)
# What misleads, by kind and operator; all else may be meant as it is written. In patterns and
# behind `like`, a `*` is any text.
_WRONG: Final[dict[tuple[Kind, str], str]] = {
    ("url", "contains"): rf"(?:[a-z][a-z0-9+.-]*:)?(?://)?@?\.?{_HOST}(?:[/:].*)?",
    ("url", "starts_with"): rf"[a-z][a-z0-9+.-]*://[^/?#]+|{_HOST}",
    ("url", "ends_with"): rf"(?:[a-z][a-z0-9+.-]*://)?\.?{_HOST}",
    ("url", "like"): (rf"(?![a-z]+://[^*/]+/)(?:.*\*.*{_HOST}(?:[:/*].*)?|[^*]*{_HOST}\*.*)"),
    ("email", "contains"): rf"[^@]*@?\.?{_HOST}",
    ("email", "starts_with"): rf"[^@]*@{_HOST}",
    ("email", "ends_with"): _HOST,
    ("email", "like"): rf"\*{_HOST}\*?|.*{_HOST}\*",
    ("host", "contains"): rf"\.?{_HOST}",
    ("host", "starts_with"): _HOST,
    ("host", "ends_with"): _HOST,
    ("host", "like"): rf"\*{_HOST}\*?|.*{_HOST}\*",
}
_ENDS: Final = re.compile(r"\A(?:\(\?[a-z]+\))?\^?|\$\Z")
_ANY: Final = re.compile(r"\.[*+]\??")
_ESCAPED: Final = re.compile(r"\\([^\w\s])")
_MEANING: Final = re.compile(r"[][(){}|?+\\]")


def of_format(name: object) -> Kind | None:
    """Return what a declared kind or the format of a schema is."""
    return _FORMATS.get(name) if isinstance(name, str) else None


def of_name(name: object) -> Kind | None:
    """Return what an argument is by the last word of its name."""
    said = words(name) if isinstance(name, str) else ()
    return _NAMES.get(said[-1]) if said else None


def misleads(kind: Kind, operator: str, text: str) -> bool:
    """Tell whether a test names a host, and an address that leads elsewhere passes it too."""
    if operator == "matches":
        glob = as_glob(text)
        return glob is not None and misleads(kind, "like", glob)
    return bool(re.fullmatch(_WRONG[kind, operator], text, re.IGNORECASE))


def host_in(text: str) -> str:
    """Return the host that a text or pattern names."""
    found = re.search(_HOST, _ESCAPED.sub(r"\1", text), re.IGNORECASE)
    return found.group() if found else "..."


def as_glob(pattern: str) -> str | None:
    """Return a pattern in which nothing but `.*` has a meaning as `like` would have it."""
    bare = _ANY.sub("\0", _ENDS.sub("", pattern))
    plain = _ESCAPED.sub(r"\1", bare)
    odd = _MEANING.search(_ESCAPED.sub("", bare)) or "*" in plain
    return None if odd else plain.replace("\0", "*")
