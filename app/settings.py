"""Every setting, once: from flags, the environment (`DRAWBAR_*`), a TOML file, then defaults."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import pydantic_settings
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app import config_file
from app.config_file import SettingsError
from app.edges.mcp.settings import McpSettings
from app.evidence.settings import EvidenceSettings, MaskingSettings
from app.facts import settings as sources
from app.guarding.settings import AnyGuard
from app.learning.settings import MemorySettings
from app.limits.settings import LimitSettings
from app.login.settings import LoginSettings
from app.sending.settings import CollectorSettings, TargetSettings
from app.sidecar.settings import SidecarSettings
from app.tracing.settings import OtelSettings

PREFIX: Final = "DRAWBAR_"
LINT_TABLE: Final = "lint"
# Read by clients, tests and benches; not settings of the gateway.
OTHERS: Final = (
    config_file.VARIABLE,
    "DRAWBAR_EVAL_DATA",
    "DRAWBAR_KEY",
    "DRAWBAR_KEY_FILE",
    "DRAWBAR_SESSION",
    "DRAWBAR_URL",
)


class Settings(BaseSettings):
    """How a gateway runs."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8484, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    uds: Path | None = Field(
        None, description="Unix socket to listen on instead of host and port; owner-only."
    )
    workers: int = Field(
        1, ge=1, le=64, description="Processes behind one door; several share a PostgreSQL."
    )
    worker_port: int | None = Field(
        None,
        ge=1,
        le=65472,
        description="The port that the first worker is reached at alone, as who reads its metrics "
        "must; the others at those after it.",
    )
    data: Path = Field(
        Path("var"), description="Folder for the embedded store and the digest key; owner-only."
    )
    policies: Path = Field(
        Path("policies"), description="Folder of `.bar` files; a change is taken up by itself."
    )
    policy_source: Literal["folder", "store"] = Field(
        "folder",
        description="Where policies come from: `policies`, or what is published in the store.",
    )
    policy_keys: tuple[Path, ...] = Field(
        (),
        description="Public keys whose publications count; the data folder's own when not set.",
    )
    four_eyes: bool = Field(
        default=False,
        description="What one person publishes waits for another. Set it alike at all gateways.",
    )
    bundle_key: Path | None = Field(
        None,
        description="A key of `drawbar bundle keygen` that bundles for sidecars are signed with.",
    )
    bundle_s: int = Field(
        86_400, ge=60, description="How long a bundle may be used that this gateway signed."
    )
    environment: str | None = Field(
        None,
        min_length=1,
        max_length=128,
        description="The name of where this gateway runs, as `bindings.toml` may ask for it.",
    )
    database_url: SecretStr | None = Field(
        None, description="SQLAlchemy address of the store; SQLite in `data` when not set."
    )
    session_store: SecretStr | None = Field(
        None,
        description="Redis or Valkey address that sessions are kept at; in the store when not set.",
    )
    deadline_ms: int = Field(
        5_000,
        ge=1,
        le=30_000,
        description="Time for one decision; a request may name another (`Drawbar-Deadline-Ms`).",
    )
    record_queue: int = Field(
        10_000, ge=1, description="Records that may wait to be stored; beyond it calls are denied."
    )
    audit: Literal["group", "async"] = Field(
        "group",
        description="`group` answers once a decision is on disk; `async` may lose the newest.",
    )
    checkpoint_s: int = Field(
        60, ge=1, description="Time between signed checkpoints over what was recorded."
    )
    checkpoint_anchor: str | None = Field(
        None,
        description="A file or `https://` address in other hands that each checkpoint is sent to.",
    )
    public_url: str | None = Field(
        None, description="Where people reach this gateway; the addresses of approvals begin so."
    )
    approval_s: int = Field(
        900, ge=1, description="Seconds that an approval holds where no rule says how long."
    )
    approval_holds: int = Field(
        200, ge=0, description="Requests that may wait for people at once; more are answered."
    )
    ask_budget: int = Field(
        20, ge=0, description="How often people are asked about one tool in a session; then deny."
    )
    session_idle_s: int = Field(
        86_400, ge=1, description="A session in which nothing happens for so long is over."
    )
    shutdown_grace_s: int = Field(
        10, ge=0, description="Time that open requests get when the gateway stops."
    )
    facts: Annotated[Mapping[str, sources.FactSettings], BeforeValidator(sources.read)] = Field(
        {}, description="Where facts are looked up: a table for each source, described below."
    )
    guards: Mapping[str, AnyGuard] = Field(
        {}, description="Models that `judge` and `classify` ask: a table for each, described below."
    )
    read_only: tuple[str, ...] = Field(
        (), description="Tools, or globs of them, that change nothing a fact could tell of."
    )
    evidence: EvidenceSettings = Field(
        EvidenceSettings(),
        description="How long what decisions were made on is kept: a table, described below.",
    )
    masking: MaskingSettings = Field(
        MaskingSettings(),
        description="What may be seen outside the evidence store: a table, described below.",
    )
    notify: Mapping[str, TargetSettings] = Field(
        {}, description="Whom rules may require to be told: a table for each, described below."
    )
    approvals_notify: tuple[str, ...] = Field(
        (), description="Targets of `notify` that are told of each new approval."
    )
    glass_s: int = Field(
        14_400,
        ge=60,
        le=14_400,
        description="Seconds that glass may be broken for at most; what is asked may be less.",
    )
    glass_notify: tuple[str, ...] = Field(
        (), description="Targets of `notify` that are told when glass is broken, and whole again."
    )
    siem: Mapping[str, CollectorSettings] = Field(
        {}, description="Systems that records are handed on to: a table for each, described below."
    )
    sidecar: SidecarSettings | None = Field(
        None, description="What a sidecar lives on: a table, described below; else it is none."
    )
    otel: OtelSettings = Field(
        OtelSettings(), description="Where traces are sent: a table, described below."
    )
    mcp: McpSettings = Field(
        McpSettings(), description="The MCP gateway: a table, described below."
    )
    limits: LimitSettings = Field(
        LimitSettings(),
        description="How much callers may send, and what becomes of those who guess: a table, "
        "described below.",
    )
    memory: MemorySettings = Field(
        MemorySettings(),
        description="Whether rules are made of what people report: a table, described below.",
    )
    login: LoginSettings = Field(
        LoginSettings(),
        description="Who tells the pages who somebody is: a table, described below.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least severe log line that is written."
    )
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", description="`auto` is `console` on a terminal and `json` elsewhere."
    )

    @model_validator(mode="after")
    def _told_exist(self) -> Self:
        told = {"approvals_notify": self.approvals_notify, "glass_notify": self.glass_notify}
        for setting, names in told.items():
            if unknown := next((name for name in names if name not in self.notify), None):
                raise ValueError(f"`{setting}` names `{unknown}`, which is not in `notify`")
        return self

    @model_validator(mode="after")
    def _sidecars_stand_alone(self) -> Self:
        if self.sidecar is not None and (self.database_url or self.session_store):
            raise ValueError("a sidecar keeps all in `data`: no `database_url`, no `session_store`")
        if self.sidecar is not None and self.policy_source == "store":
            raise ValueError("a sidecar has its policies from a bundle: no `policy_source`")
        if self.sidecar is not None and self.memory.learn:
            raise ValueError("a sidecar learns nothing: set `memory.learn` at the gateway")
        if self.sidecar is not None and self.bundle_key is not None:
            words = "what it signed would be fresh where its own policies are stale"
            raise ValueError(f"a sidecar hands its policies on to nobody: no `bundle_key`; {words}")
        return self

    @model_validator(mode="after")
    def _workers_share_a_store(self) -> Self:
        url = "" if self.database_url is None else self.database_url.get_secret_value()
        if self.workers > 1 and not url.startswith("postgresql"):
            raise ValueError("`workers` share a store: name a PostgreSQL as `database_url`")
        if self.workers > 1 and self.mcp.gateways:
            words = "clients of MCP come back to the process that knows them"
            raise ValueError(f"`workers` serve no `mcp.gateways`: {words}")
        return self

    @model_validator(mode="after")
    def _tokens_are_for_somebody(self) -> Self:
        if self.mcp.oauth.issuers and self.public_url is None:
            raise ValueError("`mcp.oauth.issuers` needs `public_url`: tokens are made out to it")
        if self.login.issuer is not None and self.public_url is None:
            raise ValueError("`login.issuer` needs `public_url`: people are sent back to it")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let flags win over the environment; the file is put in below both by `load`."""
        return init_settings, env_settings


def load(flags: Mapping[str, Any], config: Path | None = None) -> Settings:
    """Return the settings, or say which one is wrong."""
    _refuse_unknown_variables(os.environ)
    file = _read_file(config)
    named = {name for name in Settings.model_fields if PREFIX + name.upper() in os.environ}
    below = {name: value for name, value in file.items() if name not in named}
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**{**below, **given})
    except ValidationError as error:
        raise SettingsError(_in_words(error)) from None
    except pydantic_settings.SettingsError as error:  # its own words hold the value
        raise SettingsError(_unparsed(str(error))) from None


def _unparsed(words: str) -> str:
    """Say which variable is no JSON, where only JSON can say what is meant."""
    found = next((name for name in Settings.model_fields if f'"{name}"' in words), "")
    return f"the variable `{PREFIX}{found.upper()}` cannot be used: it is not JSON"


def _refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | set(OTHERS)
    for name in environment:
        if name.upper().startswith(PREFIX) and name not in known:
            raise SettingsError(f"there is no setting `{name}`{_hint(name, known)}")


def _read_file(config: Path | None) -> dict[str, Any]:
    path = config_file.find(config)
    if path is None:
        return {}
    values = config_file.read(path)
    values.pop(LINT_TABLE, None)  # `drawbar lint` reads it from the same file
    for name in values:
        if name not in Settings.model_fields:
            hint = _hint(name, Settings.model_fields)
            raise SettingsError(f"there is no setting `{name}` in `{path}`{hint}")
    return values


def _hint(name: str, known: Any) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _in_words(error: ValidationError) -> str:
    """Name the setting and what is wrong with it, never its value: it may be a secret."""
    first = error.errors(include_input=False, include_url=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    reason = str(first["msg"]).removeprefix("Value error, ")
    said = f"the setting `{name}` cannot be used" if name else "the settings cannot be used"
    return f"{said}: {reason[:1].lower()}{reason[1:]}"
