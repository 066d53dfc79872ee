"""Inference sessions with their thread counts set by hand.

Ray sets OMP_NUM_THREADS=1 in replicas that ask for less than one CPU, and the runtimes otherwise
take every core they see; neither is wanted, so each session is told.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2

_asked = int(os.environ.get("FITTING_ROOM_THREADS", "0"))

THREADS = max(1, min(_asked or (os.cpu_count() or 1), 8))
"""Threads for one forward pass: the number of cores, unless `FITTING_ROOM_THREADS` says other."""

cv2.setNumThreads(THREADS)


def session(path: Path, device: str = "cpu", *, threads: int = THREADS, arena: bool = False) -> Any:
    """An onnxruntime session for the model file at `path` on `device` ("cpu" or "cuda:N").

    The CPU memory `arena` keeps the largest activation ever seen, which for a matting network is a
    gigabyte that an idle service would hold for nothing. A network that sees every photo and needs
    little is a third faster with it.
    """
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = arena
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=_providers(device))


def _providers(device: str) -> list[str | tuple[str, dict[str, str]]]:
    if device == "cpu":
        return ["CPUExecutionProvider"]
    index = device.partition(":")[2] or "0"
    return [("CUDAExecutionProvider", {"device_id": index}), "CPUExecutionProvider"]


def interpreter(path: Path, *, threads: int = THREADS) -> Any:
    """A LiteRT interpreter for the .tflite file at `path`, tensors allocated."""
    from ai_edge_litert.interpreter import Interpreter

    model = Interpreter(model_path=str(path), num_threads=threads)
    model.allocate_tensors()
    return model


@lru_cache(maxsize=1)
def cuda_present() -> bool:
    """Whether onnxruntime could run on a GPU here."""
    import onnxruntime

    return "CUDAExecutionProvider" in onnxruntime.get_available_providers() and bool(
        Path("/dev/nvidia0").exists()
    )
