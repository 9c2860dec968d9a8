"""The tables `facts.NAME` of the settings file: one source of facts each."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, Strict, ValidationError

from app.config_file import SettingsError
from app.facts import source, template

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# The client says these itself.
_OWN_HEADERS: Final = ("host", "connection", "content-length", "transfer-encoding", "cookie")
_ENCODING: Final = "accept-encoding"


class _Table(BaseModel):
    """A part of the settings: nothing undeclared, nothing converted, never printed as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class FromEnvironment(_Table):
    """A header whose value an environment variable holds."""

    env: str = Field(min_length=1)
    prefix: str = ""


class FromFile(_Table):
    """A header whose value a file holds, read anew at each look-up."""

    file: str = Field(min_length=1)
    prefix: str = ""


Header = SecretStr | FromEnvironment | FromFile


class SourceSettings(_Table):
    """What every source has."""

    timeout_ms: int = Field(
        1_000,
        ge=1,
        le=30_000,
        description="Time for one answer, with the wait for a turn. `within` and the request's "
        "deadline may leave less.",
    )
    max_concurrent: int = Field(
        8, ge=1, le=1_000, description="Look-ups at the same time; others wait for their turn."
    )
    missing: Literal["unknown", "null"] = Field(
        "unknown",
        description="What a fact is that the source does not have (status 404, no such row): "
        "unknown, or null, which tests as absent.",
    )
    pick: str | None = Field(
        None, description="Where in the answer the fact stands, such as `data.items[0]`."
    )
    from_request: bool = Field(
        default=False,
        description="Whether a key with `assert.facts` may send the fact instead of this source.",
    )

    @property
    def steps(self) -> tuple[source.Step, ...]:
        """Return where in the answer the fact stands."""
        return () if self.pick is None else source.steps(self.pick)


class HttpSettings(SourceSettings):
    """A source that is asked with GET and answers with JSON."""

    kind: Literal["http"]
    url: str = Field(
        description="The address. `{name}` stands for an argument of the look-up, in the path or "
        "behind a `=` of the query."
    )
    headers: dict[str, Header] = Field(
        {},
        description='Header names, each with a text, `{ env = "VARIABLE" }` or '
        '`{ file = "PATH" }`; the latter two take a `prefix`.',
    )
    max_age_s: float = Field(
        60, ge=0, le=86_400, description="How long a session goes on with an answer; 0: never."
    )
    max_bytes: int = Field(65_536, ge=1, le=1 << 20, description="Size of the largest answer.")
    ca_file: str | None = Field(
        None, description="Certificates (PEM) that the source's must lead to, and no others."
    )
    plain_http: bool = Field(
        default=False,
        description="Allows `http://` to another machine, where anybody on the way can change "
        "the answer.",
    )

    @property
    def template(self) -> template.Template:
        """Return the address that was read."""
        return template.parse(self.url)


class TableSettings(SourceSettings):
    """A file of rows, taken up by itself when it changes."""

    kind: Literal["table"]
    file: Annotated[Path, Strict(strict=False)] = Field(
        description="A `.csv` with a line of names, a `.json` list of objects, or a `.toml` with "
        "`[[rows]]`."
    )
    key: str = Field(
        min_length=1, description="The column that finds the row, and the look-up's argument."
    )
    numbers: list[str] = Field(
        [], description="The columns of a CSV file that hold numbers; all others hold texts."
    )


FactSettings = HttpSettings | TableSettings
KINDS: Final[Mapping[str, type[FactSettings]]] = {"http": HttpSettings, "table": TableSettings}


def read(tables: Any) -> Any:
    """Return the sources that the tables describe, or say which of them is wrong."""
    if not isinstance(tables, Mapping):
        raise SettingsError("the setting `facts` must be tables such as `[facts.get_member]`")
    return {name: _read(str(name), table) for name, table in tables.items()}


def _read(name: str, table: Any) -> FactSettings:
    where = f"facts.{name}"
    if isinstance(table, HttpSettings | TableSettings):
        return table
    if not _NAME.fullmatch(name):
        raise SettingsError(f"`{where}`: a source is named as policies name it, as `get_member`")
    if not isinstance(table, Mapping):
        raise SettingsError(f"the setting `{where}` must be a table")
    kind = KINDS.get(str(table.get("kind")))
    if kind is None:
        known = " or ".join(f'"{one}"' for one in KINDS)
        raise SettingsError(f"the setting `{where}.kind` must be {known}")
    try:
        made = kind.model_validate(dict(table))
    except ValidationError as error:
        raise SettingsError(_in_words(where, error, kind)) from None
    for field, fault in _faults(made):
        raise SettingsError(f"the setting `{where}.{field}` cannot be used: {fault}")
    return made


def _in_words(where: str, error: ValidationError, kind: type[FactSettings]) -> str:
    """Name the setting and what is wrong with it, never its value."""
    first = error.errors(include_input=False, include_url=False)[0]
    if first["loc"][0] == "headers" and len(first["loc"]) > 1:
        forms = '`{ env = "VARIABLE" }` or `{ file = "PATH" }`'
        return f"the setting `{where}.headers.{first['loc'][1]}` must be a text, {forms}"
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        close = get_close_matches(name, kind.model_fields, n=1)
        hint = f"; did you mean `{close[0]}`?" if close else ""
        return f"there is no setting `{where}.{name}`{hint}"
    if first["type"] == "missing":
        return f"the setting `{where}.{name}` is needed"
    reason = str(first["msg"])
    return f"the setting `{where}.{name}` cannot be used: {reason[:1].lower()}{reason[1:]}"


def _faults(made: FactSettings) -> "list[tuple[str, str]]":
    """Return what is wrong beyond the types, the first thing first."""
    found = []
    try:
        _ = made.steps
    except ValueError as error:
        found.append(("pick", str(error)))
    if isinstance(made, HttpSettings):
        found += [*_address_faults(made), *_header_faults(made)]
    return found


def _address_faults(made: HttpSettings) -> "list[tuple[str, str]]":
    try:
        address = made.template
    except ValueError as error:
        return [("url", str(error))]
    if not (address.secure or address.local or made.plain_http):
        return [("url", "it must begin with `https://`, or `plain_http = true` must be set")]
    if made.ca_file is not None and not address.secure:
        return [("ca_file", "the address does not begin with `https://`")]
    return []


def _header_faults(made: HttpSettings) -> "list[tuple[str, str]]":
    found = []
    for name in made.headers:
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
            found.append((f"headers.{name}", "it is no name of a header"))
        elif name.lower() in (*_OWN_HEADERS, _ENCODING):
            found.append((f"headers.{name}", "the gateway sets this header itself"))
    return found
