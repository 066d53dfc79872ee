"""Overrides of a script's commented globals from the command line: `--name=value`."""

from __future__ import annotations

import ast
import sys
from typing import Any


def override(settings: dict[str, Any], arguments: list[str] | None = None) -> None:
    """Set the named globals of a script, keeping each one's type.

    Only acts in the script that was started. Raises SystemExit on an unknown name or a wrong type.
    """
    if settings.get("__name__") != "__main__" and arguments is None:
        return
    for argument in sys.argv[1:] if arguments is None else arguments:
        name, equals, text = argument.removeprefix("--").partition("=")
        if not equals or name not in settings or name.startswith("_"):
            raise SystemExit(f"unknown setting {argument!r}; write --name=value")
        settings[name] = _parse(name, text, settings[name])


def _parse(name: str, text: str, default: object) -> object:
    if isinstance(default, str):
        return text
    value = ast.literal_eval(text)
    if type(value) is not type(default) and not (isinstance(default, float) and type(value) is int):
        raise SystemExit(f"--{name} wants {type(default).__name__}, got {text}")
    return value
