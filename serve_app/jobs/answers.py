"""Jobs that are over as soon as they come in: their result was made ahead of time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError

from serve_app.blobs import Picture
from serve_app.database import Rendering, retried
from serve_app.jobs.attempts import result_row
from serve_app.jobs.submissions import Request, Submissions, Wishes, keep_key
from serve_app.rows import tell_end

STAGE = "gallery"
"""The only stage of such a job."""


class Answers(Submissions):
    """Hands out renderings of the gallery."""

    def answer(
        self,
        user_id: str,
        parameters: Mapping[str, Any],
        pictures: Mapping[str, Picture],
        ready: Rendering,
        key: str | None = None,
        wishes: Wishes | None = None,
    ) -> str:
        """As `submit` for a try-on, done at once with a copy of the rendering: the job may be
        erased like any other. Raises what `submit` raises, save QueueFull."""
        begun = time.perf_counter()
        request = Request(user_id, "tryon", parameters, pictures, key, wishes or Wishes())
        fingerprint = request.fingerprint()
        if first := self._replay(request, fingerprint):
            return first
        picture = Picture(self.blobs.read(ready.blob), ready.media_type, ready.width, ready.height)
        with self.stored([picture]) as (name,):
            try:
                return self._finished(request, fingerprint, ready, picture, name, begun)
            except IntegrityError:
                self.erase([name])
                if first := self._replay(request, fingerprint):
                    return first  # the same request arrived twice at the same moment
                raise

    @retried
    def _finished(
        self,
        request: Request,
        fingerprint: str,
        ready: Rendering,
        picture: Picture,
        blob: str,
        begun: float,
    ) -> str:
        made = self.clock()
        job = self._job(request, made)
        job.status, job.progress, job.attempt = "succeeded", 1.0, 1
        job.started_at = job.finished_at = made
        job.expires_at = made + self._kept(job)
        job.engine, job.confidence = ready.engine, ready.confidence
        job.category, job.warnings = ready.category, ready.warnings
        job.timings = {STAGE: round(1000 * (time.perf_counter() - begun), 1)}
        with self.database.writing() as session:
            session.add(job)
            session.flush()
            session.add(result_row(job.id, blob, picture))
            if request.key:
                keep_key(session, request, fingerprint, job.id, made)
            tell_end(session, job, made)
        return job.id
