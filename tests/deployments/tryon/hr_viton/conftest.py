"""One thread for networks as small as these: more would only wait for each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deployments import torch_network


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> Iterator[None]:
    try:
        import torch
    except ImportError:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch_network, "THREADS", 1)
        yield
    torch.set_num_threads(before)
