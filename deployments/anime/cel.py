"""The painter of the looks that need no weights: flat colours under clean line art.

`paint` works on a picture of about 768×1024, so its lengths in px mean the same for every photo;
the soft fields are then brought to the photo's size, and only there the lines get their edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from deployments.anime.flatten import flatten
from deployments.anime.lines import line_strength, long_marks
from deployments.anime.look import CEL, Look
from deployments.anime.plane import Plane, blurred, grid, resized, resized_image, smooth_step
from deployments.anime.skin import find_features, find_skin
from deployments.types import Image, Mask, frozen

_AREA = 768 * 1024
_LARGEST_GROWTH = 3.0
_BRIGHT = 82.0
_LARGEST_EXPOSURE = 1.7
_PAPER = np.array([252, 250, 244], np.float32)
_INK = np.array([24, 22, 34], np.float32)


@dataclass(frozen=True)
class Study:
    """What is known of a photo before it is painted, at the painter's size."""

    lab: Plane
    """H×W×3: L from 0 to 100, a and b; freed from noise."""
    skin: Plane
    features: Plane
    contrast: Plane
    """H×W: the usual deviation of L in the neighbourhood."""


def paint(image: Image, look: Look = CEL) -> Image:
    """`image` (H×W×3) painted in `look`, at the same size."""
    study = examine(_at_working_size(image))
    flat = flatten(study.lab, _strength(study, look))
    colours = tone(flat, study, look)
    strength, opacity = draw(flat, study, look)
    size = image.shape[:2]
    ink = _ink(_scaled(strength, size), look) * _scaled(opacity, size)
    ground, line = (_enlarged(part, size) for part in _layers(colours, look))
    return frozen(_blend(line, ground, ink))


def examine(photo: Image) -> Study:
    """What the painter has to know of `photo`."""
    packed = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2Lab), np.uint8)
    noise = _noise(packed[..., 0])
    lab = _cleaned(packed, noise)
    exposure = _exposure(lab[..., 0])
    lab *= np.array([exposure, exposure**0.4, exposure**0.4], np.float32)
    light = np.ascontiguousarray(lab[..., 0])
    skin = find_skin(lab)
    return Study(lab, skin, find_features(lab, skin), _contrast(light, noise))


def _noise(light: Mask) -> float:
    """How grainy the picture is, in steps of its L in bytes: 0 in a clean photo."""
    return float(np.percentile(cv2.absdiff(light, cv2.medianBlur(light, 3)), 70))


def _cleaned(packed: Image, noise: float) -> Plane:
    """Lab in floats from Lab in bytes, freed from noise: the more there is, the wider the
    filter."""
    filtered = cv2.bilateralFilter(packed, 5, max(18, 14 * noise), 2.5)
    filtered = cv2.bilateralFilter(filtered, 7, max(14, 10 * noise), 3)
    lab = filtered.astype(np.float32)
    lab[..., 0] *= np.float32(100 / 255)
    lab[..., 1:] -= 128
    return lab


def _exposure(light: Plane) -> float:
    """What a dim photo is multiplied by, so that its brightest parts come near white."""
    brightest = float(np.percentile(light[::4, ::4], 99))
    return float(np.clip(_BRIGHT / max(brightest, 1), 1, _LARGEST_EXPOSURE))


def draw(flat: Plane, study: Study, look: Look) -> tuple[Plane, Plane]:
    """The strength of lines, and how opaque their ink is (H×W each)."""
    light = (flat[..., 0] + study.lab[..., 0]) * np.float32(0.5)
    strength = line_strength(light, study.contrast, look.line_width)
    strength *= long_marks(_ink(strength, look), 26, 0.5)
    bare_skin = study.skin * (1 - study.features)
    opacity = 1 - np.float32(1 - look.line_on_skin) * bare_skin
    return strength, opacity * np.float32(look.line_opacity)


def tone(flat: Plane, study: Study, look: Look) -> Plane:
    """The flat colours (H×W×3, Lab) as `look` wants them; eyes, brows and mouth in detail."""
    detailed = flat + (study.lab - flat) * (study.features * np.float32(0.8))[..., None]
    light = _banded(_light(detailed[..., 0], study), study, look)
    red, yellow = _rosy(detailed, study.skin, light)
    gain = _vividness(red, yellow, study, look)
    shade = 1 - light
    parts = [light * 100]
    for colour, tint in zip((red, yellow), look.shade, strict=True):
        parts.append((colour * gain + shade * np.float32(tint)) * np.float32(1 - look.veil))
    parts[0] += (100 - parts[0]) * np.float32(look.veil)
    return np.dstack(parts)


def _strength(study: Study, look: Look) -> Plane:
    """How flat each pixel's neighbourhood is to be: skin flatter, faces' features hardly, and
    borders in quiet surroundings kept."""
    quiet = np.clip((study.contrast * np.float32(1 / 9)) ** 2, 0.05, 1.5)
    kept = (1 + study.skin * np.float32(0.5)) * (1 - study.features * np.float32(0.85))
    strength: Plane = quiet * kept * np.float32(look.flatness)
    return strength


def _light(light: Plane, study: Study) -> Plane:
    """L from 0 to 1; eyes, brows and mouth have more contrast."""
    crisp = light + (light - blurred(light, 9)) * (study.features * np.float32(0.45))
    shares: Plane = np.clip(crisp * np.float32(0.01), 0, 1)
    return shares


