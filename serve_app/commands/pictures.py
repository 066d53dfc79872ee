"""The verbs that make pictures without a server: tryon, anime, parse, pose, mask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from deployments.types import Image, Outcome
    from graph import Studio

Photos = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Photos.")]
Folder = Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")]
Target = Annotated[
    Path, typer.Option("--out", "-o", help="The result's file; a folder for several results.")
]
Device = Annotated[str, typer.Option(help="cpu, or cuda:N.")]
Debug = Annotated[
    Path | None, typer.Option(help="Write every intermediate picture, and a panel of them, here.")
]

Parser = Annotated[str, typer.Option(help="auto, or a human parser's name.")]
PoseFile = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="OpenPose's JSON of PERSON, in px of it."),
]
Ground = Annotated[str, typer.Option(help="keep, remove, or a colour such as #e6e6e6.")]
PutBack = Annotated[bool, typer.Option(help="Put the result back into the photo.")]
Fast = Annotated[
    bool, typer.Option("--fast", help="Half the height and width, where an engine offers that.")
]


def tryon(
    person: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="The person's photo.")
    ],
    garments: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, help="Garments to try, one or many."),
    ],
    out: Target,
    category: Annotated[str, typer.Option(help="auto, upper, lower or dress.")] = "auto",
    engine: Annotated[str, typer.Option(help="auto, or an engine's name.")] = "auto",
    parser: Parser = "auto",
    pose: PoseFile = None,
    background: Ground = "keep",
    tuck: Annotated[
        str, typer.Option(help="A top: in, out, or auto, mostly as in the photo.")
    ] = "auto",
    seed: Annotated[int, typer.Option(help="Same seed, same picture.")] = 0,
    crop: Annotated[
        bool | None, typer.Option(help="Show the engine the person alone.", show_default="engine's")
    ] = None,
    brighten: Annotated[
        bool, typer.Option("--brighten", help="Take the photo 1.3 times as bright.")
    ] = False,
    keep_background: PutBack = True,
    feather: Annotated[bool, typer.Option(help="A soft edge round what is put back.")] = True,
    check_occlusion: Annotated[
        bool | None,
        typer.Option(help="Confidence 0 for an arm over the torso.", show_default="engine's"),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="And an error.")] = False,
    fast: Fast = False,
    device: Device = "cpu",
    debug: Debug = None,
) -> None:
    """Dress PERSON in each of GARMENTS."""
    studio = _studio(device)
    photo = _read(person)
    wishes = {
        "category": category,
        "engine": engine,
        "parser": parser,
        **_pose_of(person, pose),
        "background": background,
        "tuck": tuck,
        "seed": seed,
        "crop": crop,
        "brighten": brighten,
        "keep_background": keep_background,
        "feather": feather,
        "check_occlusion": check_occlusion,
        "strict": strict,
        "fast": fast,
        "debug": debug is not None,
    }
    for garment, target in _targets(garments, out):
        outcome = studio.tryon(photo, _read(garment), **wishes)
        _finish(target, outcome, "tryon", debug)


def _pose_of(person: Path, pose: Path | None) -> dict[str, Any]:
    """The wishes of a pose that comes in a file."""
    from deployments.pose import reading
    from serve_app.intake import upright_width

    if pose is None:
        return {}
    said = reading(pose.read_text("utf-8", errors="replace"))
    return {"pose": said, "pose_width": upright_width(person.read_bytes())}


def anime(
    photos: Photos,
    out: Target,
    style: Annotated[str, typer.Option(help="cel, or another style's name.")] = "cel",
    strength: Annotated[
        float, typer.Option(min=0, max=1, help="0 is the photo, 1 the drawing.")
    ] = 1.0,
    face: Annotated[bool, typer.Option("--face", help="Only the largest person's face.")] = False,
    eyes: Annotated[float, typer.Option(min=0, max=1, help="1 enlarges the eyes by a half.")] = 0.0,
    device: Device = "cpu",
) -> None:
    """Draw PHOTOS as anime."""
    studio = _studio(device)
    region = "face" if face else "whole"
    for photo, target in _targets(photos, out):
        outcome = studio.anime(_read(photo), style, strength=strength, region=region, eyes=eyes)
        _finish(target, outcome, "anime", None)


def video(
    clip: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A video, or an animated GIF.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The new video, an MP4.")],
    style: Annotated[str, typer.Option(help="cel, or another style's name.")] = "cel",
    strength: Annotated[
        float, typer.Option(min=0, max=1, help="0 is the video, 1 the drawing.")
    ] = 1.0,
    seconds: Annotated[float, typer.Option(min=0, help="The longest that is taken.")] = 60.0,
    side: Annotated[int, typer.Option(min=64, help="The longer side in px, at most.")] = 960,
    device: Device = "cpu",
) -> None:
    """Draw every frame of CLIP as anime, with its sound."""
    from serve_app.clips import ClipLimits, Film
    from serve_app.provenance import Mark

    studio, frames = _studio(device), 0
    with Film(clip.read_bytes(), ClipLimits(seconds, max_side=side)) as film:
        while (frame := film.next()) is not None:
            outcome = studio.anime(frame, style, strength=strength)
            if not frames:
                film.describe(Mark.of("anime", outcome.engine).comment)
            film.add(outcome.image)
            frames += 1
            typer.echo(f"\r{100 * film.progress:3.0f} %  {frames} frames", nl=False, err=True)
        picture = film.finish()
    typer.echo("", err=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(picture.data)
    sound = "" if film.sound_kept else "  SoundLeftOut"
    typer.echo(f"{out}  {frames} frames  {picture.width}×{picture.height}{sound}")


def parse(photos: Photos, out: Folder, device: Device = "cpu") -> None:
    """Write the 20 labels of each photo as a palette PNG of the same stem."""
    from deployments.palette import palette_png

    studio = _studio(device)
    _each(photos, out, ".png", lambda image: palette_png(studio.parsing(image)))


def pose(photos: Photos, out: Folder, device: Device = "cpu") -> None:
    """Write each person's key points as OpenPose's JSON, BODY_25."""
    from deployments.pose import to_openpose_json

    studio = _studio(device)
    _each(
        photos,
        out,
        "_keypoints.json",
        lambda image: to_openpose_json(studio.pose(image)).encode(),
    )


def mask(
    photos: Photos,
    out: Folder,
    garment: Annotated[bool, typer.Option("--garment", help="Of a garment, not a person.")] = False,
    device: Device = "cpu",
) -> None:
    """Write the mask of the person, or of the garment, as an 8-bit PNG."""
    from serve_app.intake import encode_mask

    studio = _studio(device)
    cut = studio.garment_mask if garment else studio.person_mask
    _each(photos, out, ".png", lambda image: encode_mask(cut(image).mask))


def _studio(device: str) -> Studio:
    from graph import Studio
    from weights.store import Store

    return Studio(Store.from_environment(), device)


def _read(path: Path) -> Image:
    from serve_app.intake import decode

    return decode(path.read_bytes())


def _targets(sources: list[Path], out: Path) -> Iterator[tuple[Path, Path]]:
    """Each source with its result's path: `out` itself for one, files in the folder for many."""
    if len(sources) == 1 and out.suffix:
        out.parent.mkdir(parents=True, exist_ok=True)
        yield sources[0], out
        return
    out.mkdir(parents=True, exist_ok=True)
    for source in sources:
        yield source, out / f"{source.stem}.png"


def _each(photos: Iterable[Path], out: Path, ending: str, work: Callable[[Image], bytes]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for photo in photos:
        (out / (photo.stem + ending)).write_bytes(work(_read(photo)))


def _finish(target: Path, outcome: Outcome, kind: str, debug: Path | None) -> None:
    from serve_app.provenance import Mark, marked

    mark = Mark.of(kind, outcome.engine)
    target.write_bytes(marked(outcome.image, mark, target.suffix.lstrip(".") or "png").data)
    if debug is not None:
        _write_intermediates(debug / target.stem, outcome.intermediates)
    _tell(target, outcome)


def _write_intermediates(folder: Path, pictures: Mapping[str, Any]) -> None:
    from serve_app.intake import encode

    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        (folder / f"{name}.png").write_bytes(encode(picture, "png"))


def _tell(target: Path, outcome: Outcome) -> None:
    total = sum(outcome.timings.values())
    parts = [f"{target}", f"{outcome.engine.name} {outcome.engine.version}", f"{total:.0f} ms"]
    if outcome.confidence is not None:
        parts.append(f"confidence {outcome.confidence:.2f}")
    typer.echo("  ".join([*parts, *outcome.warnings]))
