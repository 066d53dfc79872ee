from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from deployments.garment_mask import GarmentMask
from deployments.garment_net import HEADS, GarmentNet, GarmentReading
from deployments.ground import fit_ground
from deployments.types import GarmentNotFound, Image, Mask, frozen
from tests.deployments import drawn_garments as drawing
from tests.deployments.drawn_garments import Drawn
from weights.store import Store

GARMENTS_FOLDER = Path(__file__).parents[2] / "serve_app" / "gallery" / "garments"
GALLERY = ("tshirt-logo", "jeans", "polo")

GARMENTS: dict[str, Callable[[], Drawn]] = {
    "t_shirt": drawing.t_shirt,
    "long_sleeve": drawing.long_sleeve,
    "vest": drawing.vest,
    "trousers": drawing.trousers,
}


@pytest.fixture(scope="module")
def lesser(tmp_path_factory: pytest.TempPathFactory) -> GarmentMask:
    """Built where no weights are but those that come with the package."""
    return GarmentMask(Store(tmp_path_factory.mktemp("empty")))


@pytest.fixture(scope="module")
def full(store: Store) -> GarmentMask:
    """Built with ISNet's weights."""
    return GarmentMask(store)


def overlap(one: Mask, other: Mask) -> float:
    a, b = one > 127, other > 127
    return float((a & b).sum() / (a | b).sum())


def with_shade(garment: Drawn) -> Image:
    """The picture under a light that falls off, as on a wall at home."""
    height, width = garment.mask.shape
    shade = np.linspace(1.0, 0.86, height)[:, None] * np.linspace(1.0, 0.95, width)[None]
    return frozen((garment.image * shade[..., None]).astype(np.uint8))


def gallery_garment(name: str, cut: GarmentMask) -> Drawn:
    """A preset; its plain ground gives its mask away."""
    image = np.asarray(PIL.Image.open(GARMENTS_FOLDER / f"{name}.jpg").convert("RGB"), np.uint8)
    found = cut(frozen(image))
    assert found.method == "ground"
    return Drawn(frozen(image), found.mask, {}, name)


