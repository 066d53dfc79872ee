"""How far a training run is, and how fast it learns there."""

from __future__ import annotations

import math
import time


def one_cycle(progress: float, warm: float = 0.05, floor: float = 0.02) -> float:
    """Share of the peak rate at a progress from 0 to 1: linear up, cosine down to the floor."""
    if progress < warm:
        return 0.1 + 0.9 * progress / warm
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * (progress - warm) / (1 - warm)))


class Progress:
    """Share of a run that is done: by its steps, or by the clock where `minutes` are given.

    `done` is what an earlier start of the same run had done already.
    """

    def __init__(self, done: float, steps: int, minutes: float) -> None:
        self.steps, self.seconds = steps, minutes * 60
        self.begin = time.monotonic() - done * self.seconds

    def at(self, step: int) -> float:
        """Between 0 and 1."""
        if self.seconds > 0:
            return min(1.0, (time.monotonic() - self.begin) / self.seconds)
        return min(1.0, step / self.steps)
