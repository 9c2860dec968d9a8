"""Laws of the examples in `deploy`: they fit the image and the settings, and run locked down."""

import tomllib
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped]  # it has no types

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


def test_compose_keeps_the_password_in_a_file() -> None:
    """No variable and no command holds it, and the store is reached from inside alone."""
    told = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
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
