"""The agent's key is that of the agent whom the settings name, and no other."""

from pathlib import Path

from app.serving.server import FIRST_SCOPES
from app.sidecar.agent_key import agent_key
from tests.app.sidecar.beside import Sidecar, raw
from tests.harness import pay


def test_the_key_of_whom_the_settings_named_before_works_no_more(tmp_path: Path) -> None:
    """Once the settings name somebody else there is another key, and the old one is revoked."""
    beside = Sidecar(tmp_path, raw(tmp_path, 5))
    try:
        gateway, settings = beside.gateway, beside.settings.sidecar
        assert settings is not None

        def key(subject: str) -> str:
            named = settings.model_copy(update={"subject": subject})
            made = agent_key(gateway.keys, named, beside.settings.data, FIRST_SCOPES, gateway.now())
            return beside.run(made).read_text("utf-8").strip()

        old = key("ada")
        assert key("ada") == old
        new = key("bob")
        assert beside.check(pay(call_id="c2"), old).status_code == 401
        assert beside.check(pay(call_id="c3"), new).status_code == 200
        assert key("bob") == new
    finally:
        beside.close()
