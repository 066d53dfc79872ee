"""The rules of docs/1-architecture.md, read off the code itself."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("graph.py", "fitting_room.py", "serve_app", "deployments", "weights", "training")

FORBIDDEN = {
    "weights": {"deployments", "serve_app", "graph", "training"},
    "deployments": {"serve_app", "graph", "training"},
    "serve_app": {"training"},
}
COMPOSERS = {"serve_app/commands", "serve_app/launch.py", "serve_app/cli.py"}
"""The command line asks the graph for the flows; the launcher starts it."""


def sources(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        path = ROOT / room
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Modules that the file imports, those for type checking alone left out."""
    tree = ast.parse(path.read_text())
    typing_only = {
        node
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.unparse(branch.test)
        for node in ast.walk(branch)
    }
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def is_composer(path: Path) -> bool:
    name = path.relative_to(ROOT).as_posix()
    return any(name.startswith(composer) for composer in COMPOSERS)


@pytest.mark.parametrize("room", sorted(FORBIDDEN))
def test_imports_run_one_way(room: str) -> None:
    wrong = [
        (path.name, module)
        for path in sources(room)
        if not is_composer(path)
        for module in imported(path)
        if module.split(".")[0] in FORBIDDEN[room]
    ]
    assert wrong == []


def test_the_service_knows_only_the_types_of_the_models() -> None:
    wrong = [
        (path.name, module)
        for path in sources("serve_app")
        if not is_composer(path)
        for module in imported(path)
        if module == "graph" or (module.startswith("deployments") and module != "deployments.types")
    ]
    assert wrong == []


def test_only_serving_imports_ray() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in sources("deployments", "weights")
        if any(module.split(".")[0] == "ray" for module in imported(path))
    }
    assert users == {"deployments/serving.py"}


def functions() -> list[tuple[str, int]]:
    found = []
    for path in sources(*ROOMS, "benchmarks", "tests"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                assert node.end_lineno is not None
                found.append((f"{path.name}:{node.name}", node.end_lineno - node.lineno + 1))
    return found


def test_functions_are_small() -> None:
    lengths = functions()
    assert [entry for entry in lengths if entry[1] > 60] == []
    assert statistics.median(length for _, length in lengths) <= 8


def test_files_are_short() -> None:
    long = [
        (path.name, lines)
        for path in sources(*ROOMS, "benchmarks", "tests")
        if (lines := len(path.read_text().splitlines())) > 500
    ]
    assert long == []
