"""`python -m benchmarks.chaos [sqlite|mariadb] [jobs]`: forty jobs in flight while the service is
killed part by part; how long each strike costs, and that no job was lost or done twice."""

from __future__ import annotations

import sys
import time

from tests.chaos import Chaos, settings_of
from tests.live import Live, live
from tests.mariadb import close_server, open_server
from weights.store import Store


def main(database: str = "sqlite", jobs: str = "40") -> None:
    """Run it and tell."""
    server = open_server(durable=True) if database == "mariadb" else None
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:7.1f} s  {text}", flush=True)

    try:
        with live(Live, Store.from_environment(), settings_of(server)) as service:
            say(f"the service is up, on {database}")
            Chaos(service, int(jobs), server, say).run()
            say("none lost, none doubled, each the picture of its own input, none to a stranger")
    finally:
        if server:
            close_server(server)


if __name__ == "__main__":
    main(*sys.argv[1:])
