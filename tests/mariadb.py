"""A real MariaDB server on a data folder, a socket and a port of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pymysql
import pytest

from tests.ports import free_port

MEMORY = "/dev/shm"  # noqa: S108 - a folder in memory, of a random name and closed to others

GRANTS = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP, REFERENCES"
"""What docs/2-operating.md says that the service needs, and no more."""
_START_SECONDS = 60
_USER = "fitting_room"


class MariaDb:
    """A server that can be killed and started again on the same data."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self.port = free_port()
        self._durable = durable
        self._made = 0
        self._process: subprocess.Popen[bytes] | None = None

    def install(self) -> None:
        """Make the data folder, and a user with the grants that the service is documented with."""
        options = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        command = ["mariadb-install-db", *self._common(), *options]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        (self.folder / "init.sql").write_text(
            f"CREATE USER IF NOT EXISTS '{_USER}'@'%' IDENTIFIED BY 'secret';\n"
            f"GRANT {GRANTS} ON `fitting\\_room%`.* TO '{_USER}'@'%';\n"
        )

    def start(self) -> None:
        """Returns when it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command(), stdout=log, stderr=log)
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.05)

    def kill(self) -> None:
        """As a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=30)

    def stop(self) -> None:
        """In order."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=60)

    def _url(self, name: str) -> str:
        return f"mysql://{_USER}:secret@127.0.0.1:{self.port}/{name}"

    def make(self, name: str = "fitting_room") -> str:
        """A new and empty database, called so with a number; its address."""
        self._made += 1
        name = f"{name}_{self._made}"
        self.run(f"CREATE DATABASE {name}")
        return self._url(name)

    def run(self, statement: str) -> None:
        """One statement, as the service's user."""
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def _connect(self) -> pymysql.Connection[pymysql.cursors.Cursor]:
        return pymysql.connect(host="127.0.0.1", port=self.port, user=_USER, password="secret")

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "log").read_text()[-2000:]
        try:
            self._connect().close()
        except pymysql.err.OperationalError:
            return False
        return True

    def _common(self) -> list[str]:
        return [
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            f"--user={getpass.getuser()}",
        ]

    def _command(self) -> list[str]:
        return [
            shutil.which("mariadbd") or "/usr/sbin/mariadbd",
            *self._common(),
            f"--socket={self.folder / 'socket'}",
            f"--pid-file={self.folder / 'pid'}",
            f"--init-file={self.folder / 'init.sql'}",
            "--bind-address=127.0.0.1",
            f"--port={self.port}",
            "--skip-name-resolve",
            "--innodb-buffer-pool-size=64M",
            "--innodb-log-file-size=32M",
            f"--innodb-flush-log-at-trx-commit={int(self._durable)}",
        ]


def present() -> bool:
    """Whether the programs are installed."""
    found = shutil.which("mariadbd") or Path("/usr/sbin/mariadbd").exists()
    return bool(found and shutil.which("mariadb-install-db"))


def open_server(*, durable: bool) -> MariaDb:
    """A server that runs; skips the test where there is none.

    The path of a socket is short, so pytest's own folders will not do. One that need not survive a
    power cut lives in memory.
    """
    if not present():
        pytest.skip("needs MariaDB: apt-get install mariadb-server")
    in_memory = not durable and os.access(MEMORY, os.W_OK)
    folder = tempfile.mkdtemp(prefix="frdb", dir=MEMORY if in_memory else None)
    server = MariaDb(Path(folder), durable=durable)
    server.install()
    server.start()
    return server


def close_server(server: MariaDb) -> None:
    """Stop it and erase its folder."""
    server.stop()
    shutil.rmtree(server.folder)
