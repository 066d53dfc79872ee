"""What is to be erased is on no disk any more, and what is handed out is all there is."""

from __future__ import annotations

import io
import json
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from deployments.types import Engine
from serve_app.blobs import FolderBlobs, Picture
from serve_app.database import (
    Base,
    Consent,
    Database,
    Draft,
    IdempotencyKey,
    Identification,
    Token,
    WebhookDelivery,
)
from serve_app.errors import JobNotFound, StorageUnavailable
from serve_app.intake import accept, encode, unpack
from serve_app.jobs import Jobs
from serve_app.privacy import Privacy
from serve_app.settings import Settings
from tests.serve_app.conftest import Clock, add_user

ENGINE = Engine("fake", "1", "Apache-2.0", commercial_use=True)
NOISE = np.random.default_rng(11).integers(0, 256, (96, 80, 3), np.uint8)


class Forgetful:
    """Notes what was to be forgotten, and that the pictures were still there."""

    def __init__(self, blobs: FolderBlobs) -> None:
        self.blobs = blobs
        self.told: list[str] = []

    def __call__(self, names: Any) -> None:
        assert all(self.blobs.read(name) for name in names)
        self.told += names


@pytest.fixture
def forget(blobs: FolderBlobs) -> Forgetful:
    return Forgetful(blobs)


@pytest.fixture
def privacy(jobs: Jobs, forget: Forgetful) -> Privacy:
    return Privacy(jobs, forget)


@pytest.fixture
def photo() -> Picture:
    file = io.BytesIO()
    Pillow.fromarray(NOISE).save(file, "JPEG", quality=95)
    return accept(file.getvalue())


def finished(jobs: Jobs, user: str, photo: Picture, **more: Any) -> str:
    """A job that was done, with its result."""
    job_id = jobs.submit(user, "anime", {"style": "cel"}, {"image": photo}, **more)
    claimed = jobs.claim("test", 60)
    assert claimed is not None
    result = Picture(encode(255 - NOISE), "image/png", 80, 96)
    assert jobs.succeed(job_id, claimed.attempt, result=result, engine=ENGINE, timings={"anime": 1})
    return job_id


def everything(folder: Path) -> bytes:
    """Every byte of every file below the folder."""
    return b"\0".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def traces(*pictures: bytes) -> Iterator[bytes]:
    """Pieces of each that no other picture has."""
    for data in pictures:
        yield from (data[place : place + 24] for place in range(100, len(data) - 24, 997))


def add_all_else(database: Database, user: str, job_id: str, clock: Clock) -> None:
    """A row of every other table that is somebody's."""
    later = clock()
    with database.writing() as session:
        session.add_all(
            [
                Identification(user_id=user, provider="password", subject="SUBJECT-OF-A-PERSON"),
                Token(hash="f" * 64, user_id=user, name="NAME-OF-A-TOKEN", expires_at=later),
                IdempotencyKey(
                    user_id=user,
                    key="KEY-OF-A-PERSON",
                    parameters_hash="e" * 64,
                    job_id=job_id,
                    expires_at=later,
                ),
                Consent(user_id=user, kind="WORDS-AGREED-TO", version="1"),
                WebhookDelivery(job_id=job_id, event="job.succeeded"),
                Draft(user_id=user, name="NAME-OF-A-DRAFT", expires_at=later),
            ]
        )


def test_no_byte_of_a_job_is_left(
    jobs: Jobs, privacy: Privacy, settings: Settings, user: str, photo: Picture
) -> None:
    job_id = finished(jobs, user, photo)
    blob = jobs.result(user, job_id).blob
    result = jobs.blobs.read(blob)
    pieces = [*traces(photo.data, result), job_id.encode(), blob.encode(), photo.sha256.encode()]
    before = everything(settings.data_dir)
    assert all(piece in before for piece in pieces)
    privacy.erase_job(user, job_id)
    after = everything(settings.data_dir)
    assert [piece for piece in pieces if piece in after] == []
    with pytest.raises(JobNotFound):
        privacy.erase_job(user, job_id)


def test_no_byte_of_a_person_is_left(
    database: Database,
    jobs: Jobs,
    privacy: Privacy,
    settings: Settings,
    clock: Clock,
    user: str,
    photo: Picture,
) -> None:
    stranger = add_user(database)
    ids = [finished(jobs, user, photo, key=f"key-{number}") for number in range(3)]
    kept = finished(jobs, stranger, Picture(b"another's picture", "image/png", 1, 1))
    waiting = jobs.submit(user, "anime", {}, {"image": photo})
    add_all_else(database, user, ids[0], clock)
    pieces = [
        *traces(photo.data),
        *(text.encode() for text in (*ids, waiting, user, "f" * 64, "e" * 64, photo.sha256)),
        *(
            b"NAME-OF-A-DRAFT",
            b"SUBJECT-OF-A-PERSON",
            b"NAME-OF-A-TOKEN",
            b"KEY-OF-A-PERSON",
            b"WORDS-AGREED-TO",
        ),
    ]
    before = everything(settings.data_dir)
    assert [piece for piece in pieces if piece not in before] == []
    privacy.erase_user(user)
    after = everything(settings.data_dir)
    assert [piece for piece in pieces if piece in after] == []
    assert jobs.result(stranger, kept)
    assert b"another's picture" in after
    privacy.erase_user(user)  # nobody is there: nothing happens


