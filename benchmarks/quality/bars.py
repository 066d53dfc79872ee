"""What the results are to reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Row = dict[str, Any]


@dataclass(frozen=True)
class Bar:
    """A statistic of a measure over the rows of some sets, and its bound."""

    title: str
    measure: str
    sets: tuple[str, ...]
    statistic: str
    """mean, median, decile (nine of ten are better) or least."""
    bound: float
    at_least: bool

    def value(self, rows: Mapping[str, list[Row]]) -> float | None:
        """The statistic, None where no row has the measure."""
        values = [
            row["numbers"][self.measure]
            for name in self.sets
            for row in rows.get(name, [])
            if row["numbers"].get(self.measure) is not None
        ]
        return float(_STATISTICS[self.statistic](np.array(values))) if values else None

    def reached(self, value: float) -> bool:
        """Whether the bound is kept."""
        return value >= self.bound if self.at_least else value <= self.bound


_STATISTICS: Mapping[str, Callable[[Any], Any]] = {
    "mean": np.mean,
    "median": np.median,
    "decile": lambda values: np.quantile(values, 0.9),
    "least": np.min,
}

_UNPAIRED = ("gallery", "photos", "ccp", "hard", "quick")

BARS = (
    Bar("true pair, SSIM 256 px", "ssim_garment_256", ("pairs",), "mean", 0.62, True),
    Bar("self-pairs, SSIM 256 px", "ssim_garment_256", ("selfpairs",), "mean", 0.75, True),
    Bar("true pair, SSIM of the picture", "ssim_whole", ("pairs",), "mean", 0.94, True),
    Bar("leak, median", "leak", _UNPAIRED, "median", 0.02, False),
    Bar("leak, worst decile", "leak", _UNPAIRED, "decile", 0.10, False),
    Bar("garment colour, median ΔE2000", "garment_colour", _UNPAIRED, "median", 5.0, False),
    Bar("logos read back", "logo_read", ("logos",), "mean", 0.9, True),
    Bar("identical outside, least", "outside_identical", _UNPAIRED, "least", 1.0, True),
)


def table(rows: Mapping[str, list[Row]]) -> list[dict[str, Any]]:
    """Every bar with its value, where there are rows for it."""
    found = []
    for bar in BARS:
        value = bar.value(rows)
        if value is not None:
            reached = bar.reached(value)
            found.append({"bar": bar.title, "value": value, "bound": bar.bound, "reached": reached})
    return found
