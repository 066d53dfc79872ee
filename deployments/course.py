"""The way of one job through the models: what begins when, how long it took, who is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from deployments.types import Report


class Models(Protocol):
    """The models by name, wherever they run."""

    def start(self, name: str, *arguments: Any, **named: Any) -> Any:
        """Call a model and do not wait. The answer-to-be may itself be an argument of a further
        call, at the top level of its arguments, and has a method `cancel`."""

    async def result(self, pending: Any) -> Any:
        """The answer, when it is there. Raises what the model raised."""


@dataclass(frozen=True)
class Stage:
    """A call on its way: what to hand on to the next model, and what to wait for."""

    pending: Any
    done: asyncio.Task[Any]

    async def result(self) -> Any:
        """The model's answer. Raises the first error on the way to it."""
        return await self.done


class Course:
    """Starts the stages of one job; use it as an asynchronous context manager.

    Stages run as soon as what they need is there. When the block ends, whatever still runs is
    canceled: nothing works for a job that has failed.
    """

    def __init__(self, models: Models, report: Report, stages: int) -> None:
        self.timings: dict[str, float] = {}
        """Milliseconds of each stage that is done."""
        self._models = models
        self._report = report
        self._expected = stages
        self._stages: list[Stage] = []

    async def __aenter__(self) -> Course:
        return self

    async def __aexit__(self, *_error: object) -> None:
        for stage in self._stages:
            if not stage.done.done():
                stage.done.cancel()
                stage.pending.cancel()
        tasks = [stage.done for stage in self._stages]
        await asyncio.gather(*tasks, return_exceptions=True)

    def start(self, name: str, *arguments: Any, **named: Any) -> Stage:
        """Call the model `name`. Arguments may be stages: their answers are what it gets.

        Raises the error of a stage that has failed: nothing more is begun for this job.
        """
        for stage in self._stages:
            if stage.done.done():
                stage.done.result()
        needs = [one.done for one in arguments if isinstance(one, Stage)]
        handed = [one.pending if isinstance(one, Stage) else one for one in arguments]
        pending = self._models.start(name, *handed, **named)
        stage = Stage(pending, asyncio.create_task(self._follow(name, pending, needs)))
        self._stages.append(stage)
        return stage

    def forgive(self, stage: Stage) -> None:
        """Go on though this stage has failed."""
        self._stages.remove(stage)

    async def compute(self, name: str, work: Callable[..., Any], *arguments: Any) -> Any:
        """Run `work`, which is no model, in a thread and as a stage of its own."""
        begun = time.perf_counter()
        await self._tell(name)
        value = await asyncio.to_thread(work, *arguments)
        self._note(name, begun)
        return value

    async def _follow(self, name: str, pending: Any, needs: list[asyncio.Task[Any]]) -> Any:
        """The clock starts when everything that the stage needs is there."""
        for need in needs:
            await asyncio.shield(need)
        begun = time.perf_counter()
        await self._tell(name)
        value = await self._models.result(pending)
        self._note(name, begun)
        return value

    async def _tell(self, name: str) -> None:
        await self._report(name, min(len(self.timings) / self._expected, 1.0))

    def _note(self, name: str, begun: float) -> None:
        self.timings[name] = 1000 * (time.perf_counter() - begun)
