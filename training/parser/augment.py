"""From a street photo and its class map to a crop as users and shops take them.

Everything is drawn from the generator that is passed in, so a step of the training is repeatable.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from training.parser.labels import IGNORED

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels

PADDING = (127, 127, 127)  # the network's zero
LABEL_STRIDE = 2  # the loss looks at every second pixel


def person_box(classes: Pixels) -> Box:
    """Bounds of everything that is not background and has a name."""
    person = (classes > 0) & (classes != IGNORED)
    rows, columns = np.flatnonzero(person.any(1)), np.flatnonzero(person.any(0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def full_window(box: Box, grow: float) -> tuple[float, float, float]:
    """Centre x, centre y and height of the 3:4 window that holds the box, `grow` times as big."""
    left, top, right, bottom = box
    height = max(bottom - top, (right - left) * 4 / 3) * grow
    return (left + right) / 2, (top + bottom) / 2, height


def half_window(box: Box, fraction: float, margin: float) -> tuple[float, float, float]:
    """The window over the upper `fraction` of the person, with `margin` of that height on top."""
    left, top, right, bottom = box
    visible = (bottom - top) * fraction
    height = visible * (1 + margin)
    return (left + right) / 2, top - visible * margin + height / 2, height


def window_matrix(
    window: tuple[float, float, float],
    size: tuple[int, int],
    angle: float = 0.0,
    flip: bool = False,
) -> Matrix:
    """2x3 matrix from photo pixels to crop pixels; `size` is (height, width), angle in degrees."""
    x, y, height = window
    scale = size[0] / height
    turn = np.deg2rad(angle)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    if flip:
        linear[0] *= -1
    centre = np.array([size[1] / 2 - 0.5, size[0] / 2 - 0.5])
    shift: Matrix = centre - linear @ np.array([x - 0.5, y - 0.5])
    matrix: Matrix = np.column_stack([linear, shift])
    return matrix


def coarser(matrix: Matrix, stride: int) -> Matrix:
    """The same mapping onto a grid `stride` times as coarse, pixel centres kept in place."""
    result = matrix / stride
    result[:, 2] += 0.5 / stride - 0.5
    return result


def random_window(rng: np.random.Generator, box: Box) -> tuple[float, float, float]:
    """Whole people, and at least as often only the upper part of them."""
    if rng.random() < 0.45:
        x, y, height = full_window(box, rng.uniform(0.95, 1.3))
    else:
        x, y, height = half_window(box, rng.uniform(0.28, 0.8), rng.uniform(-0.1, 0.22))
    return x + height * rng.uniform(-0.1, 0.1), y + height * rng.uniform(-0.04, 0.04), height


def studio(rng: np.random.Generator, size: tuple[int, int], alpha: Floats) -> Floats:
    """A plain wall, lit from one side, with a soft shadow of the person on it."""
    bright = rng.uniform(130, 255) if rng.random() < 0.6 else rng.uniform(225, 255)
    tint = bright + rng.normal(0, 6 if rng.random() < 0.7 else 40, 3)
    down, across = np.mgrid[-0.5 : 0.5 : size[0] * 1j, -0.5 : 0.5 : size[1] * 1j]
    slope = down * rng.normal(0, 0.12) + across * rng.normal(0, 0.12)
    wall = (tint[None, None] * (1 + slope[..., None])).astype(np.float32)
    shift = np.array([[1, 0, rng.normal(0, 12)], [0, 1, rng.uniform(-4, 10)]])
    shadow = cv2.warpAffine(alpha, shift, (size[1], size[0]))
    shadow = cv2.GaussianBlur(shadow, (0, 0), rng.uniform(3, 14))
    wall = wall * (1 - np.float32(rng.uniform(0, 0.3)) * shadow[..., None])
    return np.asarray(np.clip(wall, 0, 255), np.float32)


def room(rng: np.random.Generator, size: tuple[int, int], rooms: list[Pixels]) -> Floats:
    """A piece of a photo in which nobody stands."""
    photo = rooms[rng.integers(len(rooms))]
    height, width = photo.shape[:2]
    side = min(width * size[0] / size[1], height) * rng.uniform(0.6, 1.0)
    other = side * size[1] / size[0]
    window = (rng.uniform(other / 2, width - other / 2), rng.uniform(side / 2, height - side / 2))
    matrix = window_matrix((*window, side), size, flip=bool(rng.random() < 0.5))
    piece = cv2.warpAffine(photo, matrix, size[::-1], borderMode=cv2.BORDER_REFLECT)
    return piece.astype(np.float32)


def light(rng: np.random.Generator, picture: Floats) -> Floats:
    """Exposure, dim rooms, warm and cold lamps, contrast and saturation, in floats 0..255."""
    dim = rng.random() < 0.25
    gamma = np.float32(rng.uniform(1.2, 2.2) if dim else np.exp(rng.normal(0, 0.2)))
    picture = np.asarray(255 * (np.clip(picture, 0, 255) / 255) ** gamma, np.float32)
    cast = np.exp(rng.normal(0, 0.12) * np.array([1, 0.1, -1]) + rng.normal(0, 0.03, 3))
    picture = np.asarray(picture * (cast * rng.uniform(0.75, 1.2)), np.float32)
    grey = picture.mean(2, keepdims=True)
    picture = grey + (picture - grey) * np.float32(rng.uniform(0.5, 1.35))
    middle = np.float32(picture.mean())
    return np.asarray(middle + (picture - middle) * rng.uniform(0.75, 1.25), np.float32)


def camera(rng: np.random.Generator, picture: Floats) -> Pixels:
    """Blur, sensor noise and JPEG blocks."""
    if rng.random() < 0.25:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.6)).astype(np.float32)
    if rng.random() < 0.35:
        noise = rng.standard_normal(picture.shape, np.float32)
        picture = picture + noise * np.float32(rng.uniform(2, 14))
    pixels = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        quality = int(rng.integers(25, 85))
        coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        pixels = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return pixels


def sample(
    rng: np.random.Generator,
    labelled: tuple[Pixels, Pixels],
    rooms: list[Pixels],
    size: tuple[int, int],
) -> tuple[Pixels, Pixels]:
    """One training example: uint8 HxWx3 picture, uint8 H/2 x W/2 classes."""
    photo, classes = labelled
    window = random_window(rng, person_box(classes))
    matrix = window_matrix(window, size, rng.uniform(-12, 12), bool(rng.random() < 0.5))
    crop = cv2.warpAffine(photo, matrix, size[::-1], borderValue=PADDING).astype(np.float32)
    target = cv2.warpAffine(
        classes,
        coarser(matrix, LABEL_STRIDE),
        (size[1] // LABEL_STRIDE, size[0] // LABEL_STRIDE),
        flags=cv2.INTER_NEAREST,
        borderValue=0,
    ).astype(np.uint8)
    choice = rng.random()
    if choice < 0.45:
        person = (classes > 0).astype(np.float32)
        alpha = cv2.warpAffine(person, matrix, size[::-1]).astype(np.float32)
        alpha = cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.6, 1.4)).astype(np.float32)
        plain = choice < 0.33 or not rooms
        behind = studio(rng, size, alpha) if plain else room(rng, size, rooms)
        crop = behind + alpha[..., None] * (crop - behind)
    return camera(rng, light(rng, crop)), target
