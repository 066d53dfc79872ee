"""The models as plain objects of this process: what the library and the command line run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from deployments.memory import Memory
from deployments.worker import Worker, build
from weights.store import Store


class InProcess:
    """The models of this process (`deployments.course.Models`), each built when first called.

    `paths` names the class of each model, "package.module:Class"; those in `remembering` keep their
    answers by the content of what they were asked. Belongs to one event loop.
    """

    def __init__(
        self,
        paths: Mapping[str, str],
        store: Store,
        device: str = "cpu",
        remembering: frozenset[str] = frozenset(),
    ) -> None:
        self._paths = paths
        self._store = store
        self._device = device
        self._remembering = remembering
        self._workers: dict[str, asyncio.Task[Worker]] = {}

    def start(self, name: str, *arguments: Any, **named: Any) -> asyncio.Task[Any]:
        """Call a model; arguments may be what this method gave for other models."""
        task = asyncio.create_task(self._call(name, arguments, named))
        task.add_done_callback(_seen)
        return task

    async def result(self, pending: asyncio.Task[Any]) -> Any:
        """The answer. Raises what the model raised, and what its building raised."""
        return await pending

    async def _call(self, name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        known = [await one if isinstance(one, asyncio.Task) else one for one in arguments]
        worker = await self._worker(name)
        return await worker(*known, **named)

    async def _worker(self, name: str) -> Worker:
        """One that could not be built is tried again the next time: weights may be there then."""
        made = self._workers.get(name)
        if made is None or (made.done() and (made.cancelled() or made.exception())):
            made = self._workers[name] = asyncio.create_task(self._build(name))
            made.add_done_callback(_seen)
        return await asyncio.shield(made)

    async def _build(self, name: str) -> Worker:
        model = await asyncio.to_thread(build, self._paths[name], self._store, self._device)
        return Worker(model, Memory() if name in self._remembering else None)


def _seen(task: asyncio.Task[Any]) -> None:
    """An error that nobody waits for any more is not worth a complaint."""
    if not task.cancelled():
        task.exception()