def test_what_was_sent_ahead_of_a_job_goes_with_its_owner(
    database: Database, jobs: Jobs, privacy: Privacy, settings: Settings, user: str, photo: Picture
) -> None:
    draft = jobs.keep_garment(user, "NAME-OF-A-DRAFT", photo)
    kept = jobs.keep_garment(
        add_user(database), "another", Picture(b"another's", "image/png", 1, 1)
    )
    archive = zipfile.ZipFile(io.BytesIO(b"".join(privacy.export_user(user))))
    assert archive.read(f"drafts/{draft.id}.jpg") == photo.data
    assert json.loads(archive.read("account.json"))["drafts"][0]["name"] == "NAME-OF-A-DRAFT"
    pieces = [*traces(photo.data), b"NAME-OF-A-DRAFT", draft.id.encode()]
    before = everything(settings.data_dir)
    assert all(piece in before for piece in pieces)
    privacy.erase_user(user)
    after = everything(settings.data_dir)
    assert [piece for piece in pieces if piece in after] == []
    assert jobs.garment(kept).data == b"another's"


def test_the_models_forget_what_they_may_have_seen(
    jobs: Jobs, privacy: Privacy, forget: Forgetful, clock: Clock, user: str, photo: Picture
) -> None:
    old = finished(jobs, user, photo)
    clock.forward(hours=2)
    fresh = finished(jobs, user, photo)
    waiting = jobs.submit(user, "anime", {}, {"image": photo})
    privacy.erase_job(user, waiting)
    privacy.erase_job(user, old)
    assert forget.told == [], "neither was before a model's eyes in the last hour"
    blob = jobs.result(user, fresh).blob
    privacy.erase_user(user)
    assert len(forget.told) == 2
    assert blob in forget.told


def test_somebody_elses_job_is_not_erased(
    database: Database, jobs: Jobs, privacy: Privacy, forget: Forgetful, user: str, photo: Picture
) -> None:
    job_id = finished(jobs, user, photo)
    with pytest.raises(JobNotFound):
        privacy.erase_job(add_user(database), job_id)
    assert forget.told == []
    assert jobs.result(user, job_id)


def test_where_pictures_cannot_be_erased_it_can_be_asked_for_again(
    jobs: Jobs,
    blobs: FolderBlobs,
    privacy: Privacy,
    user: str,
    photo: Picture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finished(jobs, user, photo)

    def away(_name: str) -> None:
        raise StorageUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(blobs, "delete", away)
        with pytest.raises(StorageUnavailable):
            privacy.erase_user(user)
    assert len(jobs.history(user)) == 1
    privacy.erase_user(user)
    assert list(blobs.names()) == []


def test_an_export_holds_all_and_no_secret(
    database: Database,
    jobs: Jobs,
    privacy: Privacy,
    clock: Clock,
    user: str,
    photo: Picture,
) -> None:
    stranger = add_user(database)
    job_id = finished(jobs, user, photo)
    pixels = accept(encode(NOISE))
    finished(jobs, stranger, photo)
    other = jobs.submit(user, "tryon", {}, {"person": pixels, "garment": photo})
    add_all_else(database, user, job_id, clock)
    pieces = list(privacy.export_user(user))
    assert len(pieces) > 5, "it comes piece by piece"
    archive = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert archive.testzip() is None
    assert set(archive.namelist()) == {
        "account.json",
        *(f"{job_id}/{name}" for name in ("job.json", "image.jpg", "result.png")),
        *(f"{other}/{name}" for name in ("job.json", "person.png", "garment.jpg")),
    }
    assert archive.read(f"{job_id}/image.jpg") == photo.data
    assert np.array_equal(unpack(archive.read(f"{other}/person.png")), NOISE)
    account = json.loads(archive.read("account.json"))
    job = json.loads(archive.read(f"{job_id}/job.json"))
    assert account["user"]["id"] == user
    assert account["identities"][0]["subject"] == "SUBJECT-OF-A-PERSON"
    assert (job["parameters"], job["engine"]["name"]) == ({"style": "cel"}, "fake")
    assert job["job_inputs"][0]["sha256"] == photo.sha256
    tables = {*account, *job} - {"user"}
    mine = {
        t.name for t in Base.metadata.tables.values() if {"user_id", "job_id"} & {*t.columns.keys()}
    }
    assert mine - {"jobs"} <= tables
    text = b"".join(archive.read(name) for name in archive.namelist() if name.endswith("json"))
    assert b"f" * 64 not in text
    assert b"e" * 64 not in text
    assert stranger.encode() not in text


def test_nothing_of_a_picture_is_logged(
    jobs: Jobs, privacy: Privacy, user: str, photo: Picture, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        job_id = finished(jobs, user, photo)
        list(privacy.export_user(user))
        privacy.erase_job(user, job_id)
    assert photo.sha256 not in caplog.text
    assert repr(photo.data[200:220])[2:-1] not in caplog.text
