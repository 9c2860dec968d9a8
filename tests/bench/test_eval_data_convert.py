"""Each converter says the same facts in the folder's form."""

import gzip
import json
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.eval_data import agentdojo_schemas
from bench.eval_data.convert import ConvertError, convert


def _source(path: str, value: object) -> tuple[str, bytes]:
    return path, json.dumps(value).encode()


def _rows(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.decode().splitlines()]


def test_policies_keep_the_document_as_it_is() -> None:
    """The text is the whole file, the domain is the folder, letters stay unescaped."""
    data = convert("tau2_policies", [("data/mock/policy.md", "# Kind\n\nüber".encode())])
    assert data == (
        '{"domain":"mock","path":"data/mock/policy.md","text":"# Kind\\n\\nüber"}\n'.encode()
    )


def test_tasks_flatten_their_criteria() -> None:
    """Absent criteria become null, absent actions an empty list, notes are left out."""
    bare = {"id": "1", "user_scenario": {"instructions": "go"}, "ticket": "left out"}
    action = {"action_id": "a", "name": "cancel", "arguments": {"id": 1}}
    full = {
        "id": "2",
        "description": {"purpose": "why", "notes": "left out"},
        "user_scenario": {"persona": None},
        "initial_state": {"x": 1},
        "evaluation_criteria": {"actions": [action], "reward_basis": ["DB"]},
    }
    first, second = _rows(convert("tau2_tasks", [_source("d/mock/tasks.json", [bare, full])]))
    assert first["gold_actions"] == []
    assert first["domain"] == "mock"
    assert first["purpose"] is first["reward_basis"] is first["initial_state"] is None
    assert second["gold_actions"] == [action]
    assert (second["purpose"], second["reward_basis"]) == ("why", ["DB"])
    assert set(first) == set(second)


def _run_of(task: int) -> dict[str, Any]:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    traj = [
        {"role": "system", "content": "policy"},
        {"role": "user", "content": "hello"},
        {"content": None, "role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "name": "f", "content": ""},
    ]
    return {"task_id": task, "reward": 1.0, "info": {}, "traj": traj, "trial": 0}


def test_trajectories_keep_every_second_task() -> None:
    """Odd tasks, the system message, call ids and empty contents are left out."""
    packed = convert("tau_trajectories", [_source("t.json", [_run_of(0), _run_of(1), _run_of(2)])])
    first, second = _rows(gzip.decompress(packed))
    assert [first["task"], second["task"]] == [0, 2]
    assert first["messages"] == [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "tool_calls": [{"name": "f", "arguments": {"a": 1}}]},
        {"role": "tool", "name": "f"},
    ]


AIRLINE = [
    {"line_number": 4, "content": "  - a", "tag": "enforcable", "note": "n"},
    {"line_number": 5, "content": "b", "tag": "enforceable_and_implemented"},
]
CAR = [{"policy": "AUT-POL:005:The roof", "enforceable": False}]
SUB = {"tag": "1.1.1", "content": "d", "enforceable": True, "sym guardrail": ["API"]}
MEDICAL = {
    "1) Role": [
        {"tag": "1.1", "content": "c", "enforceable": "not applicable", "sub_policies": [SUB]}
    ],
    "Additional Hazard": [{"content": "e", "enforceable": False}],
}


def test_requirements_bring_three_forms_into_one() -> None:
    """Each benchmark's verdict is mapped, sub-policies follow their parent."""
    sources = [_source("a", AIRLINE), _source("c", CAR), _source("m", MEDICAL)]
    rows = _rows(convert("requirements", sources))
    assert [(row["id"], row["status"], row["note"]) for row in rows] == [
        ("L4", "enforceable", "n"),
        ("L5", "enforceable_already_in_env", None),
        ("AUT-POL:005", "not_enforceable", "None"),
        ("1.1", "not applicable", None),
        ("1.1.1", "enforceable", None),
        ("hazard", "not_enforceable", None),
    ]
    assert rows[0]["text"] == "- a"
    assert rows[4]["guardrail"] == ["API"]
    assert [row.get("section") for row in rows[3:]] == ["1) Role", "1) Role", "Additional Hazard"]


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"{}", b"\xff", b'[{"traj": []}]'])
def test_another_form_is_refused_in_words(body: bytes) -> None:
    """A source of another form ends in one sentence, not in a traceback."""
    with pytest.raises(ConvertError, match="another form"):
        convert("tau_trajectories", [("t.json", body)] if body != b"{}" else [])


@dataclass(frozen=True)
class Parameters:
    """Stands in for a model class with a schema."""

    schema: dict[str, str]

    def model_json_schema(self) -> dict[str, str]:
        return self.schema


def test_schemas_describe_every_tool() -> None:
    """Each tool keeps its name, words, schema and dependencies, suites keep their order."""
    tool = SimpleNamespace(
        name="pay",
        description="Pays.",
        parameters=Parameters({"type": "object"}),
        dependencies={"account": 1},
    )
    data = agentdojo_schemas.schemas({"banking": SimpleNamespace(tools=[tool])})
    assert json.loads(data) == {
        "banking": [
            {
                "name": "pay",
                "description": "Pays.",
                "parameters": {"type": "object"},
                "dependencies": ["account"],
            }
        ]
    }


@pytest.mark.parametrize("version", ["0.1.34", None])
def test_another_package_version_is_refused(
    version: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Only the pinned package may write the schemas."""

    def found(name: str) -> str:
        if version is None:
            raise metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(metadata, "version", found)
    assert agentdojo_schemas.main([str(tmp_path)]) == 1
    assert "agentdojo==0.1.35 is" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_schemas_that_differ_are_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Schemas with another digest than the pinned one are refused."""
    monkeypatch.setattr(agentdojo_schemas, "_suites", dict)
    assert agentdojo_schemas.main([str(tmp_path)]) == 1
    assert "wrong checksum" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
