"""The kinds of sources, each with what makes one of it."""

from collections.abc import Callable, Mapping
from typing import Final

from app.facts.settings import FactSettings, HttpSettings, TableSettings
from app.facts.source import FactSource


def make(name: str, settings: FactSettings) -> FactSource:
    """Return the source that a table of the settings describes; it is still to be opened."""
    return _MAKERS[type(settings)](name, settings)


def _http(name: str, settings: FactSettings) -> FactSource:
    from app.facts.http import HttpSource  # noqa: PLC0415 - its client is loaded where it is needed

    assert isinstance(settings, HttpSettings)  # noqa: S101 - the key it stands under says so
    return HttpSource(name, settings)


def _table(name: str, settings: FactSettings) -> FactSource:
    from app.facts.table import TableSource  # noqa: PLC0415 - as above

    assert isinstance(settings, TableSettings)  # noqa: S101 - the key it stands under says so
    return TableSource(name, settings)


_MAKERS: Final[Mapping[type, Callable[[str, FactSettings], FactSource]]] = {
    HttpSettings: _http,
    TableSettings: _table,
}
