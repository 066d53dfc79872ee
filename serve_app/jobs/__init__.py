"""The states of a job and the rules between them.

queued → running → succeeded | failed | canceled | expired. A runner claims a job for a while (the
lease) and under a number (the attempt). Whatever it tells later counts only while the job is still
running under that number, so a runner that was thought dead cannot overwrite its successor's work.
Synchronous throughout: async code calls it through threads.
"""

from __future__ import annotations

from serve_app.jobs.answers import Answers
from serve_app.jobs.attempts import Attempts
from serve_app.jobs.complaints import Complaints
from serve_app.jobs.desk import ClaimedJob, Kind, Snapshot
from serve_app.jobs.drafts import Drafts
from serve_app.jobs.history import History
from serve_app.jobs.operations import Operations
from serve_app.jobs.overview import Overview
from serve_app.jobs.submissions import Wishes

__all__ = ["ClaimedJob", "Jobs", "Kind", "Snapshot", "Wishes"]


class Jobs(Answers, Drafts, History, Complaints, Attempts, Operations, Overview):
    """All that may be done to a job. Every change is one transaction."""

    def sweep(self) -> int:
        """Take back what lost runners held, and erase what is past its time.

        Returns how many jobs and pictures were touched. Safe to run anywhere at any time.
        """
        return self.take_back() + self.retention.sweep()
