"""Brings the schema of a store to the newest revision; one that is there already costs nothing."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from dsl.errors import DrawbarError


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
    if _revisions(connection) != [newest()]:
        _migrate(connection)


def _revisions(connection: Connection) -> list[str]:
    """Return what Alembic noted here; asking Alembic itself would load every migration."""
    if not inspect(connection).has_table("alembic_version"):
        return []
    return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def _migrate(connection: Connection) -> None:
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
