"""What models answered, kept by the content of what they were asked.

The same person tries many garments, and a garment is tried by many people, so a model sees the same
picture again and again. Keys are digests: no picture is kept for the sake of its key.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Key:
    """The digest of all that a model was asked, and the digest of each array in it."""

    digest: bytes
    arrays: frozenset[bytes]


@dataclass(frozen=True)
class Kept:
    """An answer, its bytes, the moment it was made, and the arrays that it was made from."""

    value: Any
    size: int
    made: float
    arrays: frozenset[bytes]


class Memory:
    """Answers by key: at most `capacity` bytes of arrays, the least used going first, none for
    longer than `seconds`."""

    def __init__(
        self,
        capacity: int = 64_000_000,
        seconds: float = 900.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.capacity = capacity
        self.seconds = seconds
        self.size = 0
        self._clock = clock
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Kept | None:
        """The answer that was kept under `key`, None where there is none or it is too old."""
        kept = self._kept.get(key.digest)
        if kept is None:
            return None
        if self._clock() - kept.made > self.seconds:
            self._drop(key.digest)
            return None
        self._kept.move_to_end(key.digest)
        return kept

    def put(self, key: Key, value: Any) -> None:
        """Keep `value`. One that is larger than the whole capacity is not kept."""
        self._drop(key.digest)
        size = sum(array.nbytes for array in arrays_in(value))
        if size > self.capacity:
            return
        self._kept[key.digest] = Kept(value, size, self._clock(), key.arrays)
        self.size += size
        self._make_room()

    def forget(self, digests: Iterable[bytes]) -> frozenset[bytes]:
        """Drop every answer that was made from an array with one of these digests.

        What comes back are the digests of the arrays in those answers: what was made from them is
        to be forgotten next, here and in the memories of other models.
        """
        wanted = frozenset(digests)
        found = {name: kept for name, kept in self._kept.items() if wanted & kept.arrays}
        for name in found:
            self._drop(name)
        return frozenset(
            digest(array) for kept in found.values() for array in arrays_in(kept.value)
        )

    def clear(self) -> None:
        """Drop everything."""
        self._kept.clear()
        self.size = 0

    def _make_room(self) -> None:
        now = self._clock()
        old = [name for name, kept in self._kept.items() if now - kept.made > self.seconds]
        for name in old:
            self._drop(name)
        while self.size > self.capacity:
            self._drop(next(iter(self._kept)))

    def _drop(self, name: bytes) -> None:
        kept = self._kept.pop(name, None)
        if kept is not None:
            self.size -= kept.size


def key_of(arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Key:
    """The key of one call. Raises TypeError for an argument that has no plain content."""
    arrays: set[bytes] = set()
    whole = _digest((arguments, dict(named)), arrays)
    return Key(whole, frozenset(arrays))


def digest(value: Any) -> bytes:
    """32 bytes that stand for the content of `value`: arrays, numbers, strings, None, and tuples,
    lists, mappings and dataclasses of these. Raises TypeError for anything else."""
    return _of_array(value) if isinstance(value, np.ndarray) else _digest(value, set())


def _digest(value: Any, arrays: set[bytes]) -> bytes:
    """The digest of `value`; those of the arrays within it are added to `arrays`."""
    state = hashlib.blake2b(digest_size=32)
    _feed(state.update, value, arrays)
    return state.digest()


def _of_array(array: NDArray[Any]) -> bytes:
    state = hashlib.blake2b(f"array {array.dtype.str} {array.shape};".encode(), digest_size=32)
    state.update(np.ascontiguousarray(array).data)
    return state.digest()


def _feed(update: Callable[[Any], None], value: Any, arrays: set[bytes]) -> None:
    """Every piece is announced by its type and length, so that no two contents read the same. An
    array is read once: its own digest stands for it."""
    if isinstance(value, np.ndarray):
        name = _of_array(value)
        arrays.add(name)
        update(b"array;" + name)
    elif value is None or isinstance(value, (bool, int, float, str)):
        text = repr(value).encode()
        update(f"{type(value).__name__} {len(text)};".encode() + text)
    else:
        members = list(_members(value))
        update(f"{type(value).__name__} {len(members)};".encode())
        for member in members:
            _feed(update, member, arrays)


def _members(value: Any) -> Iterator[Any]:
    """What a container holds, in an order that depends on the content alone."""
    if isinstance(value, Mapping):
        yield from ((name, value[name]) for name in sorted(value))
    elif isinstance(value, (tuple, list)):
        yield from value
    elif is_dataclass(value):
        yield from (getattr(value, field.name) for field in fields(value))
    else:
        raise TypeError(f"a {type(value).__name__} cannot be told by its content")


def arrays_in(value: Any) -> Iterator[NDArray[Any]]:
    """Every array within `value`, however deep."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (Mapping, tuple, list)) or is_dataclass(value):
        for member in _members(value):
            yield from arrays_in(member)


def freeze(value: _Value) -> _Value:
    """The same value with every array in it read-only."""
    for array in arrays_in(value):
        array.setflags(write=False)
    return value
