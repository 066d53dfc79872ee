"""`fitting-room weights`: what there is, bring it, check it."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(name="weights", help="The models' weights.", no_args_is_help=True)

Names = Annotated[
    list[str] | None, typer.Argument(help="Models; the default set if none is named.")
]


@app.command("list")
def list_() -> None:
    """Every model: whether it is here, its size, its licence."""
    from rich.console import Console
    from rich.table import Table

    from weights.store import Store

    store = Store.from_environment()
    table = Table("model", "stage", "here", "MB", "licence", "commercial use")
    for spec in store.specs().values():
        table.add_row(
            spec.name,
            spec.stage,
            "yes" if store.present(spec.name) else "no",
            "?" if spec.size is None else f"{spec.size / 1e6:.1f}",
            spec.licence,
            "yes" if spec.commercial_use else "no",
        )
    Console().print(table)


@app.command()
def fetch(names: Names = None) -> None:
    """Bring weights here, checked by SHA-256 and resumed where a download broke off."""
    from weights.progress import bars
    from weights.store import Store

    with bars() as report:
        Store.from_environment().fetch(names, report)


@app.command()
def verify(names: Names = None) -> None:
    """Read every file that is here again and compare its SHA-256."""
    from weights.store import Store

    checked = Store.from_environment().verify(names)
    for one in checked:
        typer.echo(f"{one.model}  {one.file}  {one.state}")
    if any(one.state == "corrupt" for one in checked):
        raise typer.Exit(code=1)
