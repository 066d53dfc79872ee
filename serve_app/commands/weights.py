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

    from weights.manifest import load_manifest
    from weights.store import Store

    store = Store.from_environment()
    table = Table("model", "stage", "here", "MB", "licence", "commercial use")
    for spec in load_manifest().values():
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
    from weights.manifest import load_manifest
    from weights.store import Store

    wanted = names or [spec.name for spec in load_manifest().values() if spec.default]
    Store.from_environment().fetch(wanted)


@app.command()
def verify(names: Names = None) -> None:
    """Read every file that is here again and compare its SHA-256."""
    from weights.manifest import load_manifest
    from weights.store import Store

    store = Store.from_environment()
    wanted = names or [name for name in load_manifest() if store.present(name)]
    for name in wanted:
        store.verify([name])
        typer.echo(f"{name}  ok")
