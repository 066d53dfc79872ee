"""What is kept, for how long, and under which key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.memory import Memory, arrays_in, digest, freeze, key_of
from deployments.types import CutOut


class Clock:
    time = 0.0

    def __call__(self) -> float:
        return self.time


@dataclass(frozen=True)
class Note:
    text: str
    number: float


@dataclass(frozen=True)
class Remark:
    text: str
    number: float


def array(*values: int) -> Any:
    return np.array(values, np.uint8)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(PLAIN, PLAIN)
def test_equal_digests_mean_equal_content(one: Any, other: Any) -> None:
    same = repr(_sorted(one)) == repr(_sorted(other))
    assert (digest(one) == digest(other)) == same


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return tuple(map(_sorted, value)) if isinstance(value, tuple) else value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (array(1, 2), array(2, 1)),
        (array(1, 2, 3, 4), array(1, 2, 3, 4).reshape(2, 2)),
        (array(1, 2), array(1, 2).astype(np.int8)),
        (("a", "bc"), ("ab", "c")),
        ((array(1), array(2)), (array(1, 2),)),
        (1, 1.0),
        (1, True),
        ("None", None),
        (Note("a", 1), Note("a", 2)),
        (Note("a", 1), Remark("a", 1)),
    ],
)
def test_what_differs_has_another_digest(one: Any, other: Any) -> None:
    assert digest(one) != digest(other)


def test_layout_in_memory_does_not_count() -> None:
    wide = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert digest(np.asfortranarray(wide)) == digest(wide)
    assert digest(wide[:, ::2]) == digest(wide[:, ::2].copy())


def test_order_of_names_does_not_count() -> None:
    assert key_of((), {"a": 1, "b": 2}) == key_of((), {"b": 2, "a": 1})


def test_what_has_no_plain_content_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        digest(object())


def test_an_answer_is_found_again_until_it_is_too_old() -> None:
    clock = Clock()
    memory = Memory(seconds=10, clock=clock)
    key = key_of((array(1, 2),), {})
    memory.put(key, "answer")
    clock.time = 10
    kept = memory.get(key_of((array(1, 2),), {}))
    assert kept is not None
    assert kept.value == "answer"
    clock.time = 10.1
    assert memory.get(key) is None
    assert len(memory) == 0


def test_the_least_used_goes_first() -> None:
    memory = Memory(capacity=10)
    keys = [key_of((number,), {}) for number in range(3)]
    for key in keys[:2]:
        memory.put(key, np.zeros(5, np.uint8))
    memory.get(keys[0])
    memory.put(keys[2], np.zeros(5, np.uint8))
    assert [memory.get(key) is not None for key in keys] == [True, False, True]
    assert memory.size == 10


def test_what_is_larger_than_the_memory_is_not_kept() -> None:
    memory = Memory(capacity=10)
    key, large = key_of((1,), {}), key_of((2,), {})
    memory.put(key, np.zeros(5, np.uint8))
    memory.put(large, np.zeros(11, np.uint8))
    assert memory.get(key) is not None
    assert memory.get(large) is None


def test_putting_twice_counts_once() -> None:
    memory = Memory(capacity=10)
    key = key_of((1,), {})
    for _ in range(3):
        memory.put(key, CutOut(np.zeros(4, np.uint8), "isnet"))
    assert memory.size == 4


def test_old_answers_leave_without_being_asked_for() -> None:
    clock = Clock()
    memory = Memory(seconds=10, clock=clock)
    memory.put(key_of((1,), {}), np.zeros(5, np.uint8))
    clock.time = 20
    memory.put(key_of((2,), {}), np.zeros(7, np.uint8))
    assert memory.size == 7


def test_a_picture_is_forgotten_wherever_it_was_used() -> None:
    memory = Memory()
    person, garment, dressed = array(1, 2, 3), array(4, 5, 6), array(7)
    both, one = key_of((garment,), {"person": (person,)}), key_of((garment,), {})
    memory.put(both, {"dressed": dressed})
    memory.put(one, "garment")
    assert memory.forget([digest(person)]) == {digest(dressed)}
    assert memory.get(both) is None
    assert memory.get(one) is not None
    assert memory.size == 0
    assert memory.forget([digest(person)]) == frozenset()


def test_all_arrays_of_an_answer_are_frozen() -> None:
    answer = {"cut": CutOut(array(1), "isnet"), "list": [array(2), (array(3), "text")]}
    assert [int(found[0]) for found in arrays_in(freeze(answer))] == [1, 2, 3]
    assert not any(found.flags.writeable for found in arrays_in(answer))
