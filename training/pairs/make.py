"""Renders true pairs: python -m training.pairs.make --flats DIR --out DIR --count N --seed S.

One person wears two tops in turn, which makes two pairs: each picture is the truth of one and the
input of the other.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from deployments.types import ParseMap
from training.figures import labels, render_people
from training.figures.people import Person
from training.pairs import cast, flat, flow, listing, mannequin, refine, stage, variety, wear
from training.pairs.flat import BadFlat, Flat
from training.pairs.flow import Flow
from training.pairs.mannequin import Mannequin
from training.pairs.wear import Worn

WIDTH, HEIGHT = 576, 768
CHEST = 300
"""px: no garment's chest is kept narrower."""
TIGHT = 1.25
"""Stretch above which a garment is too small for its wearer."""
TRIES = 40


@dataclass(frozen=True)
class Look:
    """One top worn: its flat picture, the photo and its exact labels."""

    name: str
    flat: Flat
    photo: Image.Image
    parse: ParseMap
    flow: Flow
    back_flow: Flow


def chosen(
    paths: list[Path], body: Mannequin, person: Person, random: np.random.Generator
) -> Iterator[tuple[str, Flat, Worn]]:
    """Garments that fit, put on."""
    for index in random.permutation(len(paths))[:TRIES]:
        try:
            top = variety.varied(flat.enlarged(flat.load(paths[index]), CHEST), random)
            worn = wear.wear(top, body, person.pose, random.uniform(0.02, 0.12))
        except BadFlat as reason:
            print(f"  {paths[index].stem}: {reason}")
            continue
        if worn.stretch < TIGHT:
            yield paths[index].stem, top, worn
        else:
            print(f"  {paths[index].stem}: stretched to {worn.stretch:.2f}")


def looks(paths: list[Path], seed: int, number: int, options: argparse.Namespace) -> list[Look]:
    random = np.random.default_rng([seed, number])
    person = cast.drawn(random, f"{number:04d}")
    body = mannequin.make(render_people.make_figure(replace(person, turn=0.0)))
    fitting = chosen(paths, body, person, random)
    worn = list(itertools.islice(fitting, 2))
    if len(worn) < 2:
        return []
    set_up = stage.build(person, random, WIDTH, HEIGHT)
    under = stage.below(set_up, body.turned(person.pose, person.turn))
    found = []
    for name, top, dressed in worn:
        garment = refine.finished(dressed, person.turn, under)
        photo, buffer, parse = stage.shoot(set_up, top, garment, options.samples, options.threads)
        front, back = flow.flows(buffer, garment)
        found.append(Look(name, top, photo, parse, front, back))
    figure = set_up.wearer.figure
    eyes = render_people.eyes_of(figure)
    pose = labels.key_points(set_up.view, figure.posed_joints, eyes)
    for k, (truth, worn_before) in enumerate(zip(found, found[::-1], strict=True)):
        folder = options.out / f"{number:04d}{'ab'[k]}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "person_pose.json").write_text(labels.openpose_json(pose))
        write(folder, truth, worn_before)
    return found


def write(folder: Path, truth: Look, before: Look) -> None:
    for name, look in (("person", before), ("truth", truth)):
        look.photo.save(folder / f"{name}.jpg", quality=95, subsampling=0)
        Image.fromarray(look.parse).save(folder / f"{name}_parse.png")
    Image.fromarray(truth.flat.picture).save(folder / "garment.jpg", quality=95, subsampling=0)
    Image.fromarray(truth.flat.mask).save(folder / "garment_mask.png")
    partial = folder / "flow.part.npz"
    np.savez_compressed(partial, flow=truth.flow, back_flow=truth.back_flow)
    partial.rename(folder / "flow.npz")  # the last file: where it is, the pair is whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flats", type=Path, required=True, help="folder of flat garments (npz)")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, required=True, help="pairs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for number in range((options.count + 1) // 2):
        if (options.out / f"{number:04d}b" / "flow.npz").exists():
            continue
        start = time.monotonic()
        paths = sorted(options.flats.glob("*.npz"))  # more may be drawn meanwhile
        made = looks(paths, options.seed, number, options)
        listing.write(options.out)
        seconds = time.monotonic() - start
        print(f"{number:04d}: {', '.join(look.name for look in made)}, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
