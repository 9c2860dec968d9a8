"""Which arguments of a tool say where something goes, by their names and schemas.

Only what is plain is told: who gets a message or money, which address is opened, which file is
written. What the schema lists or bounds by a pattern is not left open.
"""

from collections.abc import Iterator
from typing import Final

from dsl import syntax
from dsl.lint import wording
from dsl.lint.schemas import Schema, Steps, joined
from dsl.lint.wording import CHANGING, REACHING, SENDING, words
from dsl.toolspec import Tool

_DEEPEST: Final = 3
_CHOSEN_FROM: Final = ("enum", "const", "pattern")  # the schema says which
_NO_PLACES: Final = ("boolean", "number", "integer")
_DATES: Final = ("date", "date-time", "time", "duration")


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Who gets it, whatever the tool is called.
_WHO: Final = _listed("recipient recipients receiver payee payees beneficiary cc bcc iban webhook")
_PERSON: Final = _listed("email emails phone mobile account accounts address addresses wallet")
_GUESTS: Final = _listed("attendees participants invitees")
_LINK: Final = _listed("url urls uri link endpoint host hostname")
_FILE: Final = _listed("path paths file filename filepath folder directory dir")
_OTHER: Final = _listed("destination dest")
_NUMBERS: Final = _listed(
    "id ids name names number numbers address addresses email emails account username user"
)
# What comes from there, is the user's own, or is only sent along.
_NOT_THERE: Final = _listed(
    "from source src sender own my origin current local input media attachment attachments image "
    "photo video audio avatar profile home base repo project workspace"
)
_TRAVEL: Final = _listed(
    "origin departure depart flight flights pickup airport station taxi cab ride trip car train "
    "bus travel route"
)
_TO_CHANNELS: Final = SENDING | {"add", "append", "upload"}
_FILING: Final = _listed(
    "write overwrite create update edit modify append insert put patch replace delete remove drop "
    "erase wipe move rename copy upload save store export share publish"
)
_RECORDING: Final = _listed("create add update edit modify set save store register import")
_WEB: Final = _listed("web webpage website site url http https")
_MESSAGES: Final = _listed("mail email emails message messages comment tweet reply")
_SAVED_AT: Final = _listed("save output destination dest shipping delivery")


def destinations(tool: Tool) -> Iterator[Steps]:
    """Yield the places in a tool's arguments that say where something goes.

    Of tools that only read, those that read the web: an address can carry words out.
    """
    if not wording.reads_only(tool.name) or _WEB & set(words(tool.name)):
        yield from _inside(tool, joined(tool.schema, tool.schema), ())


def _inside(tool: Tool, schema: Schema, before: Steps) -> Iterator[Steps]:
    listed = schema.get("properties")
    if not isinstance(listed, dict) or len(before) >= _DEEPEST:
        return
    for name, said in listed.items():
        inner = joined(said, tool.schema)
        items = joined(inner.get("items"), tool.schema)
        if _open(inner) and _open(items) and _leads(tool, name, (inner, items), set(listed)):
            yield (*before, name)
        else:
            yield from _inside(tool, inner, (*before, name))
            yield from _inside(tool, items, (*before, name, syntax.EACH))


def _open(schema: Schema) -> bool:
    """Tell whether a schema leaves open which value stands there, and that may be a place."""
    chosen = any(key in schema for key in _CHOSEN_FROM)
    return not chosen and schema.get("type") not in _NO_PLACES


def _leads(tool: Tool, name: str, schemas: tuple[Schema, Schema], beside: set[str]) -> bool:
    said = words(name)
    formats = {schema.get("format") for schema in schemas}
    if not said or formats & set(_DATES):
        return False
    if _WHO.intersection(said) and said[-1] in _WHO | _NUMBERS:
        return said[0] not in _NOT_THERE
    if said[0] in _NOT_THERE:
        return False
    verb = wording.verb(tool.name)
    if verb in wording.READING:
        return said[-1] in _LINK
    if formats & {"uri", "url", "iri", "uri-reference", "iri-reference"}:
        return _opens(verb, tool.name, said)
    if formats & {"email", "idn-email"}:
        return verb in SENDING
    return _by_name(tool.name, verb, said, beside)


def _by_name(tool: str, verb: str | None, said: tuple[str, ...], beside: set[str]) -> bool:
    last, does = said[-1], verb in CHANGING | REACHING
    if said in (("to",), ("target",)):
        return verb in SENDING and not beside & {"from_date", "start", "since", "from_language"}
    if last in _NUMBERS and said[0] == "to":
        return does
    if "channel" in (last, said[0] if last in _NUMBERS else ""):
        return verb in _TO_CHANNELS
    if last in _FILE | _PERSON and _SAVED_AT.intersection(said):
        return does
    if last in _PERSON or said[-2:] == ("phone", "number"):
        return verb in SENDING
    if last in _GUESTS:
        return verb in CHANGING
    if last in _LINK:
        return _opens(verb, tool, said)
    if last in _FILE:
        return verb in _FILING and not _MESSAGES & set(words(tool))
    travels = {word for other in (tool, *beside) for word in words(other)} & _TRAVEL
    return last in _OTHER and does and not travels


def _opens(verb: str | None, tool: str, said: tuple[str, ...]) -> bool:
    """Tell whether a link is opened or written to; in a record or message it is a part of it."""
    if {"webhook", "callback", "endpoint"} & {*said, *words(tool)}:
        return True
    in_message = verb in SENDING and (said[-1].endswith("s") or bool(_MESSAGES & set(words(tool))))
    return verb not in _RECORDING and not in_message


def shown(place: Steps) -> str:
    """Return a place as it is written behind `args.`."""
    return str(syntax.Path("args", place)).removeprefix("args.")
