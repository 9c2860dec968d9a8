"""Builds the gateways that the settings name."""

from collections.abc import Mapping

from pydantic import SecretStr

from app.edges.mcp.asking_people import AskingPeople
from app.edges.mcp.asking_upstream import Questions
from app.edges.mcp.calls import Seat
from app.edges.mcp.gate import Gate
from app.edges.mcp.gateway_settings import GatewaySettings, ServerSettings
from app.edges.mcp.jwks import Fetcher
from app.edges.mcp.links.http import HttpLink
from app.edges.mcp.links.link import Heard, Link
from app.edges.mcp.links.stdio import environment
from app.edges.mcp.links.upstream import Open, Upstream
from app.edges.mcp.oauth import Tokens
from app.edges.mcp.origin import Places
from app.edges.mcp.request_state import RequestStates
from app.edges.mcp.servers import Servers
from app.edges.mcp.serving_http import Served
from app.edges.mcp.wrapping import starting, watched
from app.wiring import Gateway


def served(gateway: Gateway) -> Served:
    """Return all gateways of the settings; their servers are started when they are needed."""
    settings = gateway.settings
    gates = {name: gate(gateway, name, one) for name, one in settings.mcp.gateways.items()}
    places = Places.of(settings.mcp.origins, settings.mcp.hosts, settings.public_url)
    fetcher = Fetcher(settings.mcp.oauth.jwks_timeout_ms)
    tokens = Tokens(settings.mcp.oauth, settings.public_url, fetcher)
    return Served(gateway, gates, places, tokens, fetcher.close)


def gate(gateway: Gateway, name: str, settings: GatewaySettings) -> Gate:
    """Return one gateway."""
    upstreams = [
        Upstream(each, opener(each, one), one.timeout_s, questions=one.questions)
        for each, one in settings.servers.items()
    ]
    servers = Servers(upstreams, watched(gateway.settings.policies), prefixed=True)
    return Gate(servers, seat(gateway, name, settings))


def seat(gateway: Gateway, name: str, settings: GatewaySettings) -> Seat:
    """Return how calls are decided and denied, and people asked."""
    states = RequestStates(lambda: gateway.carried_root, lambda: gateway.now())  # noqa: PLW0108 - tests set it later
    asking = AskingPeople(name, states, settings.wait_s)
    return Seat(asking, settings.deny_as == "error", Questions(name, states))


def opener(name: str, settings: ServerSettings) -> Open:
    """Return how a connection to a server is opened."""
    if settings.command is not None:
        env = environment(_shown(settings.env))
        return starting(name, (settings.command, *settings.args), env, settings.cwd)
    address, headers = str(settings.url), _shown(settings.headers)

    async def connect(heard: Heard) -> Link:
        return HttpLink(address, headers, heard)

    return connect


def _shown(secrets: Mapping[str, SecretStr]) -> Mapping[str, str]:
    return {name: one.get_secret_value() for name, one in secrets.items()}
