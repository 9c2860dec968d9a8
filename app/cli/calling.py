"""Calls the API of a running gateway; whatever goes wrong is one sentence."""

import re
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from app.plain import plain
from dsl import strictjson
from dsl.errors import DrawbarError

if TYPE_CHECKING:
    import httpx

TIMEOUT_S: Final = 65.0
UNIX: Final = "unix:"


class Api:
    """A gateway's API, by an address and a key."""

    def __init__(self, url: str, key: str) -> None:
        import httpx

        if not (key.isascii() and key.isprintable() and key.strip() == key):
            raise DrawbarError("the key cannot be used as it is written")
        over = httpx.HTTPTransport(uds=url.removeprefix(UNIX)) if url.startswith(UNIX) else None
        self._url = url
        try:
            self._client = httpx.Client(
                base_url="http://localhost" if over else url,
                transport=over,
                headers={"Authorization": f"Bearer {key}"},
                timeout=TIMEOUT_S,
            )
        except (httpx.InvalidURL, ValueError) as error:
            raise DrawbarError("the address cannot be used as it is written") from error

    def __enter__(self) -> Self:
        """Return the API."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._client.close()

    def get(self, path: str, wanted: Mapping[str, str] | None = None) -> Any:
        """Ask for something."""
        return self._asked("GET", path, params=dict(wanted or {}))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send something."""
        return self._asked("POST", path, json=dict(body))

    def _asked(self, method: str, path: str, **parts: Any) -> Any:
        import httpx

        try:
            answer = self._client.request(method, path, **parts)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            said = plain(str(error)) or type(error).__name__
            raise DrawbarError(
                f"the gateway at {plain(self._url)} cannot be asked: {said}"
            ) from error
        return _read(answer)


def as_json(value: Any) -> str:
    """Write JSON with exact numbers, in letters that no terminal takes for more."""

    def escaped(match: re.Match[str]) -> str:
        units = match.group().encode("utf-16-be")
        return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))

    return re.sub(r"[^ -~]", escaped, strictjson.written(value))


def _read(answer: "httpx.Response") -> Any:
    """Return what was answered, numbers exact; a problem becomes its own sentence."""
    try:
        told = strictjson.reread(answer.content)
    except ValueError as error:
        raise DrawbarError(f"the gateway answered {answer.status_code} and no JSON") from error
    if answer.is_success:
        return told
    detail = told.get("detail") if isinstance(told, dict) else None
    raise DrawbarError(plain(str(detail or f"the gateway answered {answer.status_code}")))
