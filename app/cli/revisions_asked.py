"""What `drawbar revisions` asks a gateway, read as the store would give it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from app.cli.calling import Api
from app.cli.far import made, paged

if TYPE_CHECKING:
    from memory.revisions.revision import Revision, Taken
    from memory.revisions.store import Listed

PLACE: Final = "/v1/revisions"


def _at(*names: str) -> str:
    return "/".join((PLACE, *(quote(one, safe="") for one in names)))


def listed(api: Api, limit: int) -> list[dict[str, Any]]:
    """Return the newest revisions without their texts."""
    return list(paged(api, PLACE, "revisions", limit, {}))


def one(api: Api, name: str) -> Any:
    """Return a revision with its files."""
    return api.get(_at(name))


def difference(api: Api, old: str, new: str) -> str:
    """Return what is written otherwise in the second."""
    return str(api.get(_at(old, "diff", new))["diff"])


def read(told: Mapping[str, Any]) -> "tuple[Listed, list[Taken]]":
    """Read a row of the list, with the last time it was taken up."""
    from memory.revisions.store import Listed

    last = [] if told["last"] is None else [_taken(told["digest"], told["last"])]
    return made(Listed, told), last


def revision(told: Mapping[str, Any]) -> "tuple[Revision, list[Taken]]":
    """Read a revision, with the times it was taken up."""
    from memory.revisions.revision import File, Revision, Texts

    files = tuple(File(one["name"], one["text"]) for one in told["files"])
    texts = Texts(files, ())  # in which order a digest covers them is not told
    found = made(Revision, {**told, "texts": texts})
    return found, [_taken(found.digest, one) for one in told["in_force"]]


def _taken(digest: str, told: Mapping[str, Any]) -> "Taken":
    from memory.revisions.revision import Taken

    number = int(str(told["name"]).partition(":")[0])
    return made(Taken, {**told, "digest": digest, "number": number})
