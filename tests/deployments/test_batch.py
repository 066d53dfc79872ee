"""Askers who come together, in one pass; and each of them as if alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from deployments.batch import Answer, BatchWorker, Call, answered_together
from deployments.types import Image, PersonNotFound
from deployments.worker import GpuMemoryExhausted
from tests.fakes import picture


class Doubler:
    """Doubles pictures; refuses black ones. Notes how many each pass had."""

    def __init__(self, holds: int = 99) -> None:
        self.passes: list[int] = []
        self.holds = holds
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def __call__(self, image: Image, *, plus: int = 0) -> Image:
        (answer,) = self.together([Call((image,), {"plus": plus})])
        if isinstance(answer, Exception):
            raise answer
        return np.asarray(answer)

    def together(self, calls: Sequence[Call]) -> list[Answer]:
        self.passes.append(len(calls))
        self.begun.set()
        assert self.go_on.wait(5)
        if len(calls) > self.holds:
            raise RuntimeError("CUDA out of memory. Tried")
        return [self._doubled(*call.arguments, **call.named) for call in calls]

    def _doubled(self, image: Image, *, plus: int) -> Answer:
        return image * 2 + plus if image.any() else PersonNotFound("nobody", "another photo")


def asks(worker: BatchWorker, values: Sequence[int]) -> asyncio.Future[list[Any]]:
    """Calls that come at once, each with a number of its own to add."""
    calls = (worker(picture(value), plus=place) for place, value in enumerate(values))
    return asyncio.gather(*calls, return_exceptions=True)


async def test_who_comes_together_has_one_pass_and_an_own_answer() -> None:
    model, times = Doubler(), list[float]()
    answers = await asks(BatchWorker(model, 4, times.append), [9, 7, 8])
    assert model.passes == [3]
    assert [answer[0, 0, 0] for answer in answers] == [18, 15, 18]
    assert not any(answer.flags.writeable for answer in answers)
    assert len(times) == 1


async def test_no_pass_has_more_than_it_may() -> None:
    model = Doubler()
    answers = await asks(BatchWorker(model, 2), [1, 2, 3, 4, 5])
    assert model.passes == [2, 2, 1]
    assert [answer[0, 0, 0] for answer in answers] == [2, 5, 8, 11, 14]


async def test_who_comes_while_a_pass_runs_is_in_the_next_one() -> None:
    model = Doubler()
    model.go_on.clear()
    worker = BatchWorker(model, 4, patience=0)
    first = asyncio.create_task(worker(picture(1), plus=0))
    await asyncio.to_thread(model.begun.wait)
    others = asks(worker, [2, 3, 4])
    await asyncio.sleep(0)
    model.go_on.set()
    assert (await first)[0, 0, 0] == 2
    assert [answer[0, 0, 0] for answer in await others] == [4, 7, 10]
    assert model.passes == [1, 3]


async def test_one_that_fails_fails_alone() -> None:
    model = Doubler()
    first, second, third = await asks(BatchWorker(model, 4), [9, 0, 8])
    assert model.passes == [3]
    assert (first[0, 0, 0], third[0, 0, 0]) == (18, 18)
    assert isinstance(second, PersonNotFound)


async def test_a_pass_that_fails_as_a_whole_is_made_one_by_one() -> None:
    class Moody(Doubler):
        def together(self, calls: Sequence[Call]) -> list[Answer]:
            if len(calls) > 1:
                raise ValueError("not together")
            return super().together(calls)

    model = Moody()
    worker = BatchWorker(model, 4)
    first, second, third = await asks(worker, [9, 0, 8])
    assert (first[0, 0, 0], third[0, 0, 0]) == (18, 18)
    assert isinstance(second, PersonNotFound)
    assert model.passes == [1, 1, 1]
    assert worker.most == 4


async def test_a_gpu_that_cannot_hold_so_many_is_given_fewer() -> None:
    model = Doubler(holds=2)
    worker = BatchWorker(model, 4)
    answers = await asks(worker, [1, 2, 3, 4, 5, 6])
    assert [answer[0, 0, 0] for answer in answers] == [2, 5, 8, 11, 14, 17]
    assert model.passes == [4, 1, 1, 1, 1, 2]
    assert worker.most == 2


async def test_a_gpu_that_cannot_hold_one_is_told() -> None:
    model = Doubler(holds=0)
    answers = await asks(BatchWorker(model, 4), [1, 2])
    assert all(isinstance(answer, GpuMemoryExhausted) for answer in answers)
    assert isinstance(answers[0].__cause__, RuntimeError)


async def test_who_gives_up_costs_nothing_and_holds_nobody_up() -> None:
    model = Doubler()
    worker = BatchWorker(model, 4, patience=0.02)
    impatient = asyncio.create_task(worker(picture(1), plus=0))
    patient = asyncio.create_task(worker(picture(2), plus=0))
    await asyncio.sleep(0)
    impatient.cancel()
    with suppress(asyncio.CancelledError):
        await impatient
    assert (await patient)[0, 0, 0] == 4
    assert model.passes == [1]


async def test_who_gives_up_during_a_pass_does_not_stop_the_worker() -> None:
    model = Doubler()
    model.go_on.clear()
    worker = BatchWorker(model, 4, patience=0)
    impatient = asyncio.create_task(worker(picture(1), plus=0))
    await asyncio.to_thread(model.begun.wait)
    impatient.cancel()
    later = asyncio.create_task(worker(picture(2), plus=0))
    model.go_on.set()
    assert (await asyncio.wait_for(later, 5))[0, 0, 0] == 4


async def test_a_worker_rests_and_wakes() -> None:
    model = Doubler()
    worker = BatchWorker(model, 4, patience=0)
    for value in (1, 2, 3):
        assert (await worker(picture(value), plus=0))[0, 0, 0] == 2 * value
    assert model.passes == [1, 1, 1]
    assert await worker.forget([b"anything"]) == frozenset()


def halved(number: int, *, by: int = 2) -> int:
    """An order: refuses what cannot be divided."""
    if number % by:
        raise PersonNotFound(f"{number} is odd", "an even number")
    return number // by


class Passes(list[list[int]]):
    """Answers orders by their negatives and notes each pass."""

    def infer(self, orders: Sequence[int]) -> list[int]:
        self.append([*orders])
        return [-order for order in orders]


def numbers(*values: int) -> list[Call]:
    return [Call((value,), {}) for value in values]


def test_a_call_that_is_refused_is_answered_by_its_error_and_in_no_pass() -> None:
    passes = Passes()
    first, second, third = answered_together(numbers(2, 3, 4), halved, passes.infer)
    assert (first, third) == (-1, -2)
    assert isinstance(second, PersonNotFound)
    assert passes == [[1, 2]]
    (alone,) = answered_together(numbers(3), halved, passes.infer)
    assert isinstance(alone, PersonNotFound)
    assert passes == [[1, 2]], "no pass for nobody"


def test_orders_of_one_kind_have_one_pass_and_answers_keep_the_calls_order() -> None:
    passes = Passes()
    calls = [*numbers(2, 4, 5, 6, 8), Call((9,), {"by": 3})]
    answers = answered_together(calls, halved, passes.infer, lambda order: order % 2)
    assert passes == [[1, 3, 3], [2, 4]]
    assert [*answers[:2], *answers[3:]] == [-1, -2, -3, -4, -3]
    assert isinstance(answers[2], PersonNotFound)


def test_what_fails_a_pass_concerns_them_all() -> None:
    def exhausted(orders: Sequence[int]) -> list[int]:
        raise GpuMemoryExhausted(f"{len(orders)} are too many", "fewer")

    with pytest.raises(GpuMemoryExhausted, match="2 are"):
        answered_together(numbers(2, 4), halved, exhausted)
    with pytest.raises(ValueError, match="shorter"):
        answered_together(numbers(2, 4), halved, lambda orders: orders[1:])
