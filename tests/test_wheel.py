"""An installation has every file that the code opens: what a wheel would hold is all there is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("serve_app", "deployments", "weights")

# Asks setuptools for the files of a build, without building. What is not declared as data of a
# package is left out, as it is in a build from an archive of the sources.
_ASK = """
from setuptools import Distribution

distribution = Distribution({"script_name": "setup.py"})
distribution.parse_config_files()
distribution.include_package_data = False
build = distribution.get_command_obj("build_py")
build.ensure_finalized()
print(*build.get_outputs(include_bytecode=False), sep="\\n")
"""


def test_a_wheel_holds_every_file_of_the_packages() -> None:
    said = subprocess.run(
        [sys.executable, "-c", _ASK], cwd=ROOT, capture_output=True, text=True, check=True
    )
    held = {Path(line).relative_to("build/lib").as_posix() for line in said.stdout.splitlines()}
    there = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert there - held == set()
    assert {"graph.py", "fitting_room.py", "serve_app/migrations/env.py"} <= held
