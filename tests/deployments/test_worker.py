"""One forward pass at a time, kept answers, and askers who give up."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from deployments.memory import Memory
from deployments.types import Image
from deployments.worker import GpuMemoryExhausted, Worker, build
from tests.fakes import FakePose, picture
from weights.store import Store


class Slow:
    """Notes when it was called twice at once."""

    def __init__(self) -> None:
        self.calls = 0
        self.inside = 0
        self.most = 0
        self.seen = threading.Event()

    def __call__(self, image: Image, *, factor: int = 1) -> Any:
        self.calls += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.seen.set()
        time.sleep(0.05)
        self.inside -= 1
        return image[::2] * factor


async def test_one_forward_pass_at_a_time() -> None:
    model = Slow()
    worker = Worker(model)
    await asyncio.gather(*(worker(picture(value)) for value in range(4)))
    assert (model.calls, model.most) == (4, 1)


async def test_answers_are_read_only_and_kept() -> None:
    model = Slow()
    times: list[float] = []
    worker = Worker(model, Memory(), times.append)
    first, second = await worker(picture(7)), await worker(picture(7).copy())
    assert first is second
    assert not first.flags.writeable
    assert (await worker(picture(7), factor=2))[0, 0, 0] == 14
    assert model.calls == 2
    assert len(times) == 2
    assert 50 <= times[0] < 5000


async def test_askers_of_the_same_at_once_share_one_pass() -> None:
    model = Slow()
    worker = Worker(model, Memory())
    answers = await asyncio.gather(*(worker(picture(7)) for _ in range(3)))
    assert model.calls == 1
    assert all(answer is answers[0] for answer in answers)


async def test_who_gives_up_does_not_let_the_next_in_too_early() -> None:
    model = Slow()
    worker = Worker(model)
    impatient = asyncio.create_task(worker(picture(1)))
    await asyncio.to_thread(model.seen.wait)
    impatient.cancel()
    with suppress(asyncio.CancelledError):
        await impatient
    await worker(picture(2))
    assert (model.calls, model.most) == (2, 1)


async def test_who_gives_up_in_the_queue_costs_nothing() -> None:
    model = Slow()
    worker = Worker(model)
    first = asyncio.create_task(worker(picture(1)))
    waiting = asyncio.create_task(worker(picture(2)))
    await asyncio.to_thread(model.seen.wait)
    waiting.cancel()
    await first
    assert model.calls == 1


@pytest.mark.parametrize(
    "text", ["CUDA out of memory. Tried", "BFCArena: Failed to allocate memory"]
)
async def test_a_full_gpu_has_a_name(text: str) -> None:
    def full(_image: Image) -> None:
        raise RuntimeError(text)

    worker = Worker(full)
    with pytest.raises(GpuMemoryExhausted) as caught:
        await worker(picture(1))
    assert caught.value.hint
    with pytest.raises(GpuMemoryExhausted):  # and the lock is free again
        await asyncio.wait_for(worker(picture(1)), 5)


async def test_an_error_is_not_kept() -> None:
    answers = iter([ValueError("once"), np.zeros(3, np.uint8)])

    def moody(_image: Image) -> Any:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    worker = Worker(moody, Memory())
    with pytest.raises(ValueError, match="once"):
        await worker(picture(1))
    assert (await worker(picture(1))).size == 3


def test_a_model_is_built_on_its_device(tmp_path: Any) -> None:
    model = build("tests.fakes:FakePose", Store(tmp_path), "cuda:0", 0.25)
    assert isinstance(model, FakePose)
    assert model.device == "cuda:0"


@pytest.mark.parametrize(("available", "limits"), [(True, [(0.25, "cuda:0")]), (False, [])])
def test_torch_gets_its_share_of_a_gpu_that_it_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, available: bool, limits: list[Any]
) -> None:
    told: list[Any] = []
    cuda = SimpleNamespace(
        is_available=lambda: available,
        set_per_process_memory_fraction=lambda *said: told.append(said),
    )
    torch = SimpleNamespace(cuda=cuda, set_num_threads=lambda _count: None, device=str)
    monkeypatch.setitem(sys.modules, "torch", torch)
    build("tests.fakes:FakePose", Store(tmp_path), "cuda:0", 0.25)
    assert sorted(set(told)) == limits
