"""Brings a database to a version of the schema. The migrations stand in `alembic/`.

Alembic is loaded where a schema is changed, and not above: it takes 15 MB, and a service that runs
only asks which schema it has.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, inspect, select, text

from camera_registry.database import Database, connected
from camera_registry.tables.inventory import towns
from camera_registry.vocabulary import Town


class SchemaError(Exception):
    """The database's schema is not this version's."""


async def upgrade(url: str, revision: str = "head") -> None:
    """Creates the database's tables or migrates them, and enters the towns. What a downgrade set
    aside is taken back. All of it is done, or nothing.

    Raises:
        DatabaseUrlError, DatabaseUnreachableError: see `camera_registry.database`.
        SchemaError: the database was made by a newer version.
    """
    async with connected(url) as connection, connection.begin():
        await connection.run_sync(_run, "upgrade", revision)
        if await connection.run_sync(_revision_of) is not None:
            await connection.run_sync(_enter_towns)


async def downgrade(url: str, revision: str) -> None:
    """Takes the tables of later revisions out of use. They are renamed, not dropped: the next
    upgrade brings them back with what they hold.

    Raises:
        As `upgrade`.
    """
    async with connected(url) as connection, connection.begin():
        await connection.run_sync(_run, "downgrade", revision)


async def check_schema(database: Database) -> None:
    """
    Raises:
        SchemaError: the schema is another version's, or there is none.
        DatabaseUnreachableError: no connection could be had.
    """
    async with database.read() as connection:
        found = await connection.run_sync(_revision_of)
    wanted = newest_revision()
    if found is None:
        raise SchemaError(f"database {database.url} is empty: run `xueliang db upgrade`")
    if found != wanted:
        raise SchemaError(
            f"database {database.url} has schema {found}, this version needs {wanted}: "
            "run `xueliang db upgrade`"
        )


@cache
def known_towns() -> tuple[tuple[Town, str], ...]:
    """The towns of `config/towns.csv`, each with its kind (subdistrict, town, or the statistics
    office's statistical_unit, which is none of our towns)."""
    text = files("config").joinpath("towns.csv").read_text(encoding="utf-8")
    return tuple(
        (Town(code=row["code"], name=row["name_zh"], name_en=row["name_en"]), row["kind"])
        for row in csv.DictReader(text.splitlines())
    )


def towns_of_the_city() -> tuple[Town, ...]:
    """The towns that figures are drawn up for."""
    return tuple(town for town, kind in known_towns() if kind != "statistical_unit")


def _scripts() -> Path:
    """An installed wheel carries the migrations inside this package; a checkout beside it."""
    package = Path(__file__).parent
    inside = package / "alembic"
    return inside if inside.is_dir() else package.parent / "alembic"


def newest_revision() -> str:
    """What the last migration is called; each file's name begins with its revision."""
    return max(path.name.partition("_")[0] for path in (_scripts() / "versions").glob("[0-9]*.py"))


def _run(connection: Connection, direction: str, revision: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_scripts()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        getattr(command, direction)(config, revision)
    except CommandError as error:
        raise SchemaError(f"cannot {direction} the schema to {revision}: {error}") from error


def _revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _enter_towns(connection: Connection) -> None:
    known = {row.code: row for row in connection.execute(select(towns))}
    for town in towns_of_the_city():
        values = {"code": town.code, "name": town.name, "name_en": town.name_en}
        found = known.get(town.code)
        if found is None:
            connection.execute(towns.insert().values(values))
        elif found._asdict() != values:
            connection.execute(towns.update().where(towns.c.code == town.code).values(values))
