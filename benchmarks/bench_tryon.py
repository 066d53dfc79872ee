"""How long `drape` takes, stage by stage: `python -m benchmarks.bench_tryon`.

A drawn person in a drawn top at 192×256, 768×1024 and 1536×2048; medians in milliseconds, the
milliseconds of processor time, which do not depend on what else the machine is doing, and the most
memory that the process has held so far.
"""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from pathlib import Path

from deployments.tryon.drape import Drape
from deployments.types import Outcome
from tests.deployments.tryon.drape.mannequin import mannequin, top
from weights.store import Store

REPEATS = 7


def measured(drape: Drape, scale: float) -> tuple[list[Outcome], list[float], list[float]]:
    """Outcomes, wall milliseconds and processor milliseconds of `REPEATS` calls after a first."""
    person, (picture, mask, shape) = mannequin(scale=scale, long_sleeves=True), top("short")
    outcomes, wall, processor = [], [], []
    for _ in range(REPEATS + 1):
        start, busy = time.perf_counter(), time.process_time()
        outcomes.append(drape(person.photo, person.pose, person.parse, picture, mask, shape))
        wall.append((time.perf_counter() - start) * 1000)
        processor.append((time.process_time() - busy) * 1000)
    return outcomes[1:], wall[1:], processor[1:]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        drape = Drape(Store(Path(folder), None))
        for scale in (1.0, 4.0, 8.0):
            outcomes, wall, processor = measured(drape, scale)
            height, width = outcomes[0].image.shape[:2]
            print(
                f"drape {width}×{height}: {statistics.median(wall):.0f} ms"
                f" ({statistics.median(processor):.0f} ms of processor time,"
                f" {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB at most)"
            )
            for stage in outcomes[0].timings:
                value = statistics.median(outcome.timings[stage] for outcome in outcomes)
                print(f"  {stage:<9}{value:7.0f} ms")


if __name__ == "__main__":
    main()
