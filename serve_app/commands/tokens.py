"""`fitting-room tokens`: API keys for servers and operators, without a login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from serve_app.database import Database

app = typer.Typer(name="tokens", help="API keys.", no_args_is_help=True)


@app.command()
def create(
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What the key may do; may be given again. jobs:read and jobs:write."),
    ] = None,
    user: Annotated[
        str | None, typer.Option(help="Id of the user whose key it is; a new user if none.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the key is called in lists.")] = "command line",
    days: Annotated[float, typer.Option(min=0.01, help="Days that it is valid.")] = 365.0,
    admin: Annotated[
        bool, typer.Option("--admin", help="Make the user an administrator, with the key for it.")
    ] = False,
) -> None:
    """Make an API key. It is shown this once: only its hash is kept."""
    from serve_app.identity import SCOPES, Identity
    from serve_app.settings import Settings

    wanted = [*(scope or ["jobs:read", "jobs:write"]), *(["admin"] if admin else [])]
    known = [one for one in SCOPES if one in wanted]
    if unknown := set(wanted) - set(known):
        raise typer.BadParameter(f"{sorted(unknown)} are not among {', '.join(SCOPES)}")
    database = _open()
    owner = _owner(database, user, admin=admin)
    grant = Identity(database, Settings()).create_key(owner, name, known, days)
    typer.echo(f"key      {grant.token}")
    typer.echo(f"id       {grant.id}")
    typer.echo(f"user     {grant.user_id}")
    typer.echo(f"scopes   {' '.join(known)}")
    typer.echo(f"expires  {grant.expires_at:%Y-%m-%d %H:%M} UTC")


@app.command()
def revoke(
    token_ids: Annotated[list[str], typer.Argument(help="Ids of keys or tokens.")],
) -> None:
    """Take keys and tokens away; they end at once."""
    from sqlalchemy import update

    from serve_app.database import Token, now, rows_touched
    from serve_app.errors import KeyNotFound

    database = _open()
    for token_id in token_ids:
        ended = update(Token).where(Token.id == token_id, Token.revoked_at.is_(None))
        with database.writing() as session:
            if not rows_touched(session.execute(ended.values(revoked_at=now()))):
                raise KeyNotFound(f"There is no token {token_id!r} that is still valid.")
        typer.echo(f"{token_id}  revoked")


def _owner(database: Database, user_id: str | None, *, admin: bool) -> str:
    """The id of the user, who is made where none is named."""
    from serve_app.database import User
    from serve_app.errors import InvalidRequest

    with database.writing() as session:
        user = session.get(User, user_id) if user_id else User()
        if user is None:
            raise InvalidRequest(
                f"There is no user {user_id!r}.", "Leave --user out for a new one."
            )
        if admin:
            user.role = "admin"
        session.add(user)
        session.flush()
        return user.id


def _open() -> Database:
    from serve_app.database import Database
    from serve_app.settings import Settings

    database = Database(Settings().database)
    database.upgrade()
    return database
