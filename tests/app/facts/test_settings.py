"""The tables of the settings that describe sources: each mistake is one clear sentence."""

import re
from pathlib import Path

import pytest

from app.config_file import SettingsError
from app.facts.settings import KINDS
from app.settings import Settings, load

HTTP = '[facts.get_member]\nkind = "http"\nurl = "https://crm.example/members/{id}"\n'


def loaded(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "drawbar.toml"
    file.write_text(text)
    return load({}, file)


def test_a_source_is_read_with_all_its_members(tmp_path: Path) -> None:
    """What stands in the table is what is used, and the rest has its default."""
    text = HTTP + 'timeout_ms = 300\nmissing = "null"\npick = "data.items[0]"\n'
    table = '[facts.get_limit]\nkind = "table"\nfile = "limits.csv"\nkey = "id"\n'
    facts = loaded(tmp_path, text + table).facts

    assert facts["get_member"].timeout_ms == 300
    assert facts["get_member"].steps == ("data", "items", 0)
    assert facts["get_member"].max_concurrent == 8
    assert facts["get_limit"].kind == "table"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("facts = 1", "the setting `facts` must be tables such as `[facts.get_member]`"),
        ("[facts]\nget_member = 1", "the setting `facts.get_member` must be a table"),
        ('[facts.get_member]\nurl = "x"', '`facts.get_member.kind` must be "http" or "table"'),
        ('[facts.a]\nkind = "grpc"', '`facts.a.kind` must be "http" or "table"'),
        ('[facts."get-member"]\nkind = "http"', "is named as policies name it"),
        ('[facts.a]\nkind = "http"', "the setting `facts.a.url` is needed"),
        (HTTP + "timeout = 1", "no setting `facts.get_member.timeout`; did you mean `timeout_ms`?"),
        (HTTP + 'timeout_ms = "1"', "`facts.get_member.timeout_ms` cannot be used: input should"),
        (HTTP + "timeout_ms = 0", "greater than or equal to 1"),
        (HTTP + "max_age_s = -1", "greater than or equal to 0"),
        (HTTP + 'missing = "none"', "'unknown' or 'null'"),
        (HTTP + 'pick = "a..b"', "`a..b` is not a path"),
        (HTTP + 'pick = ""', "is not a path"),
        (HTTP + 'pick = "[0]a"', "is not a path"),
        (HTTP + "headers = 1", "`facts.get_member.headers` cannot be used"),
        (HTTP + 'headers = { A = { env = "X", file = "Y" } }', "headers.A` must be a text, "),
        (HTTP + "headers = { A = 1 }", "headers.A` must be a text, "),
        (HTTP + 'headers = { "A B" = "x" }', "no name of a header"),
        (HTTP + 'headers = { Host = "x" }', "the gateway sets this header itself"),
        (HTTP + 'headers = { accept-encoding = "gzip" }', "the gateway sets this header itself"),
        (
            '[facts.a]\nkind = "http"\nurl = "http://crm.example/"',
            "`plain_http = true` must be set",
        ),
        (HTTP.replace("crm.example", "{id}"), "`facts.get_member.url` cannot be used: a value can"),
        (
            '[facts.a]\nkind = "http"\nurl = "http://localhost/"\nca_file = "x"',
            "`facts.a.ca_file` cannot be used",
        ),
        ('read_only = "get_*"', "the setting `read_only` cannot be used"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, said: str) -> None:
    """The sentence names the table, the member and what it should be."""
    with pytest.raises(SettingsError, match=re.escape(said)) as caught:
        loaded(tmp_path, text)

    assert "\n" not in str(caught.value)


def test_plain_http_to_another_machine_must_be_asked_for(tmp_path: Path) -> None:
    """Anybody on the way could say what a fact is, so it needs a word of its own."""
    text = '[facts.a]\nkind = "http"\nurl = "http://crm.example/"\nplain_http = true'

    assert loaded(tmp_path, text).facts["a"].kind == "http"
    local = text.replace("crm.example", "localhost:1").replace("true", "false")
    assert loaded(tmp_path, local).facts["a"].kind == "http"


def test_a_secret_in_a_table_is_never_shown(tmp_path: Path) -> None:
    """Neither what is printed of the settings nor an error holds the text of a header."""
    text = HTTP + 'headers = { Authorization = "Bearer hunter2" }\n'
    settings = loaded(tmp_path, text)

    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump()}"
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, text.replace('"Bearer hunter2"', '{ hunter2 = "hunter2" }'))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("value", ["x", "[1]", '{"a": {"kind": "http"}}'])
def test_a_variable_is_read_as_strictly(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the environment the tables are JSON; what is no such JSON is refused in one sentence."""
    monkeypatch.setenv("DRAWBAR_FACTS", value)
    with pytest.raises(SettingsError) as caught:
        load({})

    assert "\n" not in str(caught.value)


def test_a_variable_may_hold_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container needs no file."""
    table = '{"a": {"kind": "table", "file": "x.csv", "key": "id"}}'
    monkeypatch.setenv("DRAWBAR_FACTS", table)
    monkeypatch.setenv("DRAWBAR_READ_ONLY", '["get_*"]')

    assert (load({}).facts["a"].kind, load({}).read_only) == ("table", ("get_*",))


@pytest.mark.parametrize("kind", KINDS.values())
def test_every_member_says_what_it_means(kind: type) -> None:
    """A member without a description would have an empty row in the documentation."""
    fields = kind.model_fields  # type: ignore[attr-defined]  # both kinds are pydantic models

    silent = [name for name, one in fields.items() if name != "kind" and not one.description]
    assert silent == []
