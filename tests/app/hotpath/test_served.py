"""What `drawbar serve` runs on, and what a client that dawdles gets of the short way."""

from collections.abc import Iterator

import pytest

from app import auth
from app.edges import http
from app.main import create_app
from app.serving.server import configured
from app.settings import Settings
from app.wiring import Gateway
from tests.app.hotpath.drawing import JSON
from tests.app.hotpath.twins import Sent, Twin, twins


def test_uvloop_and_httptools_serve() -> None:
    """Both come with the default install, and uvicorn takes them without being told."""
    settings = Settings()
    config = configured(settings, Gateway(settings))
    config.load()

    assert config.http_protocol_class.__name__ == "HttpToolsProtocol"
    loop = config.get_loop_factory()
    assert loop is not None
    assert loop.__module__.startswith("uvloop")


@pytest.fixture
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Twin, Twin]]:
    """Return two gateways that wait for a body for a moment only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "CACHE_S", 1e6)
        for both in twins(tmp_path_factory.mktemp("slow")):
            for one in both:
                one.ask(Sent([b"{}"], [JSON]), "all")  # its key is known from now on
                gateway = one.harness.gateway
                gateway.settings = gateway.settings.model_copy(update={"deadline_ms": 50})
            yield both


@pytest.mark.parametrize("begun", [[], [b'{"call_id"']])
def test_a_body_that_does_not_arrive_is_refused_alike(
    pair: tuple[Twin, Twin], begun: list[bytes]
) -> None:
    """Whether none of it comes or only its beginning: 408 and `deny` on both ways."""
    sent = Sent([*begun, b"}"], [JSON], dawdles=len(begun))

    short, ordinary = (one.ask(sent, "all") for one in pair)
    assert (short.status, b'"effect":"deny"' in short.body) == (408, True)
    assert short.steady == ordinary.steady


def test_the_path_of_the_short_way_is_that_of_the_edge() -> None:
    """It stands for the route that the API's description tells of."""
    settings = Settings()
    app = create_app(settings, Gateway(settings))

    assert set(app.short_cuts) == {http.EDGE.path}
    assert any(getattr(one, "path", None) == http.EDGE.path for one in app.routes)
