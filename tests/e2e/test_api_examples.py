"""Every operation of the API is described, and what it shows is what a gateway answers."""

import json
import os
import re
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest

from app.main import create_app
from app.openapi.describing import operations
from app.openapi.examples import FILES, Example, examples, parameters, story
from app.settings import Settings
from tests.e2e.api_story import BESIDE, POLICY, Story, alike, recorded, settings
from tests.e2e.gateway_process import GatewayProcess

SCHEMA: Final[dict[str, Any]] = create_app(Settings()).openapi()
BY_NAME: Final = {one["operationId"]: (path, one) for path, _, one in operations(SCHEMA)}
RECORD: Final = "RECORD_API_EXAMPLES" in os.environ
_LATER: Final = re.compile(r"ID:([a-z]+):(\d+)")  # in an example that was never played: `ID:d:3`


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_operation_says_what_it_is(name: str) -> None:
    """A name that reads well, a summary, words, a tag that is explained, and an example."""
    _path, one = BY_NAME[name]
    tags = {tag["name"]: tag["description"] for tag in SCHEMA["tags"]}

    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name), "add a row to NAMES in app/openapi/names.py"
    assert one.get("summary")
    assert one.get("description"), "write a docstring for the route: its first sentence says what"
    assert all(tags[tag] for tag in one["tags"]), "add the tag to TAGS in app/openapi/describing.py"
    shown = [example for example in examples() if example.operation == name]
    hint = "add an example to a file in app/openapi, without `answer`; then `make api-examples`"
    assert shown, hint
    good = [example for example in shown if example.status < 400]
    assert good, hint
    if "requestBody" in one:
        assert all(example.body is not None for example in good), hint


def test_names_of_operations_are_unique_and_examples_belong_to_one() -> None:
    """A client that is generated has one function for each operation."""
    assert len(BY_NAME) == sum(1 for _ in operations(SCHEMA))
    assert [one.operation for one in examples() if one.operation not in BY_NAME] == []
    slugs = [(one.operation, one.slug) for one in examples()]
    assert len(slugs) == len(set(slugs))


@pytest.mark.parametrize("one", examples(), ids=lambda one: f"{one.operation}-{one.slug}")
def test_every_example_fits_its_schema(one: Example) -> None:
    """Path, query, body, status and answer are as the description says."""
    path, operation = BY_NAME[one.operation]
    given = {**parameters(one, path), **(one.headers or {})}
    declared = {each["name"]: each for each in operation.get("parameters", ())}

    assert set(given) <= set(declared)
    if one.body is not None:
        content = operation["requestBody"]["content"]["application/json"]
        _hold(content["schema"], one.body)
    answer = operation["responses"][str(one.status)]
    assert ("ETag" in answer.get("headers", {})) == (one.tag is not None)
    if one.answer is not None:
        (shape,) = [each["schema"] for each in answer["content"].values()]
        _hold(shape, one.answer)


def _hold(schema: dict[str, Any], value: Any) -> None:
    whole = {**schema, "components": SCHEMA["components"]}
    jsonschema_rs.validator_for(whole).validate(value)


@pytest.mark.parametrize("name", FILES)
def test_a_gateway_answers_as_the_examples_say(name: str, tmp_path: Path) -> None:
    """Each request, sent by the command that the reference shows, is answered as it is written."""
    policies = tmp_path / "policies"
    policies.mkdir()
    for file, text in {"bank.bar": POLICY, **BESIDE.get(name, {})}.items():
        (policies / file).write_text(text, "utf-8")
    made = settings(tmp_path, name, {str(one.key) for one in story(name)})
    came: list[dict[str, Any]] = []
    with GatewayProcess(tmp_path, "--port", "0", policies=policies) as gateway:
        played = Story(gateway.address, made, tmp_path)
        for one in story(name):
            found = played.of_this_run(_earlier(one, came)) if RECORD else one
            answer = played.send(found)
            what = f"{one.operation}, {one.says}: {answer.body}"
            assert answer.status == one.status, what
            told = BY_NAME[one.operation][1]["responses"][str(answer.status)].get("content", {})
            assert answer.media_type in told or not told, one
            was, now = [one.answer, one.tag], [answer.body, answer.tag]
            played.learn(was, now)
            if not (RECORD or one.operation == "get_metrics"):
                assert alike(now) == alike(was), what
            came.append(recorded(found, answer.body, answer.tag))
    if RECORD:
        FILES[name].write_text(json.dumps(came, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _earlier(one: Example, came: list[dict[str, Any]]) -> Example:
    """Put ids of answers before into an example that was never played."""

    def found(match: re.Match[str]) -> str:
        kind, at = match.groups()
        if kind == "tag":
            return json.dumps(came[int(at)]["tag"])[1:-1]
        text = json.dumps(came[int(at)]["answer"])
        ids = re.findall(rf'"({kind}_\w+|sha256:[0-9a-f]{{64}})"', text)
        return str(ids[0])

    text = json.dumps({name: getattr(one, name) for name in ("path", "body", "query", "headers")})
    told = json.loads(_LATER.sub(found, text))
    return Example(**{**recorded(one, one.answer), **told})
