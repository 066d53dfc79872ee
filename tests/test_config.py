"""serve_config.yaml against Ray Serve's schema, which drops unknown keys without a word."""

from __future__ import annotations

import copy
import os
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel
from ray.serve.schema import ServeDeploySchema

import graph
from serve_app import launch
from serve_app.launch import PortInUse, config, config_file
from serve_app.settings import Settings

FREE = {"args", "user_config", "runtime_env"}
"""What Ray leaves to the application."""


def unknown_keys(value: Any, schema: type[BaseModel], path: str = "") -> Iterator[str]:
    """Keys that no field of the schema is called."""
    for name, inner in value.items():
        field = schema.model_fields.get(name)
        if field is None:
            yield path + name
        elif name not in FREE:
            models = list(_models(field.annotation))
            for one in inner if isinstance(inner, list) else [inner]:
                if isinstance(one, dict) and models:
                    yield from unknown_keys(one, models[0], f"{path}{name}.")


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


@pytest.fixture
def written() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(config_file().read_text())
    return found


def test_the_file_has_no_key_that_ray_would_drop(written: dict[str, Any]) -> None:
    assert list(unknown_keys(written, ServeDeploySchema)) == []
    ServeDeploySchema.model_validate(written)


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ((), "http_option"),
        (("http_options",), "hosts"),
        (("logging_config",), "log_levels"),
        (("applications", 0), "rout_prefix"),
    ],
)
def test_a_misspelt_key_would_be_found(
    written: dict[str, Any], place: tuple[Any, ...], key: str
) -> None:
    wrong: Any = copy.deepcopy(written)
    inner = wrong
    for step in place:
        inner = inner[step]
    inner[key] = 1
    assert [path.rpartition(".")[2] for path in unknown_keys(wrong, ServeDeploySchema)] == [key]


def test_the_arguments_are_those_of_the_graph(written: dict[str, Any]) -> None:
    [application] = written["applications"]
    args = graph.Args.model_validate(application["args"])
    assert args.accelerator == "auto"
    assert 0 < sum(args.gpu_shares.values()) <= 1
    assert application["import_path"] == "graph:app"


def test_it_listens_on_this_machine_alone(written: dict[str, Any]) -> None:
    assert written["http_options"]["host"] == "127.0.0.1"


def test_settings_go_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert config(Settings())["http_options"]["port"] == 8000
    monkeypatch.setenv("FITTING_ROOM_PORT", "8123")
    http = config(Settings(host="0.0.0.0"))["http_options"]  # noqa: S104
    assert (http["host"], http["port"]) == ("0.0.0.0", 8123)  # noqa: S104
    assert http["request_timeout_s"] == 120


def test_settings_that_nobody_made_do_not(
    tmp_path: Path, written: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    written["http_options"]["port"] = 9999
    (tmp_path / "serve_config.yaml").write_text(yaml.safe_dump(written))
    monkeypatch.setattr(launch, "_root", lambda: tmp_path)
    assert config(Settings())["http_options"]["port"] == 9999


def test_the_installed_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "share" / "fitting-room").mkdir(parents=True)
    installed = tmp_path / "share" / "fitting-room" / "serve_config.yaml"
    installed.write_text("{}")
    monkeypatch.setattr(launch, "_root", lambda: tmp_path / "nowhere")
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(tmp_path))
    assert config_file() == installed
    installed.unlink()
    with pytest.raises(launch.ConfigMissing):
        config_file()


@pytest.mark.parametrize("shared", [False, True])
def test_a_port_in_use_is_named(shared: bool) -> None:
    """Also where the other one listens as Ray's proxies do, willing to share."""
    with socket.socket() as other:
        if shared:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        environment = {**os.environ, "FITTING_ROOM_PORT": str(port)}
        command = [sys.executable, "-m", "serve_app", "serve"]
        ended = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    assert ended.returncode == 1
    assert "PortInUse" in ended.stderr
    assert "--port" in ended.stderr


def test_a_port_is_held_for_ray_alone() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with launch._reserved("127.0.0.1", port):
        with pytest.raises(PortInUse), launch._reserved("127.0.0.1", port):
            pass
        with socket.socket() as proxy, socket.socket() as client:
            proxy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            proxy.bind(("127.0.0.1", port))
            proxy.listen()
            client.settimeout(5)
            client.connect(("127.0.0.1", port))