def on_boards(garment: Drawn) -> Image:
    """The garment on a wooden floor."""
    height, width = garment.mask.shape
    y, x = np.mgrid[:height, :width]
    grain = 12 * np.sin(x / 3 + 4 * np.sin(y / 90)) + 18 * ((x // 96) % 2)
    floor = np.stack([170 + grain, 130 + grain, 85 + grain], axis=2)
    cover = garment.mask[..., None] / 255
    mixed = floor * (1 - cover) + garment.image * cover
    return frozen(np.clip(mixed, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("name", GARMENTS)
@pytest.mark.parametrize("photo", [lambda g: g.image, with_shade], ids=["plain", "shaded"])
def test_on_a_plain_ground_the_ground_itself_decides(
    name: str, photo: Callable[[Drawn], Image], lesser: GarmentMask
) -> None:
    garment = GARMENTS[name]()
    cut = lesser(photo(garment))
    assert cut.method == "ground"
    assert overlap(cut.mask, garment.mask) > 0.985


def test_a_soft_shadow_is_not_cloth(lesser: GarmentMask) -> None:
    garment = drawing.t_shirt()
    shadow = cv2.GaussianBlur(np.roll(garment.mask, (7, 5), (0, 1)), (0, 0), 6) / 255.0
    cover = garment.mask / 255.0
    dimmed = garment.image * (1 - 0.22 * shadow * (1 - cover))[..., None]
    cut = lesser(frozen(np.clip(dimmed, 0, 255).astype(np.uint8)))
    assert cut.method == "ground"
    assert overlap(cut.mask, garment.mask) > 0.985


def test_the_outline_is_soft_and_the_inside_is_solid(lesser: GarmentMask) -> None:
    garment = drawing.t_shirt()
    mask = lesser(garment.image).mask
    core = cv2.erode(garment.mask, np.ones((11, 11), np.uint8)) == 255
    far = cv2.dilate(garment.mask, np.ones((11, 11), np.uint8)) == 0
    assert (mask[core] == 255).all()
    assert (mask[far] == 0).all()
    assert ((mask > 20) & (mask < 235)).sum() > 200


def test_on_a_busy_ground_the_network_decides(lesser: GarmentMask) -> None:
    for name in GALLERY:
        garment = gallery_garment(name, lesser)
        cut = lesser(on_boards(garment))
        assert cut.method == "network"
        assert overlap(cut.mask, garment.mask) > 0.95, name


def test_the_gap_between_sleeve_and_body_stays_open(lesser: GarmentMask) -> None:
    garment = drawing.long_sleeve()
    image = garment.image.copy()
    axis = int(drawing.AXIS)
    for sign in (-1, 1):  # the cuff lies on the body: the gap is enclosed
        image[700:770, axis + sign * 225 - 45 : axis + sign * 225 + 45] = (40, 70, 150)
    mask = lesser(image).mask
    assert mask[560:680, axis + 205].max() == 0
    assert mask[560:680, axis - 205].max() == 0


def test_the_tip_of_a_narrow_notch_stays_open(lesser: GarmentMask) -> None:
    """Legs that part slowly: a closing would move the crotch far down."""
    half = [(0.0, 84.0), (120.0, 80.0), (150.0, 260.0), (165.0, 940.0), (40.0, 946.0), (0.0, 360.0)]
    garment = drawing.drawn(half, {}, "trousers")
    column = lesser(garment.image).mask[:, round(drawing.AXIS)] > 127
    ends = int(np.flatnonzero(column)[-1])
    assert ends < 360 + 40


@pytest.mark.parametrize(("logit", "is_open"), [(1.0, True), (5.0, False)])
def test_floor_seen_through_a_narrow_gap_is_none_where_the_network_is_sure(
    lesser: GarmentMask, monkeypatch: pytest.MonkeyPatch, logit: float, is_open: bool
) -> None:
    """An upright slot through which a wooden floor is seen, or a print that looks like one."""
    garment = drawing.t_shirt()
    slot = (slice(420, 620), slice(round(drawing.AXIS) + 120, round(drawing.AXIS) + 165))
    open_mask = garment.mask.copy()
    open_mask[slot] = 0
    photo = on_boards(replace(garment, mask=frozen(open_mask)))
    cloth = np.where(garment.mask > 127, np.float32(6.0), np.float32(-6.0))
    cloth[slot] = logit
    reading = replace(lesser.network(photo), cloth=cloth)
    monkeypatch.setattr(lesser, "network", lambda image: reading)
    mask = lesser(photo).mask
    assert (mask[520, round(drawing.AXIS) + 142] < 127) == is_open


def test_floor_beside_a_print_in_its_colours_stays_floor(
    lesser: GarmentMask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cloth with dark flecks on a colour of a carpet's: by colour the carpet in a gap is cloth."""
    garment = drawing.t_shirt()
    axis = round(drawing.AXIS)
    slot = (slice(420, 800), slice(axis + 80, axis + 120))
    open_mask = garment.mask.copy()
    open_mask[slot] = 0
    rng = np.random.default_rng(0)
    carpet = rng.integers(110, 250, garment.mask.shape)
    carpet[garment.mask > 127] = 190
    flecks = cv2.resize(
        rng.choice([0, 1], (256, 192), p=[0.2, 0.8]).astype(np.uint8),
        garment.mask.shape[::-1],
        interpolation=cv2.INTER_NEAREST,
    )
    printed = np.where((open_mask > 127) & (flecks == 0), 20, carpet)
    photo = frozen(printed[..., None].repeat(3, axis=2).astype(np.uint8))
    sure = np.where(open_mask > 127, np.float32(8.0), np.float32(-8.0))
    cloth = cv2.GaussianBlur(sure, (0, 0), 6)
    reading = replace(lesser.network(photo), cloth=np.asarray(cloth, np.float32))
    monkeypatch.setattr(lesser, "network", lambda image: reading)
    assert lesser(photo).mask[440:780, axis + 92 : axis + 108].max() < 127


def test_a_print_in_the_grounds_colour_is_no_gap(lesser: GarmentMask) -> None:
    garment = drawing.t_shirt()
    image = garment.image.copy()
    axis = int(drawing.AXIS)
    image[420:520, axis - 70 : axis + 70] = (238, 238, 236)
    assert (lesser(image).mask[425:515, axis - 65 : axis + 65] == 255).all()


def test_a_hangers_hook_is_left_out(lesser: GarmentMask) -> None:
    garment = drawing.t_shirt()
    image = garment.image.copy()
    axis = int(drawing.AXIS)
    cv2.ellipse(image, (axis, 60), (22, 30), 0, 150, 400, (60, 60, 60), 7, cv2.LINE_AA)
    cv2.line(image, (axis, 90), (axis, 126), (60, 60, 60), 7, cv2.LINE_AA)
    mask = lesser(image).mask
    assert mask[:110].max() == 0
    assert overlap(mask, garment.mask) > 0.98


@pytest.mark.parametrize(
    "picture",
    [
        np.full((200, 150, 3), 210, np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.tile(np.linspace(60, 220, 300, dtype=np.uint8)[:, None, None], (1, 200, 3)),
    ],
    ids=["wall", "one pixel", "gradient"],
)
def test_a_picture_of_nothing_is_refused_with_a_hint(
    picture: NDArray[np.uint8], lesser: GarmentMask
) -> None:
    with pytest.raises(GarmentNotFound) as caught:
        lesser(frozen(picture))
    assert "garment" in caught.value.hint


def test_large_photos_get_masks_of_their_own_size(lesser: GarmentMask) -> None:
    garment = drawing.t_shirt()
    large = cv2.resize(garment.image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    mask = lesser(frozen(large.astype(np.uint8))).mask
    assert mask.shape == large.shape[:2]
    assert overlap(mask[::2, ::2], garment.mask) > 0.98


def test_the_ground_is_told_from_a_busy_one() -> None:
    garment = drawing.t_shirt()
    assert fit_ground(garment.image).is_plain
    assert fit_ground(with_shade(garment)).is_plain
    assert not fit_ground(on_boards(garment)).is_plain


class Wavering(GarmentNet):
    """A network that is in two minds about everything in the middle."""

    def __init__(self) -> None:
        pass

    def __call__(self, image: Image) -> GarmentReading:
        height, width = image.shape[0], image.shape[1]
        cloth = np.full((height, width), -9, np.float32)
        cloth[height // 4 : -height // 4, width // 4 : -width // 4] = 0.5
        chances = dict.fromkeys(HEADS["category"], 0.1)
        return GarmentReading(cloth, chances, {}, {}, {})


def test_isnet_decides_where_the_network_wavers(
    full: GarmentMask, monkeypatch: pytest.MonkeyPatch
) -> None:
    garment = drawing.t_shirt()
    monkeypatch.setattr(full, "network", Wavering())
    cut = full(on_boards(garment))
    assert cut.method == "isnet"
    assert overlap(cut.mask, garment.mask) > 0.96


@pytest.mark.parametrize(("seen", "method"), [(0.0, "network"), (0.5, "network"), (0.9, "isnet")])
def test_isnet_is_not_believed_where_it_misses_what_the_network_is_sure_of(
    lesser: GarmentMask, monkeypatch: pytest.MonkeyPatch, seen: float, method: str
) -> None:
    """Of a dress with pale sleeves ISNet may take the sleeves alone, of a rug nothing."""
    garment = drawing.t_shirt()
    height, width = garment.mask.shape
    sure = cv2.erode(garment.mask, np.ones((61, 61), np.uint8)) > 127
    cloth = np.where(sure, np.float32(5), np.where(garment.mask > 127, np.float32(0.5), -9))
    chances = dict.fromkeys(HEADS["category"], 0.1)
    reading = GarmentReading(cloth.astype(np.float32), chances, {}, {}, {})
    rows = np.nonzero(sure.any(axis=1))[0]
    part = np.arange(height)[:, None] >= rows[-1] - seen * (rows[-1] - rows[0])
    matte = (
        np.asarray(garment.mask * part, np.uint8) if seen else np.zeros((height, width), np.uint8)
    )
    monkeypatch.setattr(lesser, "network", lambda image: reading)
    monkeypatch.setattr(lesser, "matting", lambda image: matte)
    assert lesser(on_boards(garment)).method == method


def test_without_isnet_the_network_stands_alone(
    lesser: GarmentMask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lesser, "network", Wavering())
    assert lesser.matting is None
    assert lesser(on_boards(drawing.t_shirt())).method == "network"


def test_what_is_surely_nothing_is_refused(
    lesser: GarmentMask, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Blank(Wavering):
        def __call__(self, image: Image) -> GarmentReading:
            reading = super().__call__(image)
            return replace(reading, category=dict(reading.category) | {"nothing": 0.99})

    monkeypatch.setattr(lesser, "network", Blank())
    with pytest.raises(GarmentNotFound, match="does not look like a garment"):
        lesser(on_boards(drawing.t_shirt()))


@pytest.mark.parametrize(
    ("name", "darker", "period"), [("polo", 0, 36), ("tank-top", 12, 50), ("tank-top", 12, 60)]
)
def test_stripes_in_the_grounds_colour_belong_to_the_garment(
    full: GarmentMask, name: str, darker: int, period: int
) -> None:
    """Nor are they shadows where they are a little darker."""
    garment = gallery_garment(name, full)
    image = garment.image.copy()
    rows = (np.arange(image.shape[0]) % period) < 0.55 * period
    pale = image[2, 2] - np.uint8(darker)
    image[rows] = np.where(garment.mask[rows][..., None] > 127, pale, image[rows])
    assert overlap(full(frozen(image)).mask, garment.mask) > 0.9


def test_ground_between_a_pale_sleeve_and_the_body_is_no_cloth(full: GarmentMask) -> None:
    """Both sides of a striped top on a ground as pale as its stripes part alike."""
    picture = PIL.Image.open(GARMENTS_FOLDER / "striped-long-sleeve.jpg")
    found = full(np.asarray(picture.convert("RGB"))).mask > 127
    y, x = np.nonzero(found)
    middle, low = round((x.min() + x.max()) / 2), round(y.min() + 0.62 * np.ptp(y))
    row = found[low]
    right, left = row[middle:], row[:middle][::-1]
    gaps = [int(np.argmin(side)) for side in (left, right)]
    assert max(gaps) < 1.15 * min(gaps)
    assert all(side[gap:].any() for side, gap in zip((left, right), gaps, strict=True))


def test_masks_of_real_flat_lays_match_those_given(full: GarmentMask, shared: Path) -> None:
    folder = shared / "photos" / "preprocessed" / "vitonhd"
    for name in ("01430_00", "0000", "06429_00"):
        photo, given = (
            PIL.Image.open(folder / part / f"{name}.jpg") for part in ("cloth", "cloth-mask")
        )
        mask = full(frozen(np.asarray(photo.convert("RGB")))).mask
        assert overlap(mask, np.asarray(given.convert("L"))) > 0.97, name
