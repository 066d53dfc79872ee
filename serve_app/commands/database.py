"""`fitting-room db`: the tables' history."""

from __future__ import annotations

import typer

app = typer.Typer(name="db", help="The database's tables.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Make the tables, or bring them up to date. The service does so itself when it starts."""
    from serve_app.database import Database
    from serve_app.settings import Settings

    database = Database(Settings().database)
    before = database.version()
    database.upgrade()
    after = database.version().current
    typer.echo(
        f"{before.current or 'empty'} → {after}" if before.current != after else "up to date"
    )


@app.command()
def status() -> None:
    """Where the database is, the step it is at, and whether its tables are those of this release.

    Ends with 1 where they are not. Changes nothing.
    """
    from serve_app.database import Database
    from serve_app.settings import Settings

    database = Database(Settings().database)
    found = database.version()
    typer.echo(f"database  {database.engine.url.render_as_string(hide_password=True)}")
    typer.echo(f"current   {found.current or 'none'}")
    typer.echo(f"head      {found.head}")
    differences = database.drift() if found.is_current else []
    for difference in differences:
        typer.echo(f"differs   {difference}")
    if differences or not found.is_current:
        raise typer.Exit(code=1)
