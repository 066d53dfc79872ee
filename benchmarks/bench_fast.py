"""Two arrays in, a result out: every engine that is here, beside the system that it takes after.

    python -m benchmarks fast

Each engine runs in a process of its own, so that its peak of memory is its own. `cp-vton` runs with
weights of no meaning (its time does not depend on them). New pictures each time: a corner of each
differs, so that nothing is remembered; "known" is the same person in another garment.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from deployments.types import Image
from weights.store import Store

ENGINES = ("cp-vton", "drape")
REPEATS = 7
CORNER = 16
GALLERY = Path(__file__).parent.parent / "serve_app" / "gallery"
PERSON, GARMENT = GALLERY / "persons/woman-long-hair.jpg", GALLERY / "garments/tshirt-logo.jpg"
EARLIER = "Virtual-Try-On-Flask  256×192, Tesla P40      620 ms       7.12 GB of the GPU's memory"
WORK = "from benchmarks.bench_fast import work; work({!r})"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place_weights(Path(folder))
        environment = {
            **os.environ,
            "FITTING_ROOM_WEIGHTS_DIR": folder,
            "FITTING_ROOM_LICENCES": "any",
        }
        load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
        print(f"{load}; a core counts to ten million in {calibrated():.2f} s of its time")
        print(EARLIER)
        for engine in ENGINES:
            command = [sys.executable, "-c", WORK.format(engine)]
            answer = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=True
            )
            print(row(engine, json.loads(answer.stdout.splitlines()[-1])))


def calibrated() -> float:
    """Seconds that one core works on a loop of ten million additions: how fast this machine is at
    this moment. 0.5 to 0.7 where it has nothing else to do."""
    begun, total = time.process_time(), 0
    while total < 10_000_000:
        total += 1
    return time.process_time() - begun


def row(engine: str, told: dict[str, Any]) -> str:
    """One engine's line, and one for its stages."""
    size = "×".join(str(side) for side in told["size"])
    stages = ", ".join(f"{name} {value:.0f}" for name, value in told["stages"].items())
    return (
        f"{engine:10} {size}: new {told['new']:.0f} ms, {told['processor']:.0f} of processor time, "
        f"person known {told['known']:.0f} ms, peak {told['peak']:.2f} GB\n  {stages}"
    )


def place_weights(root: Path) -> None:
    """This machine's weights, and waves for those of cp-vton."""
    import torch

    from deployments.tryon.cp_vton.matching import Matching
    from deployments.tryon.cp_vton.rendering import Rendering
    from deployments.tryon.cp_vton.variant import PLUS
    from tests.deployments.tryon.cp_vton.waves import wavy

    for folder in Store.from_environment().root.iterdir():
        if folder.is_dir():
            (root / folder.name).symlink_to(folder)
    (root / PLUS.model).mkdir()
    pairs = ((PLUS.matching_file, Matching), (PLUS.try_on_file, Rendering))
    for name, kind in pairs:
        network = wavy(partial(kind, PLUS))
        torch.save(network.state_dict(), root / PLUS.model / name)


def work(engine: str) -> None:
    """What the process of one engine does; the last line that it prints is JSON."""
    from fitting_room import TryOn

    tryon = TryOn(engine=engine)
    person, garment = (np.array(PIL.Image.open(path).convert("RGB")) for path in (PERSON, GARMENT))
    tryon(person, garment)
    new, processor, stages = [], [], []
    for repeat in range(1, REPEATS + 1):
        busy = time.process_time()
        milliseconds, result = timed(
            partial(tryon, marked(person, repeat), marked(garment, repeat))
        )
        new.append(milliseconds)
        processor.append(1000 * (time.process_time() - busy))
        stages.append(result.timings)
    person = marked(person, 0)
    tryon(person, garment)
    others = [marked(garment, 2 * REPEATS + number) for number in range(REPEATS)]
    known = [timed(partial(tryon, person, other))[0] for other in others]
    told = {
        "size": result.image.shape[1::-1],
        "new": statistics.median(new),
        "processor": statistics.median(processor),
        "known": statistics.median(known),
        "stages": {one: statistics.median(s[one] for s in stages) for one in stages[0]},
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }
    print(json.dumps(told))


def marked(picture: Image, number: int) -> Image:
    """The picture with a corner of its own, almost white, which is still there when the picture is
    made smaller."""
    other = picture.copy()
    other[:CORNER, :CORNER] = 255 - number
    return other


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds, and what came of it."""
    begun = time.perf_counter()
    answer = call()
    return 1000 * (time.perf_counter() - begun), answer


if __name__ == "__main__":
    main()
