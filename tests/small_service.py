"""`python -m tests.small_service serve --port N`: the service with the model that draws avatars.

A test that starts it again and again does not wait for models that it does not ask.
"""

from __future__ import annotations

from typing import Any

import graph
from serve_app import launch
from serve_app.cli import main

_whole = launch.config


def _config(settings: Any) -> dict[str, Any]:
    wanted = _whole(settings)
    wanted["applications"][0] |= {"import_path": "tests.small_service:app", "args": {}}
    return wanted


def app(args: graph.Args) -> Any:
    """As `graph.app`, for jobs of one kind."""
    vars(graph)["MODELS"] = {"anime": graph.MODELS["anime"]}
    vars(graph)["ENGINES"] = ()
    return graph.app(args)


if __name__ == "__main__":
    launch.config = _config
    main()
