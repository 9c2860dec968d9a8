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


class Refused(DrawbarError):
    """What a gateway answers with a problem: its status, its code, and what is wrong in detail."""

    def __init__(self, status: int, told: Mapping[str, Any]) -> None:
        words = [str(told.get("detail") or f"the gateway answered {status}")]
        errors = told.get("errors")
        words += [_wrong(one) for one in (errors if isinstance(errors, list) else ())]
        super().__init__("\n".join(plain(line) for one in words for line in one.split("\n")))
        self.status = status
        self.code = told.get("code")


def _wrong(error: Any) -> str:
    return str(error.get("message", "")) if isinstance(error, dict) else ""


class Unanswered(DrawbarError):
    """A gateway that took a request and gave no answer to it: it may go on with it."""


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

    def post(self, path: str, body: Mapping[str, Any], seconds: float | None = None) -> Any:
        """Send something; with `seconds` what takes longer than most."""
        longer = {} if seconds is None else {"timeout": seconds}
        return self._asked("POST", path, json=dict(body), **longer)

    def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, tag: str | None = None
    ) -> tuple[Any, str | None]:
        """Send something about a state that was read; return the answer and its own `ETag`."""
        headers = {} if tag is None else {"If-Match": tag}
        parts: dict[str, Any] = {} if body is None else {"json": dict(body)}
        answer = self._answer(method, path, headers=headers, **parts)
        told = None if answer.is_success and not answer.content else _read(answer)
        return told, answer.headers.get("etag")

    def _asked(self, method: str, path: str, **parts: Any) -> Any:
        return _read(self._answer(method, path, **parts))

    def _answer(self, method: str, path: str, **parts: Any) -> "httpx.Response":
        import httpx

        try:
            return self._client.request(method, path, **parts)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            said = plain(str(error)) or type(error).__name__
            lost = (httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError)
            kind = Unanswered if isinstance(error, lost) else DrawbarError
            raise kind(f"the gateway at {plain(self._url)} cannot be asked: {said}") from error


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
    raise Refused(answer.status_code, told if isinstance(told, dict) else {})
