"""The domain that somebody registered, by a pinned list of the suffixes below which people do.

The list holds suffixes of two labels and more that are common; all others are one label. A suffix
that lacks makes a domain too wide, which the caps on traffic then hold back.
"""

from typing import Final

VERSION: Final = "1"
_LEAST: Final = 2


def _below(top: str, names: str) -> frozenset[str]:
    return frozenset(f"{name}.{top}" for name in names.split())


SUFFIXES: Final = (
    _below("uk", "co org me ltd plc net sch ac gov nhs police")
    | _below("jp", "co or ne ac ad ed go gr lg")
    | _below("au", "com net org edu gov asn id")
    | _below("nz", "co net org ac govt geek gen kiwi maori school")
    | _below("br", "com net org gov edu")
    | _below("in", "co net org gen firm ind ac edu gov")
    | _below("za", "co net org gov ac web")
    | _below("kr", "co or ne re pe go ac")
    | _below("cn", "com net org gov edu ac")
    | _below("tw", "com net org gov edu idv")
    | _below("hk", "com net org gov edu idv")
    | _below("sg", "com net org gov edu per")
    | _below("my", "com net org gov edu")
    | _below("mx", "com net org gob edu")
    | _below("ar", "com net org gob edu")
    | _below("tr", "com net org gov edu bel k12")
    | _below("il", "co org net ac gov muni")
    | _below("id", "co or go ac web my")
    | _below("th", "co or go ac in net")
    | _below("ua", "com net org gov edu in kiev")
    | _below("pl", "com net org edu gov")
    | _below("at", "co or ac gv")
    | _below("com", "blogspot appspot herokuapp githubusercontent")
    | _below("io", "github gitlab")
    | _below("app", "vercel netlify web firebaseapp")
    | _below("dev", "pages workers fly")
    | _below("net", "azurewebsites cloudfront")
    | frozenset(("s3.amazonaws.com", "blob.core.windows.net"))
)


def registrable(host: str) -> str | None:
    """Return the registered domain that a host belongs to; None for addresses and bare suffixes."""
    labels = host.split(".")
    if labels[-1].isdecimal() or ":" in host or "" in labels:
        return None
    public = 1
    for end in range(_LEAST, len(labels) + 1):
        if ".".join(labels[-end:]) in SUFFIXES:
            public = end
    wanted = public + 1
    return ".".join(labels[-wanted:]) if len(labels) >= wanted else None
