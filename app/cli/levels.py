"""Reads the levels that a project gives to lint rules, from `drawbar.toml`."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, cast, get_args

from app import config_file
from app.config_file import SettingsError
from dsl.lint.levels import FIXED, Chosen, Levels, lower
from dsl.lint.registry import LINT_RULES

TABLE: Final = "lint"
_OWN: Final = {rule.code: rule.level for rule, _ in LINT_RULES}
_HINT: Final = '{ level = "...", because = "..." }'


def read(config: Path | None) -> Levels:
    """Return the levels of a settings file: `--config`, `DRAWBAR_CONFIG`, or `drawbar.toml`."""
    path = config_file.find(config)
    if path is None:
        return Levels()
    table = config_file.read(path).get(TABLE, {})
    try:
        return Levels(_levels(table))
    except SettingsError as error:
        raise SettingsError(f"`{path}`: {error}") from None


def _levels(table: Any) -> Mapping[str, Chosen]:
    if not isinstance(table, dict) or not isinstance(table.get("levels", {}), dict):
        raise SettingsError(f"`{TABLE}` must be a table with the table `levels` in it")
    for name in table:
        if name != "levels":
            raise SettingsError(f"there is no `{name}` in `{TABLE}`, only `levels`")
    return {code: _level(code, value) for code, value in table.get("levels", {}).items()}


def _level(code: str, value: Any) -> Chosen:
    """Return one rule's level; whoever lowers one says why, as in a suppression."""
    if code not in _OWN:
        close = get_close_matches(code.upper(), _OWN, n=1)
        hint = f"; did you mean `{close[0]}`?" if close else ""
        raise SettingsError(f"there is no lint rule `{code}`{hint}")
    if code.startswith(FIXED):
        raise SettingsError(f"the level of `{code}` cannot be changed: mend what it reports")
    level, because = _parts(code, value)
    if lower(level, _OWN[code]) and not because.strip():
        raise SettingsError(f"`{code}` is lowered without a reason; write `{code} = {_HINT}`")
    return level


def _parts(code: str, value: Any) -> tuple[Chosen, str]:
    table = value if isinstance(value, dict) else {"level": value}
    level, because = table.get("level"), table.get("because", "")
    if level not in get_args(Chosen) or not isinstance(because, str):
        choices = ", ".join(f"`{one}`" for one in get_args(Chosen))
        raise SettingsError(f"`{code}` needs a level, one of {choices}, or `{_HINT}`")
    for name in table.keys() - {"level", "because"}:
        raise SettingsError(f"there is no `{name}` in `{code}`, only `level` and `because`")
    return cast("Chosen", level), because
