"""`fitting-room settings`: every setting, as the table that the documentation shows."""

from __future__ import annotations

import typer


def settings() -> None:
    """List every environment variable that the service reads."""
    typer.echo(table())


def table() -> str:
    """The settings as a Markdown table."""
    from serve_app.settings import describe

    rows = [f"| `{row.variable}` | {row.default} | {row.description} |" for row in describe()]
    return "\n".join(["| variable | default | what |", "|---|---|---|", *rows])
