"""Computes the converted files from their sources: other shapes of the same facts."""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

Sources = Sequence[tuple[str, bytes]]
Row = Mapping[str, Any]

AIRLINE_VERDICTS = {
    "not_applicable": "out_of_scope",
    "enforcable": "enforceable",  # the origin spells it so
    "not_enforcable": "not_enforceable",
    "enforceable_and_implemented": "enforceable_already_in_env",
}
HAZARDS = "Additional Hazard"
EVERY_SECOND = 2


class ConvertError(Exception):
    """A source does not have the form that its converter knows."""


def convert(name: str, sources: Sources) -> bytes:
    """Run the named converter over (path in the origin, bytes) pairs."""
    try:
        return CONVERTERS[name](sources)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConvertError(
            f"the origin has another form than the converter knows: {error!r}"
        ) from error


def _lines(rows: Iterable[Row], *, compact: bool = True) -> bytes:
    separators = (",", ":") if compact else (", ", ": ")
    text = (json.dumps(row, ensure_ascii=False, separators=separators) for row in rows)
    return "".join(f"{line}\n" for line in text).encode()


def _domain(path: str) -> str:
    return PurePosixPath(path).parent.name


def tau2_policies(sources: Sources) -> bytes:
    """One line per domain: the policy document as text."""
    return _lines(
        {"domain": _domain(path), "path": path, "text": data.decode()} for path, data in sources
    )


def tau2_tasks(sources: Sources) -> bytes:
    """One line per task: the criteria flattened, notes and annotations left out."""
    return _lines(_task(_domain(path), task) for path, data in sources for task in json.loads(data))


def _task(domain: str, task: Row) -> Row:
    criteria = task.get("evaluation_criteria") or {}
    return {
        "domain": domain,
        "id": task["id"],
        "purpose": (task.get("description") or {}).get("purpose"),
        "user_scenario": task["user_scenario"],
        "initial_state": task.get("initial_state"),
        "gold_actions": criteria.get("actions") or [],
        "nl_assertions": criteria.get("nl_assertions"),
        "env_assertions": criteria.get("env_assertions"),
        "reward_basis": criteria.get("reward_basis"),
    }


def tau_trajectories(sources: Sources) -> bytes:
    """Every second task of the recorded conversations, without the system message, packed."""
    [(_, data)] = sources
    rows = (
        {
            "task": run["task_id"],
            "trial": run["trial"],
            "reward": run["reward"],
            "messages": [_message(raw) for raw in run["traj"] if raw["role"] != "system"],
        }
        for run in json.loads(data)
        if run["task_id"] % EVERY_SECOND == 0
    )
    return gzip.compress(_lines(rows), mtime=0)


def _message(raw: Row) -> Row:
    message: dict[str, Any] = {"role": raw["role"]}
    if raw.get("content"):
        message["content"] = raw["content"]
    if raw.get("tool_calls"):
        called = [call["function"] for call in raw["tool_calls"]]
        message["tool_calls"] = [
            {"name": call["name"], "arguments": json.loads(call["arguments"])} for call in called
        ]
    if raw.get("name"):
        message["name"] = raw["name"]
    return message


def requirements(sources: Sources) -> bytes:
    """One line per policy sentence of three benchmarks, with its verdict."""
    [(_, airline), (_, car), (_, medical)] = sources
    rows = [
        *map(_airline_row, json.loads(airline)),
        *map(_car_row, json.loads(car)),
        *_medical_rows(json.loads(medical)),
    ]
    return _lines(rows, compact=False)


def _requirement(benchmark: str, key: str, text: str, status: str, row: Row) -> dict[str, Any]:
    return {
        "benchmark": benchmark,
        "id": key,
        "text": text,
        "status": status,
        "guardrail": row.get("sym guardrail", []),
        "note": None,
    }


def _airline_row(row: Row) -> Row:
    key, text = f"L{row['line_number']}", row["content"].strip()
    entry = _requirement("tau2-airline", key, text, AIRLINE_VERDICTS[row["tag"]], row)
    return entry | {"note": row.get("note")}


def _car_row(row: Row) -> Row:
    key = ":".join(row["policy"].split(":")[:2])
    entry = _requirement("car-bench", key, row["policy"], _verdict(row["enforceable"]), row)
    return entry | {"note": str(row.get("implemented"))}


def _medical_rows(chapters: Mapping[str, Sequence[Row]]) -> Iterator[Row]:
    for title, entries in chapters.items():
        for entry in entries:
            for row in (entry, *entry.get("sub_policies", ())):
                key = "hazard" if title == HAZARDS else row["tag"]
                verdict = _verdict(row["enforceable"])
                named = {"benchmark": "medagentbench", "id": key, "section": title}
                yield named | _requirement("medagentbench", key, row["content"], verdict, row)


def _verdict(value: bool | str) -> str:  # noqa: FBT001 - the origin mixes both
    if isinstance(value, str):
        return value
    return "enforceable" if value else "not_enforceable"


CONVERTERS: Mapping[str, Callable[[Sources], bytes]] = {
    "tau2_policies": tau2_policies,
    "tau2_tasks": tau2_tasks,
    "tau_trajectories": tau_trajectories,
    "requirements": requirements,
}
