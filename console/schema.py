"""`koppeling migrate` and `koppeling documents`: the schema, and what docs/ says of the code."""

from pathlib import Path
from typing import Annotated

import typer
from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError

import migrations
from console.mistake import MistakeError
from console.owner import owner_database_url
from console.written_documents import documents as written

_ROOT = Path(__file__).parents[1]


def migrate(
    revision: Annotated[str, typer.Argument(help="How far to migrate.")] = "head",
) -> None:
    """Bring the schema of DATABASE_URL up to date; changes nothing when it is."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with owner_database_url():
        try:
            command.upgrade(config, revision)
        except CommandError as mistake:
            raise MistakeError(str(mistake)) from None
    typer.echo(f"schema is at {revision}")


def documents(
    write: Annotated[bool, typer.Option("--write", help="Write them; else compare.")] = False,
) -> None:
    """Compare what docs/ says of the code (OpenAPI, errors, settings) with the code."""
    stale = []
    for name, content in written().items():
        path = _ROOT / "docs" / name
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        elif not path.exists() or path.read_text() != content:
            stale.append(name)
    if stale:
        msg = f"behind the code: {', '.join(stale)}; run `make documents`"
        raise MistakeError(msg)
