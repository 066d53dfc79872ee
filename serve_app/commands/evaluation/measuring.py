"""Runs every case through the flow and shows the outcome to the jury."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from deployments.jury.evidence import Evidence
from deployments.jury.features import ParserFeatures
from deployments.jury.perceptual import Lpips, lpips_missing
from deployments.jury.similarity import resized
from deployments.jury.verdict import judge
from deployments.types import Image, Outcome
from graph import Studio
from serve_app.commands.evaluation.cases import Case, CaseList, located
from serve_app.errors import InvalidRequest
from serve_app.intake import decode, encode
from weights.store import Store

THUMBNAIL = 512
"""Longer side in px of the pictures of a report."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Court:
    """The flow, and what the jury needs, in this process."""

    studio: Studio
    features: ParserFeatures
    lpips: Lpips | None
    folder: Path
    """Where the paths of cases start."""
    pictures: Path
    """Where the report's pictures go."""

    @classmethod
    def open(cls, device: str, folder: Path, pictures: Path) -> Court:
        """Load what is needed. Raises the errors of the weights."""
        store = Store.from_environment()
        lpips = None if lpips_missing() else Lpips()
        return cls(Studio(store, device), ParserFeatures(store, device), lpips, folder, pictures)

    def row(self, number: int, case: Case, seed: int) -> Row:
        """One case: its numbers, or the error's name; its pictures are written."""
        row: Row = {"number": number, "case": case.as_json(), "error": None, "numbers": {}}
        photo, garment = self._read(case.person), self._read(case.garment)
        row["pictures"] = {
            "photo": self._keep(number, "photo", photo),
            "garment": self._keep(number, "garment", garment),
        }
        try:
            outcome = self.studio.tryon(
                photo, garment, category=case.category, seed=seed, debug=True
            )
        except Exception as error:
            row["error"] = named(error)
            return row
        row["pictures"]["result"] = self._keep(number, "result", outcome.image)
        evidence = self._evidence(case, photo, garment, outcome)
        if evidence.truth is not None:
            row["pictures"]["truth"] = self._keep(number, "truth", evidence.truth)
        return {**row, **told(outcome), "numbers": judge(evidence, self.features, self.lpips)}

    def _evidence(self, case: Case, photo: Image, garment: Image, outcome: Outcome) -> Evidence:
        pose = self.studio.pose(photo)
        truth = self._truth(case, photo)
        return Evidence(
            photo=photo,
            result=outcome.image,
            pose=pose,
            parse=self.studio.parsing(photo),
            parse_again=self.studio.parsing(outcome.image, pose),
            garment=garment,
            category=self.studio.garment_shape(garment, case.category).category,
            steps=outcome.intermediates,
            truth=truth,
            truth_parse=None if truth is None else self.studio.parsing(truth, pose),
            logo=case.logo,
        )

    def _truth(self, case: Case, photo: Image) -> Image | None:
        if not case.truth:
            return None
        truth = self._read(case.truth)
        if truth.shape != photo.shape:
            raise InvalidRequest(
                f"{case.truth} has another size than {case.person}.",
                "The truth shows the same person, in the same pose and place, at the same size.",
            )
        return truth

    def _read(self, name: str) -> Image:
        return decode(located(self.folder, name).read_bytes())

    def _keep(self, number: int, kind: str, image: Image) -> str:
        """Write a thumbnail; returns its name relative to the report."""
        name = f"{number:04d}_{kind}.jpg"
        small = resized(image, min(THUMBNAIL, max(image.shape[:2])))
        (self.pictures / name).write_bytes(encode(np.ascontiguousarray(small), "jpg"))
        return f"{self.pictures.name}/{name}"


def named(error: Exception) -> Row:
    """The error of a case. One without a hint is a fault of the engine, not of the pictures: it
    must not cost the other cases, and is told apart."""
    crash = not hasattr(error, "hint")
    return {"name": type(error).__name__, "message": str(error), "crash": crash}


def told(outcome: Outcome) -> Row:
    """What an outcome says of itself."""
    engine = outcome.engine
    return {
        "engine": f"{engine.name} {engine.version}",
        "confidence": outcome.confidence,
        "warnings": list(outcome.warnings),
        "milliseconds": {stage: round(ms, 1) for stage, ms in outcome.timings.items()},
        "sha256": hashlib.sha256(outcome.image.tobytes()).hexdigest(),
    }


@dataclass(frozen=True)
class Plan:
    """How the cases are to be worked off."""

    device: str
    seed: int
    jobs: int
    pictures: Path


def measure(cases: CaseList, plan: Plan, tell: Callable[[Row], None]) -> list[Row]:
    """The rows of all cases in their order. `tell` hears of each as it is done.

    With several jobs each is a process of its own with its share of the cores.
    """
    plan.pictures.mkdir(parents=True, exist_ok=True)
    numbered = list(enumerate(cases.cases))
    # One person after the other: what the models found out about a photo is still remembered.
    numbered.sort(key=lambda entry: entry[1].person)
    done = _apart(cases, plan, numbered) if plan.jobs > 1 else _here(cases, plan, numbered)
    rows = []
    for row in done:
        tell(row)
        rows.append(row)
    return sorted(rows, key=lambda row: int(row["number"]))


def _here(cases: CaseList, plan: Plan, numbered: Iterable[tuple[int, Case]]) -> Iterator[Row]:
    court = Court.open(plan.device, cases.folder, plan.pictures)
    for number, case in numbered:
        yield court.row(number, case, plan.seed)


_court: list[Court] = []
"""The court of a worker process."""


def _apart(cases: CaseList, plan: Plan, numbered: list[tuple[int, Case]]) -> Iterator[Row]:
    arguments = (plan.device, cases.folder, plan.pictures)
    with (
        _threads_of_children(max(1, (os.cpu_count() or 1) // plan.jobs)),
        ProcessPoolExecutor(
            plan.jobs, get_context("spawn"), initializer=_open, initargs=arguments
        ) as pool,
    ):
        waiting = [pool.submit(_row, number, case, plan.seed) for number, case in numbered]
        for one in waiting:
            yield one.result()


@contextmanager
def _threads_of_children(threads: int) -> Iterator[None]:
    """Processes started meanwhile use so many threads each."""
    name = "FITTING_ROOM_THREADS"
    before = os.environ.get(name)
    os.environ[name] = before or str(threads)
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]


def _open(device: str, folder: Path, pictures: Path) -> None:
    """A worker process sets its court up."""
    _court.append(Court.open(device, folder, pictures))


def _row(number: int, case: Case, seed: int) -> Row:
    return _court[0].row(number, case, seed)
