"""How long a garment's sleeves are: what was traced, put right by what the network says."""

from __future__ import annotations

from collections.abc import Mapping

from deployments.types import Sleeve

SURE: dict[Sleeve, float] = {"none": 0.9, "short": 0.7, "long": 0.7}
"""Chances from which the network is believed. It is wrong about one sleeve in twenty, the tracing
about one in six: folded sleeves look short to it. Without sleeves nothing would be hung on the
arms, so that takes more."""


def agreed_sleeve(traced: Sleeve, told: Mapping[str, float]) -> Sleeve:
    """`told` are the network's chances of none, short, half and long sleeves. Where no sleeve was
    traced there is none to be longer."""
    if traced == "none":
        return traced
    believed = [name for name, bar in SURE.items() if told[name] > bar]
    return believed[0] if believed else traced
