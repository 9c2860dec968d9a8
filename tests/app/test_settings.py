"""Where settings come from, and which are refused."""

import re
from pathlib import Path

import pytest

from app.config_file import SettingsError
from app.settings import Settings, load


def test_flags_win_over_environment_over_file_over_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each source covers those below it, name by name."""
    file = tmp_path / "drawbar.toml"
    file.write_text('port = 1\nhost = "file"\nlog_level = "error"\n')
    monkeypatch.setenv("DRAWBAR_PORT", "2")
    monkeypatch.setenv("DRAWBAR_HOST", "environment")

    settings = load({"port": 3, "host": None}, file)

    assert settings.port == 3
    assert settings.host == "environment"
    assert settings.log_level == "error"
    assert settings.deadline_ms == Settings.model_fields["deadline_ms"].default


def test_the_file_in_the_working_folder_is_read_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`drawbar.toml` needs no flag; another one is named by flag or environment."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "drawbar.toml").write_text("port = 1\n")
    (tmp_path / "other.toml").write_text("port = 2\n")

    assert load({}).port == 1
    assert load({}, tmp_path / "other.toml").port == 2
    monkeypatch.setenv("DRAWBAR_CONFIG", str(tmp_path / "other.toml"))
    assert load({}).port == 2


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("DRAWBAR_PROT", "did you mean `DRAWBAR_PORT`?"),
        ("DRAWBAR_ENFORCE", "no setting"),
        ("drawbar_host", "no setting"),
    ],
)
def test_an_unknown_variable_is_refused(
    name: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt setting is an error with the nearest name, never silently ignored."""
    monkeypatch.setenv(name, "1")

    with pytest.raises(SettingsError, match=re.escape(hint)):
        load({})


def test_an_unknown_name_in_the_file_is_refused(tmp_path: Path) -> None:
    """The same holds for the file."""
    file = tmp_path / "drawbar.toml"
    file.write_text("prot = 1\n")

    with pytest.raises(SettingsError, match="did you mean `port`"):
        load({}, file)


@pytest.mark.parametrize("text", ["port = ", "\x00", "[[["])
def test_a_broken_file_is_one_sentence(tmp_path: Path, text: str) -> None:
    """A file that is not TOML is refused by name."""
    file = tmp_path / "drawbar.toml"
    file.write_text(text)

    with pytest.raises(SettingsError, match="cannot be read"):
        load({}, file)
    with pytest.raises(SettingsError, match="cannot be read"):
        load({}, tmp_path / "absent.toml")


def test_a_wrong_value_is_named_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the setting, not its value, which may be a secret."""
    monkeypatch.setenv("DRAWBAR_PORT", "hunter2")

    with pytest.raises(SettingsError) as caught:
        load({})

    assert "`port`" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_secret_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store's address may hold a password, so it prints as stars."""
    monkeypatch.setenv("DRAWBAR_DATABASE_URL", "postgresql+asyncpg://u:hunter2@h/d")

    settings = load({})

    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump()}"


def test_every_setting_says_what_it_means() -> None:
    """A setting without a description would have an empty row in the documentation."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


_SERVER = (
    '[mcp.gateways.a.servers.b]\nurl = "https://b.example"\n[mcp.gateways.a.servers.b.headers]\n'
)
_ISSUER = '[[mcp.oauth.issuers]]\nissuer = "https://l.example"\njwks_url = "https://l.example/k"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[mcp]\norigins = ["*"]', "is no origin"),
        ('[mcp]\nspeaks_for_user = ["desk"]', "`key:ID` or `client:ID`"),
        (_ISSUER, "needs `public_url`"),
        (_ISSUER + 'algorithms = ["HS256"]', "mcp.oauth.issuers.0.algorithms"),
        (_SERVER + 'Transfer-Encoding = "chunked"', "`Transfer-Encoding` is not for you to set"),
        (_SERVER + 'x-a = "1"\nX-A = "2"', "`X-A` is named twice"),
        (_ISSUER.replace("https://l.example/k", "http://l.example/k"), "https://"),
    ],
)
def test_an_mcp_gateway_is_not_opened_by_mistake(text: str, words: str, tmp_path: Path) -> None:
    """What would let everybody in, or nobody, is said at the start."""
    file = tmp_path / "drawbar.toml"
    file.write_text(text)

    with pytest.raises(SettingsError, match=re.escape(words)):
        load({}, file)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"policy_source": "store"}, "no `policy_source`"),
        ({"bundle_key": Path("bundle.key")}, "no `bundle_key`"),
        ({"database_url": "sqlite:///x"}, "no `database_url`"),
    ],
)
def test_a_sidecar_is_nothing_else_beside(other: dict[str, object], words: str) -> None:
    """What would be ignored, or would sign policies anew that are stale, is refused."""
    sidecar = {"trust": ["a.pub"], "bundle": "b"}
    assert load({"sidecar": sidecar}).sidecar is not None
    with pytest.raises(SettingsError, match=words):
        load({"sidecar": sidecar, **other})


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "`workers` share a store: name a PostgreSQL as `database_url`"),
        ({"database_url": "sqlite+aiosqlite:///x.db"}, "name a PostgreSQL"),
        (
            {
                "database_url": "postgresql+asyncpg://u:hidden@h/d",
                "mcp": {"gateways": {"a": {"servers": {"b": {"url": "https://b.example"}}}}},
            },
            "`workers` serve no `mcp.gateways`",
        ),
    ],
)
def test_several_workers_need_a_store_that_they_share(said: dict[str, object], words: str) -> None:
    """Nothing of a call may be known to one process alone, and no secret is said."""
    with pytest.raises(SettingsError, match=re.escape(words)) as refused:
        load({"workers": 2, **said})

    assert "hidden" not in str(refused.value)
    assert str(refused.value).startswith("the settings cannot be used: ")
