"""Starts the service on this machine: Ray, then what serve_config.yaml describes."""

from __future__ import annotations

import os
import signal
import socket
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
import yaml

from serve_app.errors import ServiceError
from serve_app.settings import Settings

OBJECT_STORE_BYTES = 400_000_000
"""Room for the pictures between two models; Ray's own choice is 30 % of the memory."""

_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # Whoever reaches an open cluster's ports on this machine runs code as its owner.
    "RAY_AUTH_MODE": "token",
    # Each thread of each replica would keep a heap of its own.
    "MALLOC_ARENA_MAX": "2",
    # Ray makes its workers nicer by 15, and whatever else runs here would starve the models.
    "RAY_worker_niceness": "0",
    # Whom to believe about addresses is our own setting; Ray's server would believe this machine.
    "FORWARDED_ALLOW_IPS": "",
}


class PortInUse(ServiceError):
    """Another process listens there. Ray would share the port with another Ray and not complain."""

    status = 503


class ConfigMissing(ServiceError):
    """serve_config.yaml is neither in the checkout nor in the installation."""

    status = 503
    advice = "Install fitting-room again, or start in a checkout."


class StartFailed(ServiceError):
    """Ray could not build or start the application."""

    status = 503


def run(settings: Settings) -> None:
    """Start the service and stay until SIGINT or SIGTERM; jobs in work go back to the queue.

    With RAY_ADDRESS in the environment it is deployed to that cluster, else to a new one that ends
    with this process. Raises PortInUse, ConfigMissing, StartFailed.
    """
    wanted = config(settings)
    http = wanted["http_options"]
    with (
        _reserved(http["host"], http["port"]),
        _file(wanted) as file,
        cluster() as dashboard,
    ):
        watch = _Watch(wanted, dashboard)
        _serve(file, watch)
    if watch.failure:
        raise StartFailed("The service did not start.", watch.failure)


@contextmanager
def cluster(*, dashboard: bool = True) -> Iterator[str]:
    """The Ray of RAY_ADDRESS, else a new one that ends with the block; its dashboard's address.

    Raises StartFailed.
    """
    _prepare_environment()
    address = _start_ray(dashboard=dashboard)
    try:
        yield address
    finally:
        _stop_ray()


def config(settings: Settings) -> dict[str, Any]:
    """What serve_config.yaml says, with the host and the port that the settings name."""
    wanted: dict[str, Any] = yaml.safe_load(config_file().read_text("utf-8"))
    for name in {"host", "port"} & settings.model_fields_set:
        wanted["http_options"][name] = getattr(settings, name)
    return wanted


def config_file() -> Path:
    """serve_config.yaml beside graph.py in a checkout, else in the installation's data folder.

    Raises ConfigMissing.
    """
    for folder in (_root(), Path(sysconfig.get_path("data")) / "share" / "fitting-room"):
        if (file := folder / "serve_config.yaml").is_file():
            return file
    raise ConfigMissing("serve_config.yaml was not found.")


def _root() -> Path:
    """The folder of graph.py, which every process of the cluster must be able to import."""
    spec = find_spec("graph")
    if spec is None or spec.origin is None:
        return Path(__file__).parent.parent
    return Path(spec.origin).parent


def _prepare_environment() -> None:
    """What the processes of a new cluster inherit; what the operator set stays."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    paths = [str(_root()), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)


@contextmanager
def _file(wanted: dict[str, Any]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fitting-room-") as folder:
        file = Path(folder) / "serve_config.yaml"
        file.write_text(yaml.safe_dump(wanted, sort_keys=False), "utf-8")
        yield file


@contextmanager
def _reserved(host: str, port: int) -> Iterator[None]:
    """Nobody else has the port, and no second service of ours will get it.

    Ray's proxies listen with SO_REUSEPORT, so the system would let two services share a port and
    give each some of the requests. A plain bind tells; a bound socket that never listens keeps the
    next plain bind out, and takes no connections. It would keep Serve's HAProxy out as well, which
    shares with nobody and needs no such help.
    """
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise PortInUse(
                f"Port {port} of {host} cannot be had: {error.strerror}.",
                "Stop what listens there, or take another port: fitting-room serve --port 8123",
            ) from error
    if os.environ.get("RAY_SERVE_ENABLE_HA_PROXY") == "1":
        yield
        return
    with socket.socket(family, socket.SOCK_STREAM) as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(address)
        yield


def _start_ray(*, dashboard: bool) -> str:
    """The dashboard's address."""
    import ray

    options: dict[str, Any] = {"namespace": "serve", "log_to_driver": False}
    address = os.environ.get("RAY_ADDRESS", "local")
    if address == "local":
        options |= {
            "object_store_memory": OBJECT_STORE_BYTES,
            "include_dashboard": dashboard,
            "dashboard_host": "127.0.0.1",
        }
    try:
        context = ray.init(address=address, **options)
    except Exception as error:  # Ray has no class of its own for this
        raise StartFailed(
            f"Ray did not start: {error}", "Try again; Ray gives up after 30 s on a busy machine."
        ) from error
    return f"http://{context.dashboard_url}" if context.dashboard_url else ""


def _stop_ray() -> None:
    import ray

    ray.shutdown()


def _serve(file: Path, watch: _Watch) -> None:
    """`serve run`, in this process and on the Ray that it has."""
    from ray.serve.scripts import cli

    # A shell's background jobs ignore SIGINT, and Ray ends at once at SIGTERM: both are to end the
    # service in order.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    watch.start()
    try:
        cli(["run", str(file), "--app-dir", str(_root())], standalone_mode=False)
    except (SystemExit, KeyboardInterrupt):
        pass
    finally:
        watch.end()


def _missing_weights() -> list[str]:
    """Those of the default set that are not on this machine: their models will not answer."""
    from weights.store import Store

    store = Store.from_environment()
    return [name for name in store.default_names() if not store.present(name)]


class _Watch(threading.Thread):
    """Tells the addresses when the application runs, and ends the service when it cannot."""

    def __init__(self, wanted: dict[str, Any], dashboard: str) -> None:
        super().__init__(name="watch", daemon=True)
        self.failure = ""
        self._name: str = wanted["applications"][0]["name"]
        self._http: dict[str, Any] = wanted["http_options"]
        self._dashboard = dashboard
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.25):
            status, message = self._status()
            if status == "RUNNING":
                self._tell()
                return
            if status == "DEPLOY_FAILED":
                self.failure = message
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
                return

    def end(self) -> None:
        """There is nothing to watch any more."""
        self._over.set()

    def _status(self) -> tuple[str, str]:
        from ray import serve

        try:
            found = serve.status().applications.get(self._name)
        except Exception:  # Serve itself is not up yet
            return "", ""
        return (found.status.value, found.message) if found else ("", "")

    def _tell(self) -> None:
        address = f"http://{self._http['host']}:{self._http['port']}"
        lines = [("page", f"{address}/"), ("documentation", f"{address}/docs")]
        if self._dashboard:
            token = os.environ.get("RAY_AUTH_MODE") == "token"
            hint = "   (its token: ray get-auth-token)" if token else ""
            lines.append(("Ray dashboard", self._dashboard + hint))
        for name, where in lines:
            typer.echo(f"{name:<14} {where}")
        if missing := _missing_weights():
            typer.echo(f"Weights are missing: fitting-room weights fetch {' '.join(missing)}")
        typer.echo(f"Ready after {time.monotonic() - _BEGUN:.1f} s. Ctrl-C stops it.")


_BEGUN = time.monotonic()
