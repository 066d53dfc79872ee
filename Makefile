# Two commands matter: `make demo` and `make test`. Both make the environment that they need.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STARTED := $(shell date +%s)
PORT ?= 8000
HOST ?= 127.0.0.1
SETS ?=

.PHONY: demo serve test check bench quality clean

# The environment is a file: it is made again when the list of packages changes.
$(VENV)/.base: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e '.[demo]'
	touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.base
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	touch $@

demo: $(VENV)/.base   ## one try-on and one avatar through the real service, pictures in out/
	$(BIN)/fitting-room demo --out out --started $(STARTED)

serve: $(VENV)/.base  ## start the service and keep it running
	$(BIN)/fitting-room serve --host $(HOST) --port $(PORT)

test: $(VENV)/.dev    ## the whole suite
	$(BIN)/python -m pytest

check: $(VENV)/.dev   ## format, lint, strict types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.dev   ## the numbers of docs/6-numbers.md, measured here
	$(BIN)/python -m benchmarks

quality: $(VENV)/.dev ## the jury's numbers against the stored ones; ends with 1 on a clear loss
	$(BIN)/python -m benchmarks.quality $(SETS)

clean:                ## everything that make made
	rm -rf $(VENV) out build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
