"""Laws of the examples in `deploy`: they fit the image and the settings, and run locked down."""

import json
import re
import shlex
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import pytest
import yaml  # type: ignore[import-untyped]  # it has no types

from app.cli.main import cli
from app.main import create_app
from app.settings import Settings
from app.sidecar.settings import SidecarSettings

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
DOCKERFILE: Final = (DEPLOY.parent / "Dockerfile").read_text("utf-8")


def _pod() -> tuple[dict[str, Any], dict[str, Any]]:
    text = (DEPLOY / "kubernetes" / "sidecar.yaml").read_text("utf-8")
    config, pod = yaml.safe_load_all(text)
    return config, pod["spec"]


def test_the_sidecar_is_configured_as_the_gateway_reads_it() -> None:
    """Every line of the ConfigMap is a setting, and names a place that the pod mounts."""
    config, spec = _pod()
    told = tomllib.loads(config["data"]["drawbar.toml"])
    sidecar = SidecarSettings(**told.pop("sidecar"))
    settings = Settings(**told, sidecar=sidecar)
    (beside,) = spec["initContainers"]
    mounted = [Path(one["mountPath"]) for one in beside["volumeMounts"]]

    assert sidecar.ships
    assert sidecar.key is not None
    assert sidecar.agent_key is not None
    assert settings.uds is not None
    needed = [sidecar.key, sidecar.agent_key, settings.uds, settings.data, *sidecar.trust]
    assert all(any(place in (one, *one.parents) for place in mounted) for one in needed)
    writable = [one["mountPath"] for one in beside["volumeMounts"] if not one.get("readOnly")]
    assert {str(settings.uds.parent), str(settings.data), "/tmp"} == set(writable)  # noqa: S108


def test_the_agent_shares_the_socket_and_nothing_else() -> None:
    """Both run as one user; the agent sees neither the state, nor the key of the gateway."""
    _, spec = _pod()
    (agent,) = spec["containers"]
    user = spec["securityContext"]["runAsUser"]

    assert [one["name"] for one in agent["volumeMounts"]] == ["socket"]
    assert f"USER {user}:" in DOCKERFILE
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["automountServiceAccountToken"] is False
    for one in (agent, *spec["initContainers"]):
        locked = one["securityContext"]
        assert locked["readOnlyRootFilesystem"] is True
        assert locked["allowPrivilegeEscalation"] is False
        assert locked["capabilities"] == {"drop": ["ALL"]}
        assert "runAsUser" not in locked
        assert set(one["resources"]["limits"]) == {"cpu", "memory"}


def test_the_agent_waits_for_a_sidecar_that_is_ready() -> None:
    """The sidecar starts first and stays; the pod is ready only while its policies are fresh."""
    _, spec = _pod()
    (beside,) = spec["initContainers"]
    assert beside["restartPolicy"] == "Always"
    for probe in ("startupProbe", "readinessProbe"):
        assert "/readyz" in beside[probe]["exec"]["command"][-1]


def _compose() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return told


def _told(instruction: str) -> list[str]:
    """Return the words of an instruction of the Dockerfile that gives them as a list."""
    found = re.search(rf"^{instruction} (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert found is not None
    words: list[str] = json.loads(found[1])
    return words


def _commands() -> dict[str, list[str]]:
    """Return what the examples have `drawbar` do, and what they tell people to type."""
    (script,) = _compose()["services"]["gateway"]["command"]
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    typed = re.findall(r"exec gateway drawbar (.*)$", text, re.MULTILINE)
    _, spec = _pod()
    (beside,) = spec["initContainers"]
    (keys,) = typed
    return {
        "the image": _told("CMD"),
        "compose": shlex.split(script.replace("\\\n", " ").partition("exec drawbar ")[2]),
        "compose, by hand": shlex.split(keys),
        "the pod": beside["args"],
    }


def _parsed(words: Sequence[str]) -> click.Context:
    """Return what the command line makes of some words, without doing it."""
    command: click.Command = cli
    context = click.Context(cli, info_name="drawbar")
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        assert found is not None, words[0]
        command, words = found, words[1:]
        if isinstance(command, click.Group):
            context = click.Context(command, parent=context, info_name=command.name)
    return command.make_context(command.name, list(words), parent=context)


@pytest.mark.parametrize("where", ["the image", "compose", "compose, by hand", "the pod"])
def test_the_command_line_takes_what_the_examples_say(where: str) -> None:
    """Every command, flag and value of the examples is one that this version has."""
    assert _parsed(_commands()[where]).params


def test_a_flag_that_is_not_there_would_be_seen() -> None:
    """The law above can fail."""
    with pytest.raises(click.UsageError):
        _parsed(["serve", "--sidecars"])


def test_the_examples_name_settings_and_places_that_are_there() -> None:
    """A variable is that of a setting; `--data` and `--policies` lie where something is mounted."""
    (script,) = _compose()["services"]["gateway"]["command"]
    names = set(re.findall(r"export DRAWBAR_([A-Z_]+)", script))
    assert names == {"DATABASE_URL"}
    assert {name.lower() for name in names} <= set(Settings.model_fields)
    mounted = {one.split(":")[1] for one in _compose()["services"]["gateway"]["volumes"]}
    served = _parsed(_commands()["compose"]).params
    assert {str(served["data"]), str(served["policies"])} == mounted
    served = _parsed(_commands()["the image"]).params
    assert f"VOLUME {served['data']}" in DOCKERFILE
    assert f"COPY examples/starter {served['policies']}" in DOCKERFILE


def test_what_watches_over_health_asks_a_route_that_is_there() -> None:
    """Each probe asks, without a key, a path that a gateway and a sidecar answer."""
    _, spec = _pod()
    (beside,) = spec["initContainers"]
    probes = [
        " ".join(_told(r"HEALTHCHECK .*\\\n    CMD")),
        " ".join(_compose()["services"]["gateway"]["healthcheck"]["test"]),
        *(beside[one]["exec"]["command"][-1] for one in ("startupProbe", "readinessProbe")),
    ]
    asked = [re.findall(r"""["']GET["'], ["'](/[a-z]+)["']""", one) for one in probes]
    assert asked == [["/healthz"], ["/readyz"], ["/readyz"], ["/readyz"]]
    served = set(create_app(Settings()).openapi()["paths"])
    assert {path for paths in asked for path in paths} <= served


def test_the_image_is_made_of_what_lies_in_the_repository() -> None:
    """Everything that the Dockerfile copies from here is there."""
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    assert {"pyproject.toml", "uv.lock", "app", "examples/starter"} <= set(names)
    assert [name for name in names if not (DEPLOY.parent / name).exists()] == []


def test_compose_keeps_the_password_in_a_file() -> None:
    """No variable and no command holds it, and the store is reached from inside alone."""
    told = _compose()
    services = told["services"]
    gateway, database = services["gateway"], services["database"]

    assert told["secrets"] == {"postgres_password": {"file": "./secrets/postgres_password"}}
    assert database["environment"]["POSTGRES_PASSWORD_FILE"] == "/run/secrets/postgres_password"
    assert "environment" not in gateway
    assert told["networks"]["inside"] == {"internal": True}
    assert database["networks"] == ["inside"]
    assert "ports" not in database
    assert gateway["ports"] == ["127.0.0.1:8484:8484"]
    assert gateway["read_only"] is True
    assert gateway["cap_drop"] == ["ALL"]
    assert gateway["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert all("healthcheck" in one for one in services.values())
    (script,) = gateway["command"]
    assert "/opt/drawbar/bin" in DOCKERFILE
    assert "exec drawbar serve" in script
