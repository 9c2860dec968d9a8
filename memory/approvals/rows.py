"""Approvals as rows: what was asked and what people said of it is sealed."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy.engine import RowMapping

from dsl import strictjson
from dsl.model import Need
from memory.approvals.approval import Answer, Status, StoredApproval
from memory.evidence.key import Key

_SEALED: Final = ("answers", "content")
_PLAIN: Final = tuple(
    one.name for one in fields(StoredApproval) if one.name not in (*_SEALED, "stored")
)


def row(one: StoredApproval, key: Key) -> dict[str, Any]:
    """Return an approval as it is stored."""
    plain = {name: getattr(one, name) for name in _PLAIN}
    content = _seal(one, key, "content", dict(one.content))
    return {**plain, "status": one.stored, "answers": answers(one, key), "content": content}


def answers(one: StoredApproval, key: Key) -> bytes:
    """Return what was said, as it is stored."""
    return _seal(one, key, "answers", [_told(answer) for answer in one.answers])


def approval(row: RowMapping, key: Key) -> StoredApproval:
    """Return an approval as it was stored; what was erased raises `ErasedError`."""
    said, content = (_open(row, key, name) if name in row else {} for name in _SEALED)
    return StoredApproval(
        **{name: row[name] for name in _PLAIN},
        stored=Status(row["status"]),
        answers=tuple(_answer(one) for one in said),
        content=content,
    )


def _seal(one: StoredApproval, key: Key, name: str, value: Any) -> bytes:
    written = strictjson.canonical(value).encode()
    return key.seal(written, _place(one.tenant, one.id, one.digest, name))


def _open(row: RowMapping, key: Key, name: str) -> Any:
    place = _place(row["tenant"], row["id"], row["digest"], name)
    return strictjson.reread(key.open(row[name], place))


def _place(tenant: str, approval: str, digest: str, name: str) -> str:
    """Bind what is sealed to its approval and call: a yes cannot be moved to another one."""
    return f"{tenant}\n{approval}\n{digest}\n{name}"


def _told(one: Answer) -> dict[str, Any]:
    at = None if one.at is None else one.at.isoformat()
    return {**asdict(one), "status": str(one.status), "at": at}


def _answer(told: Mapping[str, Any]) -> Answer:
    at = None if told["at"] is None else datetime.fromisoformat(told["at"])
    need = Need(told["need"]["kind"], told["need"]["role"])
    return Answer(
        need, Status(told["status"]), told["key_id"], told["subject"], at, told["comment"]
    )
