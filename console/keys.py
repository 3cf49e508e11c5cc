"""`koppeling keys`: API keys, made and revoked with the schema owner's database connection."""

import asyncio
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from console.mistake import MistakeError
from console.output import terminal
from console.owner import owner_database_url
from console.sealed_secrets import rotate_secrets
from shared.auth.api_keys import create_api_key, list_api_keys, revoke_api_key
from shared.auth.principal import Scope
from shared.clock import now

app = typer.Typer(no_args_is_help=True)
app.command()(rotate_secrets)
_DEFAULT_DAYS = 365


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who will hold the key.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may be repeated.")],
    product: Annotated[str | None, typer.Option(help="The one product it may see.")] = None,
    days: Annotated[
        int, typer.Option(min=1, max=3650, help="Days that it is valid.")
    ] = _DEFAULT_DAYS,
) -> None:
    """Make a key and print it: the only time that it can be seen."""
    with owner_database_url() as url:
        made = create_api_key(
            url,
            name=name,
            scopes=[item.value for item in scope],
            product=product,
            expires_at=now() + timedelta(days=days),
        )
        try:
            typer.echo(asyncio.run(made))
        except ValueError as mistake:
            raise MistakeError(str(mistake)) from None


@app.command(name="list")
def list_all() -> None:
    """Every key, without the key itself."""
    table = Table("id", "name", "scopes", "product", "expires", "last used", "state")
    with owner_database_url() as url:
        found = asyncio.run(list_api_keys(url))
    for key in found:
        expired = key["expires_at"] is not None and key["expires_at"] <= now()
        state = "revoked" if key["revoked_at"] else "expired" if expired else "valid"
        moments = [
            f"{key[c]:%Y-%m-%d %H:%M}" if key[c] else "" for c in ("expires_at", "last_used_at")
        ]
        scopes = " ".join(key["scopes"])
        table.add_row(str(key["id"]), key["name"], scopes, key["product"] or "", *moments, state)
    terminal().print(table)


@app.command()
def revoke(
    key_id: Annotated[UUID, typer.Argument(help="The id in `koppeling keys list`.")],
) -> None:
    """End a key at once."""
    with owner_database_url() as url:
        revoked = asyncio.run(revoke_api_key(url, key_id))
    if not revoked:
        msg = f"there is no valid key {key_id}"
        raise MistakeError(msg)
    typer.echo(f"revoked {key_id}")
