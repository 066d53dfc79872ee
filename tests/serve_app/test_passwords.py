"""Passwords: hashed slowly, compared at the same pace for everybody."""

from __future__ import annotations

import time

import pytest
from argon2 import PasswordHasher

from serve_app.errors import PasswordWeak
from serve_app.passwords import Passwords

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
GOOD = "correct horse battery"


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(QUICK)


def test_a_password_is_known_again(passwords: Passwords) -> None:
    kept = passwords.hash(GOOD)
    assert kept.startswith("$argon2id$")
    assert GOOD not in kept
    assert kept != passwords.hash(GOOD), "each has its own salt"
    assert passwords.matches(kept, GOOD)
    assert not passwords.matches(kept, GOOD + " ")
    assert not passwords.matches(None, GOOD)
    assert not passwords.matches(None, "nobody has this password")
    assert not passwords.matches("no hash", GOOD)


@pytest.mark.parametrize("weak", ["", "short", "aaaaaaaaaaaaaaa", "abababababab", "anna.smith1"])
def test_weak_passwords(passwords: Passwords, weak: str) -> None:
    with pytest.raises(PasswordWeak):
        passwords.hash(weak, "anna.smith")


def test_a_name_that_nobody_has_takes_as_long() -> None:
    passwords = Passwords()
    kept = passwords.hash(GOOD)
    passwords.matches(None, GOOD)  # the first time makes the hash to compare with

    def quickest(hash_: str | None) -> float:
        times = []
        for _ in range(3):
            began = time.process_time()
            passwords.matches(hash_, "wrong password")
            times.append(time.process_time() - began)
        return min(times)

    assert 0.5 < quickest(None) / quickest(kept) < 2


def test_hashes_of_yesterday_are_renewed(passwords: Passwords) -> None:
    kept = passwords.hash(GOOD)
    assert not passwords.is_outdated(kept)
    assert Passwords().is_outdated(kept)
