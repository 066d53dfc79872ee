"""The memory of this machine's GPUs, as NVIDIA's own tool tells it."""

from __future__ import annotations

import shutil
import subprocess

from pydantic import BaseModel

_SECONDS = 3.0
_FIELDS = "index,name,memory.total,memory.used,utilization.gpu"


class GpuMemory(BaseModel):
    """One GPU; memory in MiB, load in percent."""

    index: int
    name: str
    total_mb: int
    used_mb: int
    load: int


def read() -> list[GpuMemory]:
    """Nothing where there is no GPU, or the tool does not answer."""
    if (tool := shutil.which("nvidia-smi")) is None:
        return []
    command = [tool, f"--query-gpu={_FIELDS}", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=True
        ).stdout
        return [_line(line) for line in told.splitlines() if line.strip()]
    except (OSError, subprocess.SubprocessError, ValueError):
        return []


def _line(line: str) -> GpuMemory:
    index, name, total, used, load = (part.strip() for part in line.split(","))
    busy = int(load) if load.isdigit() else 0
    return GpuMemory(index=int(index), name=name, total_mb=int(total), used_mb=int(used), load=busy)
