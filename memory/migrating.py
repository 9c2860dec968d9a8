"""Brings the schema of a store to the newest revision; one that is there already costs nothing.

An embedded store that is new gets its tables at once, as the code declares them: Alembic and the
way through every migration would cost each sidecar 4 MiB that it never needs again.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from dsl.errors import DrawbarError
from memory.tables import metadata

_NOTE: Final = """CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)"""  # as Alembic makes it


class SchemaError(DrawbarError):
    """The schema is one that the migrations do not know."""


def folder() -> Path:
    """Return where the migrations are: in the package, or beside it in a checkout."""
    packaged = Path(__file__).parent / "_migrations"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "migrations"


def newest() -> str:
    """Return the newest revision; each migration's file begins with its own."""
    return max(file.name.partition("_")[0] for file in (folder() / "versions").glob("[0-9]*.py"))


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest revision."""
    if _revisions(connection) == [newest()]:
        return
    if connection.dialect.name == "sqlite" and not inspect(connection).get_table_names():
        make(connection)
    else:
        migrate(connection)


def make(connection: Connection) -> None:
    """Make the schema in an empty embedded store: all of it, or nothing if anything fails."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # else SQLite keeps each table by itself
    if inspect(connection).has_table("alembic_version"):
        return  # whoever was waited for made it
    metadata.create_all(connection, checkfirst=False)
    connection.exec_driver_sql(_NOTE)
    noted = text("INSERT INTO alembic_version (version_num) VALUES (:newest)")
    connection.execute(noted, {"newest": newest()})


def _revisions(connection: Connection) -> list[str]:
    """Return what Alembic noted here; asking Alembic itself would load every migration."""
    if not inspect(connection).has_table("alembic_version"):
        return []
    return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def migrate(connection: Connection) -> None:
    """Run every migration that the store has not seen."""
    from alembic import command  # noqa: PLC0415 - most starts find nothing to migrate
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util.exc import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise SchemaError(str(error)) from error
