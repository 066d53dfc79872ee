"""`fitting-room serve`: the service on this machine."""

from __future__ import annotations

from typing import Annotated, Any

import typer

Host = Annotated[str | None, typer.Option(help="Address to listen on; FITTING_ROOM_HOST.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; FITTING_ROOM_PORT.")]


def serve(host: Host = None, port: Port = None) -> None:
    """Start the service and keep it running until it is interrupted."""
    from serve_app.launch import run
    from serve_app.settings import Settings

    given: dict[str, Any] = {"host": host, "port": port}
    run(Settings(**{name: value for name, value in given.items() if value is not None}))