def _banded(light: Plane, study: Study, look: Look) -> Plane:
    """L (0 to 1) drawn to a few tones and lifted; skin has fewer, and deep
    skin is lifted less: nobody is to look paler than they are."""
    bare_skin = study.skin * (1 - study.features)
    tones = _stepped(light, look.bands, 0.5)
    usual = _usual(light, bare_skin)
    calm = light + (blurred(light, 3) - light) * bare_skin
    calm -= np.maximum(calm - np.float32(usual), 0) * np.float32(0.5)
    skin_tones = _stepped(calm, look.skin_bands, usual)
    tones += (skin_tones - tones) * bare_skin
    drawn = light + (tones - light) * np.float32(look.banding)
    deep_skin = bare_skin * (1 - smooth_step(light, 0.5, 0.75))
    lift = look.lift + (1 - look.lift) * 0.7 * deep_skin
    return np.asarray(np.power(drawn, lift), np.float32)


def _stepped(light: Plane, bands: int, centre: float) -> Plane:
    """L (0 to 1) in `bands` tones with soft steps between them, one of the tones at `centre`;
    closer together in the dark, as the eye wants it."""
    offset = centre**0.8 * bands % 1
    scaled = light**0.8 * bands - np.float32(offset)
    whole = np.floor(scaled)
    steps = whole + smooth_step(scaled - whole, 0.3, 0.7) + np.float32(offset)
    return np.asarray(np.clip(steps / bands, 0, 1) ** 1.25, np.float32)


def _usual(light: Plane, share: Plane) -> float:
    """The middle of L where `share` is large."""
    found = light[::4, ::4][share[::4, ::4] > 0.5]
    return float(np.median(found)) if found.size else 0.5


def _rosy(colours: Plane, skin: Plane, light: Plane) -> tuple[Plane, Plane]:
    """a and b of `colours`, light skin turned from yellow towards rose."""
    red, yellow = colours[..., 1], colours[..., 2]
    excess = np.maximum(yellow - red * np.float32(1.07), 0)
    turned = excess * skin * smooth_step(light, 0.52, 0.75)
    return red + turned * np.float32(0.22), yellow - turned * np.float32(0.35)


def _vividness(red: Plane, yellow: Plane, study: Study, look: Look) -> Plane:
    """What chroma is multiplied by at each pixel."""
    pale_skin = study.skin * smooth_step(study.lab[..., 0], 45, 70)
    wanted = np.float32(look.vividness - 1) * (1 - pale_skin * np.float32(0.95))
    wanted = wanted / (1 + (red * red + yellow * yellow) * np.float32(1 / 4900))
    return 1 + wanted + study.features * study.skin * np.float32(0.12)


def _layers(colours: Plane, look: Look) -> tuple[Plane, Plane]:
    """What is painted, and what the lines are drawn with: RGB from 0 to 255 (H×W×3 each)."""
    if look.screen:
        return _screened(colours[..., 0], look), np.full_like(colours, _INK)
    factors = np.array([look.line_lightness, look.line_chroma, look.line_chroma], np.float32)
    line = _rgb(colours * factors + np.array([0, 3, -2], np.float32))
    return _bloomed(_rgb(colours), look.bloom), line


def _screened(light: Plane, look: Look) -> Plane:
    """L as a dot screen in ink on paper: black below, dots between, white above."""
    columns, rows = grid(*light.shape)
    turn = np.float32(np.pi * np.sqrt(0.5) * 2 / look.screen)
    dots = np.cos((columns + rows) * turn) * np.cos((columns - rows) * turn)
    covered = 1 - np.clip((light - 20) / 58, 0, 1)
    ink = smooth_step(covered + dots * np.float32(0.45), 0.4, 0.62)
    ink = np.where(covered > 0.06, ink, 0)[..., None]
    ground: Plane = _PAPER + ink * (_INK - _PAPER)
    return ground


def _bloomed(rgb: Plane, bloom: float) -> Plane:
    """Bright areas spill soft light over their surroundings."""
    height, width = rgb.shape[:2]
    small = resized(rgb, max(1, height // 8), max(1, width // 8)) * np.float32(1 / 255)
    spill = blurred(small, 3)
    spill *= smooth_step(spill.mean(axis=2, keepdims=True), 0.5, 1.0) * np.float32(bloom)
    return rgb + (255 - rgb) * resized(spill, height, width)


def _rgb(lab: Plane) -> Plane:
    """Lab to RGB from 0 to 255."""
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB), np.float32) * np.float32(255)


def _ink(strength: Plane, look: Look) -> Plane:
    return smooth_step(strength, look.line_threshold, look.line_threshold + look.line_softness)


def _contrast(light: Plane, noise: float) -> Plane:
    """The usual deviation of L around each pixel, at least what the noise would make it."""
    height, width = light.shape
    small = resized(light, max(1, height // 4), max(1, width // 4))
    mean = blurred(small, 5)
    spread = np.maximum(blurred(small * small, 5) - mean * mean, 0)
    floor = np.float32((3.0 * noise) ** 2)
    return resized(np.sqrt(spread + floor), height, width)


def _at_working_size(image: Image) -> Image:
    height, width = image.shape[:2]
    scale = min(_LARGEST_GROWTH, float(np.sqrt(_AREA / (height * width))))
    return resized_image(image, max(2, round(height * scale)), max(2, round(width * scale)))


def _scaled(plane: Plane, size: tuple[int, ...]) -> Plane:
    return resized(plane, size[0], size[1])


def _enlarged(rgb: Plane, size: tuple[int, ...]) -> Image:
    """RGB (0 to 255) as bytes; first that, then the size: a large photo is large in bytes, too."""
    return resized_image(np.clip(rgb + np.float32(0.5), 0, 255).astype(np.uint8), *size[:2])


def _blend(line: Image, ground: Image, ink: Plane) -> Image:
    """`line` over `ground` (H×W×3 each) as `ink` (H×W) says."""
    return np.asarray(cv2.blendLinear(line, ground, ink, 1 - ink), np.uint8)
