"""`python -m benchmarks [name …]`: run every benchmark here, or the named ones, one by one."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks


def main(wanted: list[str]) -> None:
    """Run `main()` of each module `bench_<name>`."""
    for module in pkgutil.iter_modules(benchmarks.__path__):
        name = module.name.removeprefix("bench_")
        if module.name.startswith("bench_") and (not wanted or name in wanted):
            print(f"\n== {name}")
            importlib.import_module(f"benchmarks.{module.name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
