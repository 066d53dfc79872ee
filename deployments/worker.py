"""A model at work: one forward pass at a time, in a thread, with a memory of what it answered.

A deployment holds one, and so does the library when it runs the models in its own process.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Collection
from importlib import import_module
from typing import Any, Protocol

from deployments.memory import Key, Memory, freeze, key_of
from deployments.runtime import THREADS
from deployments.types import ModelError
from weights.store import Store


class GpuMemoryExhausted(ModelError):
    """The GPU has too little free memory for this picture at this moment."""


class Model(Protocol):
    """Built from its weights and a device; called with what flows between models."""

    def __call__(self, *arguments: Any, **named: Any) -> Any: ...


def build(path: str, store: Store, device: str = "cpu", gpu_share: float = 0.0) -> Model:
    """The model whose class is named by `path`, "package.module:Class", on "cpu" or "cuda:N".

    `gpu_share` is the part of the GPU's memory, 0 to 1, that torch may take; 0 sets no limit.
    """
    module, _, name = path.partition(":")
    make: Callable[[Store, str], Model] = getattr(import_module(module), name)
    _limit_torch(device, gpu_share)
    model = make(store, device)
    _limit_torch(device, gpu_share)  # some bring torch only when they are built
    return model


def _limit_torch(device: str, gpu_share: float) -> None:
    """Only where the model's module has brought torch: it is no part of the base install."""
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return
    torch.set_num_threads(THREADS)
    # onnxruntime may have a GPU where torch, a build for CPUs, has none.
    if device.startswith("cuda") and gpu_share and torch.cuda.is_available():
        torch.cuda.set_per_process_memory_fraction(gpu_share, torch.device(device))


class Worker:
    """Calls `model` for many askers. `observe` is told the milliseconds of each forward pass."""

    def __init__(
        self,
        model: Model,
        memory: Memory | None = None,
        observe: Callable[[float], None] = lambda _: None,
    ) -> None:
        self.model = model
        self.memory = memory
        self._observe = observe
        self._lock = asyncio.Lock()

    async def __call__(self, *arguments: Any, **named: Any) -> Any:
        """The model's answer, all arrays in it read-only.

        Raises what the model raises, and GpuMemoryExhausted.
        """
        if self.memory is None:
            await self._lock.acquire()
            return await self._forward(arguments, named)
        key = await asyncio.to_thread(key_of, arguments, named)
        if kept := self.memory.get(key):
            return kept.value
        await self._lock.acquire()
        if kept := self.memory.get(key):  # another asker wanted the same and was first
            self._lock.release()
            return kept.value
        return await self._forward(arguments, named, key)

    async def forget(self, digests: Collection[bytes]) -> frozenset[bytes]:
        """As `Memory.forget`, when the pass that is under way has left what it found there."""
        if self.memory is None:
            return frozenset()
        async with self._lock:
            return self.memory.forget(digests)

    async def _forward(
        self, arguments: tuple[Any, ...], named: dict[str, Any], key: Key | None = None
    ) -> Any:
        """Releases the lock when the thread ends, and not when an asker gives up before: a thread
        cannot be stopped, and the next pass must not begin beside it."""
        running = asyncio.ensure_future(self._run(arguments, named, key))
        running.add_done_callback(self._end)
        return await asyncio.shield(running)

    async def _run(self, arguments: tuple[Any, ...], named: dict[str, Any], key: Key | None) -> Any:
        value = await asyncio.to_thread(self._call, arguments, named)
        if key is not None and self.memory is not None:
            self.memory.put(key, value)
        return value

    def _end(self, running: asyncio.Future[Any]) -> None:
        self._lock.release()
        if not running.cancelled():
            running.exception()  # seen, even where no asker is left to see it

    def _call(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        begun = time.perf_counter()
        try:
            return freeze(self.model(*arguments, **named))
        except Exception as error:
            raise named_error(error)  # noqa: B904  (it names its cause itself)
        finally:
            self._observe(1000 * (time.perf_counter() - begun))


def named_error(error: Exception) -> Exception:
    """GpuMemoryExhausted for what torch and onnxruntime raise then, any other error itself."""
    if not _is_gpu_exhausted(error):
        return error
    told = GpuMemoryExhausted(
        "The GPU has too little free memory for this picture.",
        "Send the job again later, or send a smaller picture.",
    )
    told.__cause__ = error
    return told


def _is_gpu_exhausted(error: Exception) -> bool:
    """torch and onnxruntime each have an error class of their own, which the base install may lack,
    so they are told by name and by text."""
    text = str(error)
    return type(error).__name__ == "OutOfMemoryError" or (
        "Failed to allocate memory" in text or "CUDA out of memory" in text
    )
