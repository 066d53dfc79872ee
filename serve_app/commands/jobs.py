"""`fitting-room jobs`: everybody's jobs, for whoever runs the service. Pictures are not shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from serve_app.database import Job
    from serve_app.jobs import Jobs

app = typer.Typer(name="jobs", help="Everybody's jobs.", no_args_is_help=True)

Status = Annotated[
    str | None,
    typer.Option(help="Only queued, running, succeeded, failed, canceled or expired ones."),
]
User = Annotated[str | None, typer.Option(help="Only those of the user with this id.")]
Ids = Annotated[list[str], typer.Argument(help="Ids of jobs.")]


@app.command("list")
def list_(
    status: Status = None,
    user: User = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
) -> None:
    """The newest first."""
    from rich.console import Console
    from rich.table import Table

    table = Table("id", "kind", "status", "stage", "attempt", "created", "user", "error")
    for job in _open().every(status, user, limit):
        table.add_row(*_row(job))
    Console(width=None if Console().is_terminal else 200).print(table)


def _row(job: Job) -> list[str]:
    made = f"{job.created_at:%Y-%m-%d %H:%M:%S}"
    stage, error = job.stage or "", job.error_name or ""
    return [job.id, job.kind, job.status, stage, str(job.attempt), made, job.user_id, error]


@app.command()
def show(job_id: Annotated[str, typer.Argument(help="The job's id.")]) -> None:
    """All that the table says of a job, as JSON."""
    job = _open().one(job_id)
    said: dict[str, Any] = {
        column.key: getattr(job, column.key) for column in job.__table__.columns
    }
    typer.echo(json.dumps(said, indent=2, default=str, ensure_ascii=False))


@app.command()
def requeue(job_ids: Ids) -> None:
    """Start jobs again that failed or were canceled, as long as their pictures are kept."""
    jobs = _open()
    for job_id in job_ids:
        jobs.requeue(job_id)
        typer.echo(f"{job_id}  {jobs.one(job_id).status}")


@app.command()
def purge(
    older_than: Annotated[float, typer.Option(min=0, help="Days since the jobs ended.")],
    status: Status = None,
    user: User = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase jobs that are over: their pictures, then their rows."""
    from serve_app.privacy import scrub

    if not yes:
        typer.confirm(f"Erase the jobs that ended more than {older_than:g} days ago?", abort=True)
    jobs = _open()
    typer.echo(f"{jobs.purge(older_than, status, user)} jobs erased")
    scrub(jobs.database)


def _open() -> Jobs:
    from serve_app.blobs import open_blobs
    from serve_app.database import Database
    from serve_app.jobs import Jobs
    from serve_app.settings import Settings

    settings = Settings()
    database = Database(settings.database)
    database.upgrade()
    return Jobs(database, open_blobs(settings), settings)
