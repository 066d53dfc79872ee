"""Passwords, of which only a slow hash is kept: Argon2id with the parameters of RFC 9106."""

from __future__ import annotations

import threading
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from serve_app.errors import PasswordWeak

SHORTEST, LONGEST = 10, 256
_AT_ONCE = 2
"""One hash takes 64 MiB and about 50 ms: no crowd of logins may take the machine's memory."""


class Passwords:
    """Hashes and compares."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._places = threading.BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str, name: str = "") -> str:
        """What to keep. Raises PasswordWeak."""
        if len(password) < SHORTEST:
            raise PasswordWeak(f"The password is shorter than {SHORTEST} characters.")
        if name and name.casefold() in password.casefold() and len(password) < len(name) + 6:
            raise PasswordWeak("The password is little more than the name.")
        if len(set(password)) < 4:
            raise PasswordWeak("The password is the same few characters again and again.")
        return self.renewed(password)

    def renewed(self, password: str) -> str:
        """The hash of a password that was found good before, with the parameters of today."""
        with self._places:
            return self._hasher.hash(password)

    def matches(self, kept: str | None, password: str) -> bool:
        """Takes as long for a name that nobody has (`kept` None) as for one that somebody has."""
        with self._places:
            try:
                return self._hasher.verify(kept or self._nobodys, password) and kept is not None
            except (VerifyMismatchError, VerificationError, InvalidHashError):
                return False

    def is_outdated(self, kept: str) -> bool:
        """Whether it was made with weaker parameters than are in use now."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("nobody has this password")
