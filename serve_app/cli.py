"""`fitting-room`: the command line. `--help` and `--version` import nothing heavy."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from serve_app.commands import (
    database,
    demo,
    doctor,
    evaluate,
    gallery,
    jobs,
    pictures,
    service,
    settings,
    tokens,
    weights,
)

app = typer.Typer(
    name="fitting-room",
    help="Dress the person in a photo in a garment from another photo; draw people as anime.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(pictures.tryon)
app.command()(pictures.anime)
app.command()(pictures.video)
app.command()(pictures.parse)
app.command()(pictures.pose)
app.command()(pictures.mask)
app.command()(evaluate.evaluate)
app.command()(service.serve)
app.command()(demo.demo)
app.command()(doctor.doctor)
app.command()(settings.settings)
app.add_typer(weights.app)
app.add_typer(database.app)
app.add_typer(jobs.app)
app.add_typer(gallery.app)
app.add_typer(tokens.app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fitting-room {version('fitting-room')}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Dress the person in a photo in a garment from another photo; draw people as anime."""


def main() -> None:
    """Run the command line; an error with a name ends it with one line and its hint."""
    try:
        app()
    except Exception as error:
        if not hasattr(error, "hint"):
            raise
        typer.secho(f"{type(error).__name__}: {error}", fg="red", err=True)
        if error.hint:
            typer.secho(error.hint, err=True)
        sys.exit(1)
