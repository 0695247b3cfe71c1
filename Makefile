# Everything sets itself up on a machine that has Python 3.11 and make only.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out/anaesthesia
SOURCES := pyproject.toml $(shell find raymenu benchmarks instances mechanisms models solvers -type f -not -path '*/__pycache__/*')

.PHONY: run test test-slow lint types site bench-smoke clean

run: $(VENV)/installed
	$(BIN)/raymenu solve anaesthesia --out $(OUT)

test: $(VENV)/installed
	$(BIN)/pytest

test-slow: $(VENV)/installed
	$(BIN)/pytest -m slow

# Layers are checked in the installed package: the checkout's symlinks are for editors.
lint: $(VENV)/installed $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/dev
	$(BIN)/mypy

# Warnings are errors; notebooks are run.
site: $(VENV)/installed $(VENV)/dev
	$(BIN)/sphinx-build -W --keep-going -q -b html docs out/site

bench-smoke: $(VENV)/installed
	$(BIN)/raymenu bench support --smoke --out out/bench-smoke

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip

# The package is installed, not linked: what the tests see is what a user gets.
$(VENV)/installed: $(VENV)/bin/pip $(SOURCES)
	$(BIN)/pip install --quiet '.[test]'
	touch $@

$(VENV)/dev: $(VENV)/bin/pip pyproject.toml
	$(BIN)/pip install --quiet '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build out *.egg-info
