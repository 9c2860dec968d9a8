"""Where a gateway keeps its records and its sessions, as the settings say.

Commands beside the store need this, and nothing else of a gateway.
"""

from app.data_folder import owned_folder
from app.settings import Settings
from dsl.errors import DrawbarError
from memory.database import STORE, Database, sqlite_url


def open_database(settings: Settings, *, create: bool = True) -> Database:
    """Return the store that the settings name; without `create` it must be there already."""
    if settings.database_url is not None:
        return Database(settings.database_url.get_secret_value())
    if not create and not (settings.data / STORE).is_file():
        hint = "name the gateway's data folder with --data"
        raise DrawbarError(f"there is no store in `{settings.data}`; {hint}")
    return Database(sqlite_url(owned_folder(settings.data)))


def session_store(settings: Settings) -> str | None:
    """Return where sessions are kept, if not in the store."""
    address = settings.session_store
    return None if address is None else address.get_secret_value()
