"""`fitting-room doctor`: what this machine has, and what is missing."""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import typer

_PACKAGES = ("ray", "onnxruntime-gpu", "onnxruntime", "ai-edge-litert", "opencv-python-headless")
_OPTIONAL = {
    "torch": "HR-VITON, VITON-HD, CP-VTON, training: pip install 'fitting-room[torch]'",
    "pillow_heif": "HEIC photos: pip install 'fitting-room[heic]'",
}


def doctor() -> None:
    """Tell what is here and what is missing, with the line that mends it."""
    typer.echo(f"python          {sys.version.split()[0]}")
    for package in _PACKAGES:
        _tell_package(package)
    for module, remedy in _OPTIONAL.items():
        typer.echo(f"{module:<15} {'here' if find_spec(module) else 'absent - ' + remedy}")
    for program in ("npm", "pip", "ffmpeg"):
        typer.echo(f"{program:<15} {shutil.which(program) or 'absent'}")
    _tell_devices()
    _tell_weights()


def _tell_package(package: str) -> None:
    try:
        typer.echo(f"{package:<15} {version(package)}")
    except PackageNotFoundError:
        if package != "onnxruntime":
            typer.echo(f"{package:<15} absent")


def _tell_devices() -> None:
    from deployments.runtime import THREADS, cuda_present

    typer.echo(f"{'gpu':<15} {'CUDA' if cuda_present() else 'none: everything runs on the CPU'}")
    typer.echo(f"{'threads':<15} {THREADS}")


def _tell_weights() -> None:
    from weights.store import Store

    store = Store.from_environment()
    for spec in store.specs().values():
        state = "here" if store.present(spec.name) else f"fitting-room weights fetch {spec.name}"
        typer.echo(f"{spec.name:<24} {state}")
