"""The examples of the API's description, played against a real gateway as people paste them."""

import asyncio
import dataclasses
import json
import os
import re
import subprocess
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from app.bundles.making import new_key
from app.data_folder import owned_folder
from app.openapi.examples import KEYS, Example, curl
from memory.database import Database, sqlite_url
from memory.key import NewKey
from memory.keys import Keys
from memory.scopes import POLICIES, Scope

POLICY: Final = """\
policy bank version 1;
rule small: allow pay when args.amount <= 100;
rule large: ask pay when args.amount > 100 because "large payments need a person";
rule mail: ask send_mail approver user;
rule never: deny erase reply "Nothing is erased here." final;
"""
_SAYS: Final = (Scope.OBSERVE, Scope.OBSERVE_USER, Scope.ASSERT_SESSION, Scope.ASSERT_CONTEXT)
_SEES: Final = (Scope.APPROVE, Scope.AUDIT)
HOLDERS: Final[dict[str, tuple[Iterable[Scope], dict[str, Any]]]] = {
    "agent": ((Scope.CHECK, *_SAYS), {"subject": "ada", "agent": "assistant"}),
    "admin": (
        (Scope.ADMIN, Scope.FEEDBACK, *_SEES, *POLICIES),
        {"subject": "grace", "roles": ("treasury",)},
    ),
    "second": ((Scope.POLICY_READ, Scope.POLICY_PUBLISH), {"subject": "edsger"}),
    "other_admin": ((Scope.ADMIN,), {"subject": "barbara"}),
    "sidecar": ((Scope.BUNDLE_READ, Scope.RECORDS_WRITE), {}),
}
SETTINGS: Final = {
    "calls": 'bundle_key = "bundle.key"\n',
    "store": 'policy_source = "store"\n',
    "four_eyes": 'policy_source = "store"\nfour_eyes = true\n',
    "glass": "",
    "memory": "[memory]\nlearn = true\naudit_allowed = 1.0\n",
}
# What lies beside the policy, in a story that needs more.
BESIDE: Final[dict[str, dict[str, str]]] = {
    "memory": {
        "bank.bar": POLICY.replace(";", ';\nuse tools "bank.tools.json";', 1),
        "bank.tools.json": json.dumps(
            [
                {
                    "name": "pay",
                    "inputSchema": {
                        "required": ["amount"],
                        "properties": {"amount": {"type": "number"}},
                    },
                },
                {"name": "send_mail", "inputSchema": {}},
                {"name": "erase", "inputSchema": {}},
            ]
        ),
    },
    "glass": {
        "relief.bar": "policy relief version 1;\nrule more: allow pay when args.amount <= 1000;\n",
        "bindings.toml": '[[bind]]\npolicy = "relief"\nstands_by_for = "bank"\n',
    },
}
# What is another in each run: ids, times, digests, secrets, tokens, ports.
VOLATILE: Final = re.compile(
    r"\b[a-z]{1,4}_[0-9A-HJKMNP-TV-Z]{26}\b|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?"
    r"|\b[0-9a-f]{12,64}\b|(?<![\w+/])[\w+/]{86}==|\bdrw_[\w-]+|\beyJ[\w.-]+|(?<=127\.0\.0\.1:)\d+"
    r"|\b\d{4}-\d\d-\d\d\b"
)
SECRET: Final = re.compile(r"\bdrw_[\w-]{20,}")
TOKEN: Final = re.compile(r"\beyJ[\w-]+\.[\w.-]+")


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a gateway answered, as it is written down."""

    status: int
    media_type: str
    body: Any
    tag: str | None


class Story:
    """Sends examples with curl, and remembers which id of this run stands for which written one."""

    def __init__(self, address: str, keys: Mapping[str, str], folder: Path) -> None:
        told = {KEYS[name]: key for name, key in keys.items()}
        self._environment = {**os.environ, "DRAWBAR_URL": address, **told}
        self._heads = folder / "heads"
        self._bound: dict[str, str] = {}

    def send(self, one: Example) -> Answer:
        """Return what a gateway answers."""
        command = self._meant(curl(one))
        written = "\\n%{http_code}\\n%{content_type}"
        done = subprocess.run(
            ["sh", "-c", f"{command} -D '{self._heads}' -w '{written}'"],
            env=self._environment,
            text=True,
            capture_output=True,
            timeout=60,
            check=not one.endless,
        )
        body, status, media_type = done.stdout.rsplit("\n", 2)
        tag = re.search(r"(?im)^etag: (.+?)\r?$", self._heads.read_text("ascii"))
        told = media_type.partition(";")[0]
        return Answer(int(status), told, read(body, told), tag and tag[1])

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


def recorded(one: Example, answer: Any, tag: str | None = None) -> dict[str, Any]:
    """Return an example with the answer it was given, without any secret."""
    harmless = TOKEN.sub("eyJ.example", SECRET.sub("drw_example", json.dumps(answer)))
    told = dataclasses.asdict(dataclasses.replace(one, answer=json.loads(harmless), tag=tag))
    return {name: value for name, value in told.items() if value not in (None, False)}


def settings(folder: Path, story: str, names: Collection[str]) -> dict[str, str]:
    """Write the settings that a story needs, and make its keys; the agent's speaks for its user."""
    private, _ = new_key()
    (folder / "bundle.key").touch(0o600)
    (folder / "bundle.key").write_text(private)
    made, agent = asyncio.run(_keys(folder / "var", names))
    told = f'[mcp]\nspeaks_for_user = ["key:{agent}"]\n' if agent else ""
    (folder / "drawbar.toml").write_text(SETTINGS[story] + told)
    return made


async def _keys(data: Path, names: Collection[str]) -> tuple[dict[str, str], str | None]:
    database = Database(sqlite_url(owned_folder(data)))
    await database.migrate()
    kept, now = Keys(database), datetime.now(UTC)
    made = {
        name: await kept.make(NewKey(name, frozenset(scopes), **more), now)
        for name, (scopes, more) in HOLDERS.items()
        if name in names
    }
    await database.close()
    agent = made["agent"].key.id if "agent" in made else None
    return {name: one.secret for name, one in made.items()}, agent
