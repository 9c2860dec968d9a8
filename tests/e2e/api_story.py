"""The examples of the API's description, played against a real gateway as people paste them."""

import dataclasses
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from app.openapi.examples import Example, curl

POLICY: Final = """\
policy bank version 1;
rule small: allow pay when args.amount <= 100;
rule large: ask pay when args.amount > 100 because "large payments need a person";
rule mail: ask send_mail approver user;
rule never: deny erase reply "Nothing is erased here." final;
"""
AGENT: Final = ("check", "observe", "observe.user", "assert.session", "assert.context")
ADMIN: Final = ("admin", "approve", "audit", "policy:read", "policy:write", "policy:publish")
# What is another in each run: ids, times, digests, secrets, tokens, ports.
VOLATILE: Final = re.compile(
    r"\b[a-z]{1,4}_[0-9A-HJKMNP-TV-Z]{26}\b|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?"
    r"|\b[0-9a-f]{12,64}\b|\bdrw_[\w-]+|\beyJ[\w.-]+|(?<=127\.0\.0\.1:)\d+"
)
SECRET: Final = re.compile(r"\bdrw_[\w-]{20,}")
TOKEN: Final = re.compile(r"\beyJ[\w-]+\.[\w.-]+")


class Story:
    """Sends examples with curl, and remembers which id of this run stands for which written one."""

    def __init__(self, address: str, agent: str, admin: str) -> None:
        told = {"DRAWBAR_URL": address, "DRAWBAR_KEY": agent, "ADMIN_KEY": admin}
        self._environment = {**os.environ, **told}
        self._bound: dict[str, str] = {}

    def send(self, one: Example) -> tuple[int, str, str]:
        """Return the status, the media type and the body of an answer."""
        command = self._meant(curl(one))
        written = "\\n%{http_code}\\n%{content_type}"
        done = subprocess.run(
            ["sh", "-c", f"{command} -w '{written}'"],
            env=self._environment,
            text=True,
            capture_output=True,
            timeout=60,
            check=not one.endless,
        )
        body, status, media_type = done.stdout.rsplit("\n", 2)
        return int(status), media_type.partition(";")[0], body

    def learn(self, written: Any, came: Any) -> None:
        """Remember what stands for what in two answers that are alike."""
        olds, news = (VOLATILE.findall(json.dumps(one)) for one in (written, came))
        self._bound |= dict(zip(olds, news, strict=False))

    def of_this_run(self, one: Example) -> Example:
        """Return an example with the ids of this run in its request."""
        parts = {"path": one.path, "query": one.query, "body": one.body, "headers": one.headers}
        return dataclasses.replace(one, **json.loads(self._meant(json.dumps(parts))))

    def _meant(self, text: str) -> str:
        return VOLATILE.sub(lambda found: self._bound.get(found.group(), found.group()), text)


def alike(one: Any) -> Any:
    """Return an answer without what is another in each run."""
    if isinstance(one, Mapping):
        return {name: alike(value) for name, value in one.items()}
    if isinstance(one, list):
        return [alike(each) for each in one]
    return VOLATILE.sub("*", one) if isinstance(one, str) else one


def read(text: str, media_type: str) -> Any:
    """Return a body as it is written down: JSON, else the first lines of a text."""
    if text and media_type.endswith("json") and "ndjson" not in media_type:
        return json.loads(text)
    return "\n".join(text.splitlines()[:2]) or None


def recorded(one: Example, answer: Any) -> dict[str, Any]:
    """Return an example with the answer it was given, without any secret."""
    harmless = TOKEN.sub("eyJ.example", SECRET.sub("drw_example", json.dumps(answer)))
    told = dataclasses.asdict(dataclasses.replace(one, answer=json.loads(harmless)))
    return {name: value for name, value in told.items() if value not in (None, False)}


def keys(folder: Path) -> tuple[str, str]:
    """Make the two keys of the story, and let the agent's speak for its user."""
    agent = _key(folder, "agent", AGENT, "--subject", "ada", "--agent", "assistant")
    admin = _key(folder, "admin", ADMIN, "--subject", "grace", "--role", "treasury")
    listed = json.loads(_drawbar(folder, "keys", "list", "--format", "json"))
    name = next(one["id"] for one in listed if one["name"] == "agent")
    (folder / "drawbar.toml").write_text(f'[mcp]\nspeaks_for_user = ["key:{name}"]\n')
    return agent, admin


def _key(folder: Path, name: str, scopes: tuple[str, ...], *more: str) -> str:
    given = [part for scope in scopes for part in ("--scope", scope)]
    return _drawbar(folder, "keys", "create", "--name", name, *given, *more).strip()


def _drawbar(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "app.cli", *arguments, "--data", str(folder / "var")]
    done = subprocess.run(
        command, cwd=folder, text=True, capture_output=True, timeout=60, check=True
    )
    return done.stdout
