"""Downloads pinned files from the public repository host."""

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

from bench.eval_data.files import sha256
from bench.eval_data.manifest import Origin, Source

FULL_COMMIT = 40
LARGEST = 64 * 1024 * 1024
GONE = {404, 410}
SECONDS = 60.0
AGENT = "drawbar-eval-data"


class FetchError(Exception):
    """A source could not be downloaded."""


class AbsentError(FetchError):
    """The host says that there is no such file."""


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches sources; remembers full commits and files that several outputs share."""

    raw_host: str
    api_host: str
    attempts: int = 3
    pause: float = 1.0
    commits: dict[str, str] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)

    def source(self, source: Source) -> bytes:
        """Return the bytes of one source, checked where its digest is known."""
        url = self.url(source)
        if url not in self.kept:
            self.kept[url] = self._get(url, f"{source.path} of {source.origin.label}")
        data = self.kept[url]
        if source.sha256 is not None and sha256(data) != source.sha256:
            raise FetchError(
                f"{source.path} of {source.origin.label}: wrong checksum, "
                f"expected sha256 {source.sha256}, found {sha256(data)}"
            )
        return data

    def url(self, source: Source) -> str:
        """Say where the host serves this file at its pinned commit."""
        commit = self.full_commit(source.origin)
        path = urllib.parse.quote(source.path)
        return f"{self.raw_host}/{source.origin.name}/{commit}/{path}"

    def full_commit(self, origin: Origin) -> str:
        """Spell out an abbreviated commit; the raw host is only sure of full ones."""
        if len(origin.ref) == FULL_COMMIT:
            return origin.ref
        if origin.label not in self.commits:
            url = f"{self.api_host}/repos/{origin.name}/commits/{origin.ref}"
            answer = self._get(url, f"the full commit of {origin.label}")
            self.commits[origin.label] = _commit_from(answer, origin)
        return self.commits[origin.label]

    def _get(self, url: str, what: str) -> bytes:
        for attempt in range(1, self.attempts + 1):
            try:
                return _read(url)
            except AbsentError as error:
                raise AbsentError(f"{what}: {error}") from error
            except FetchError as error:
                if attempt == self.attempts:
                    raise FetchError(f"{what}: {error}") from error
                time.sleep(self.pause * attempt)
        raise FetchError(f"{what}: no attempt was made")


def _read(url: str) -> bytes:
    accept = "application/vnd.github.sha, */*"
    request = urllib.request.Request(  # noqa: S310 - hosts are checked where they enter
        url, headers={"User-Agent": AGENT, "Accept": accept}
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return _whole(answer)
    except urllib.error.HTTPError as error:
        code = error.code
        error.close()
        kind = AbsentError if code in GONE else FetchError
        raise kind(f"the host answered {code}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise FetchError(f"could not be downloaded: {reason}") from error


def _whole(answer: http.client.HTTPResponse) -> bytes:
    promised = answer.headers.get("Content-Length")
    data = answer.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise FetchError(f"larger than {LARGEST} bytes")
    if promised is not None and promised.isdigit() and len(data) != int(promised):
        raise FetchError(f"the download was cut after {len(data)} of {promised} bytes")
    return data


def _commit_from(answer: bytes, origin: Origin) -> str:
    commit = answer.decode("ascii", "replace").strip()
    hexadecimal = all(char in "0123456789abcdef" for char in commit)
    if len(commit) != FULL_COMMIT or not hexadecimal or not commit.startswith(origin.ref):
        raise FetchError(f"the host did not spell out the full commit of {origin.label}")
    return commit
