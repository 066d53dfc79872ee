"""Calls that wait for a model at the same moment, answered by one forward pass.

Worth it on a GPU, which a single small picture leaves idle; a CPU's cores are busy with one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, TypeVar

from deployments.memory import freeze
from deployments.worker import GpuMemoryExhausted, Model, named_error

PATIENCE_SECONDS = 0.01
"""How long an idle model waits for company: a small part of the shortest pass that pays."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Call:
    """What one asker asks of a model."""

    arguments: tuple[Any, ...]
    named: Mapping[str, Any]


Answer: TypeAlias = "Any | Exception"

_Order = TypeVar("_Order")
_Found = TypeVar("_Found")


class BatchModel(Model, Protocol):
    """A model that can answer many calls by one pass."""

    def together(self, calls: Sequence[Call]) -> Sequence[Answer]:
        """An answer for each call, in their order, or the error that it alone has met.

        Raises what concerns them all.
        """


@dataclass(frozen=True)
class _Asked:
    call: Call
    answer: asyncio.Future[Any] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def settle(self, answer: Answer) -> None:
        if self.answer.done():  # the asker has given up
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


class BatchWorker:
    """Calls `model` for many askers, up to `most` of them by one pass, one pass at a time.

    Nothing that it answers is kept. Belongs to one event loop. `observe` is told the milliseconds
    of each pass.
    """

    def __init__(
        self,
        model: BatchModel,
        most: int,
        observe: Callable[[float], None] = lambda _: None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.model = model
        self.most = most
        """Halved where the GPU could not hold so many."""
        self._observe = observe
        self._patience = patience
        self._waiting: deque[_Asked] = deque()
        self._working: asyncio.Task[None] | None = None

    async def __call__(self, *arguments: Any, **named: Any) -> Any:
        """The model's answer, all arrays in it read-only.

        Raises what the model raises, and GpuMemoryExhausted.
        """
        asked = _Asked(Call(arguments, named))
        self._waiting.append(asked)
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await asked.answer

    async def forget(self, _digests: Collection[bytes]) -> frozenset[bytes]:
        """Nothing is kept here."""
        return frozenset()

    async def _work(self) -> None:
        """Until nobody waits. Whoever comes while a pass runs is in the next one."""
        try:
            await asyncio.sleep(self._patience)
            while batch := self._next():
                calls = [asked.call for asked in batch]
                answers = await asyncio.to_thread(self._answers, calls)
                for asked, answer in zip(batch, answers, strict=True):
                    asked.settle(answer)
        finally:
            self._working = None

    def _next(self) -> list[_Asked]:
        """Those who have waited longest; not those who have given up."""
        batch: list[_Asked] = []
        while self._waiting and len(batch) < self.most:
            asked = self._waiting.popleft()
            if not asked.answer.done():
                batch.append(asked)
        return batch

    def _answers(self, calls: Sequence[Call]) -> list[Answer]:
        """One for each call. Where the pass fails as a whole, each call has a pass of its own: no
        job fails for what another brought."""
        if len(calls) > 1:
            try:
                answers = self._timed(lambda: self.model.together(calls))
                return [_refined(answer) for answer in answers]
            except Exception as error:
                self._learn(len(calls), named_error(error))
        return [self._alone(call) for call in calls]

    def _alone(self, call: Call) -> Answer:
        try:
            return freeze(self._timed(lambda: self.model(*call.arguments, **call.named)))
        except Exception as error:
            return named_error(error)

    def _learn(self, count: int, error: Exception) -> None:
        """A GPU that could not hold so many at once is not asked to again."""
        if isinstance(error, GpuMemoryExhausted):
            self.most = max(1, count // 2)
        _logger.warning("%d calls at once failed (%r): each is made alone", count, error)

    def _timed(self, run: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        try:
            return run()
        finally:
            self._observe(1000 * (time.perf_counter() - begun))


def _refined(answer: Answer) -> Answer:
    return named_error(answer) if isinstance(answer, Exception) else freeze(answer)


def attempt(work: Callable[..., _Found], *arguments: Any, **named: Any) -> _Found | Exception:
    """What `work` answers, or the error that it raises."""
    try:
        return work(*arguments, **named)
    except Exception as error:
        return error


def _of_one_kind(_order: object) -> Hashable:
    return None


def answered_together(
    calls: Sequence[Call],
    prepare: Callable[..., _Order],
    infer: Callable[[Sequence[_Order]], Sequence[_Found]],
    kind: Callable[[_Order], Hashable] = _of_one_kind,
) -> list[_Found | Exception]:
    """An answer for each call, in their order: what a model's `together` gives.

    `prepare` makes an order of a call's arguments; a call that it refuses is answered by that error
    and is in no pass. `infer` answers the orders of one `kind` by one pass, in their order. Raises
    what `infer` raises, and ValueError where it gives fewer or more answers than it had orders.
    """
    answers: dict[int, _Found | Exception] = {}
    passes: dict[Hashable, dict[int, _Order]] = {}
    for place, call in enumerate(calls):
        order = attempt(prepare, *call.arguments, **call.named)
        if isinstance(order, Exception):
            answers[place] = order
        else:
            passes.setdefault(kind(order), {})[place] = order
    for orders in passes.values():
        answers.update(zip(orders, infer([*orders.values()]), strict=True))
    return [answers[place] for place in range(len(calls))]
