"""Ports for servers that live as long as a test."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

# Between those of Ray's workers and those that a system hands out to whoever asks for any: nobody
# who starts meanwhile gets one by chance.
_PORTS = range(20_000, 32_768)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at."""
    for port in random.sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(f"no port is free from {_PORTS.start} to {_PORTS.stop}")
