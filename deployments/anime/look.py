"""The looks that are painted without a network, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """How a photo is painted. Lengths in px of a picture of 768×1024; colours in Lab steps."""

    name: str
    title: str

    flatness: float = 0.003
    """The square of the smallest colour step that stays a border, per 100 Lab steps."""
    bands: int = 9
    """How many tones there are from black to white."""
    skin_bands: int = 6
    banding: float = 0.8
    """How far the shades are drawn to those tones, from 0 (not) to 1 (hard)."""
    lift: float = 0.86
    """The power that L is raised to: below 1 is lighter."""
    vividness: float = 1.34
    """What chroma is multiplied by; less on skin and on what is vivid already."""
    veil: float = 0.0
    """How far all colours fade towards white, from 0 to 1."""
    shade: tuple[float, float] = (0.0, 0.0)
    """What is added to a and b of the darkest tone, less with growing lightness."""
    bloom: float = 0.18
    """How much light spills over from bright areas."""

    line_width: float = 2.8
    line_threshold: float = 0.75
    """The darkness against the neighbourhood at which ink begins; a tenth of a step of L."""
    line_softness: float = 2.0
    line_opacity: float = 0.92
    line_on_skin: float = 0.55
    """What the opacity is multiplied by on skin, save for eyes, brows and mouth."""
    line_lightness: float = 0.3
    """L of a line as a share of the L it is drawn on: lines are tinted, never plain black."""
    line_chroma: float = 0.7
    screen: float = 0.0
    """The pitch of a dot screen in black ink on paper instead of colours, 0 for colours."""


CEL = Look("cel", "Cel")

INK = Look(
    "ink",
    "Ink and screen tone",
    bands=6,
    banding=0.7,
    lift=0.7,
    bloom=0.0,
    line_width=3.0,
    line_threshold=0.6,
    line_softness=1.6,
    line_opacity=1.0,
    line_on_skin=0.85,
    screen=6.0,
)

PASTEL = Look(
    "pastel",
    "Pastel",
    flatness=0.004,
    bands=7,
    banding=0.4,
    lift=0.6,
    vividness=1.5,
    veil=0.12,
    shade=(10.0, -20.0),
    bloom=0.5,
    line_width=3.2,
    line_threshold=0.9,
    line_softness=3.0,
    line_opacity=0.7,
    line_on_skin=0.7,
    line_lightness=0.55,
    line_chroma=1.0,
)

LOOKS = {look.name: look for look in (CEL, INK, PASTEL)}
