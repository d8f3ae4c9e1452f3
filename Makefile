# Sets Umschlag up, runs it and tests it; `make` alone lists the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PYTHON ?= python3
BIN := .venv/bin
# Twice quiet: only errors.
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
CODE := gateway providers tests
# The suites by folder; one that has no test yet is left out, because pytest calls that an error.
with_tests = $(strip $(foreach d,$1,$(if $(shell find tests/$d -name 'test_*.py' 2>/dev/null),tests/$d)))
FAST := $(call with_tests,unit contract)
SLOW := $(call with_tests,system browser)
PYTEST := $(BIN)/coverage run -m pytest

.PHONY: help install dev run test check unit system coverage test-tools bench soak lock clean

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

install: .venv/.installed ## set up .venv with what it takes to run

dev: .venv/.dev

run: install ## set up and serve
	@exec $(BIN)/umschlag serve

# ----------------------------------------------------------------------------------------------------- set up

.venv/.python:
	@command -v $(PYTHON) >/dev/null || { echo "umschlag needs Python 3.11 or newer: $(PYTHON) was not found" \
	  "(name another one: make PYTHON=python3.12 …)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "umschlag needs Python 3.11 or newer:" \
	  "$(PYTHON) is $$($(PYTHON) -V 2>&1) (name another one: make PYTHON=python3.12 …)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments:" \
	  "install its venv package (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@touch $@

# The locks hold every package with its hash; what is not in them cannot come in.
.venv/.installed: .venv/.python requirements.lock pyproject.toml requirements.in
	@echo "installing into .venv: what it takes to run"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.installed requirements-dev.lock
	@echo "installing into .venv: what it takes to test"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

# ------------------------------------------------------------------------------------------------------ check

test: check test-tools unit system coverage ## set up and pass every check and test

check: dev ## format, lint, types and import order
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/mypy
	@$(BIN)/lint-imports

unit: dev ## unit and contract tests
	@$(BIN)/coverage erase
	@$(PYTEST) -n 2 --dist worksteal $(FAST)

# Each waits for whole processes now and then: three at a time keep two cores at work, and who is done first goes on.
system: dev
	@$(if $(SLOW),$(PYTEST) -n 3 --dist worksteal $(SLOW),:)

coverage: dev
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage json --quiet --fail-under=0
	@$(BIN)/python -m tests.coverage_gate coverage.json
	@$(BIN)/coverage report

test-tools: ## the programs that system and browser tests talk to (Debian packages, as root)
	@.ci/test-tools

bench: dev ## measure
	@$(BIN)/python -m tests.bench

soak: dev ## run for long under load
	@$(BIN)/python -m tests.soak

# ------------------------------------------------------------------------------------------------------- keep

# In an environment of its own, so that the resolver is no dependency; no index is named in what it writes.
COMPILE = "$$tmp/bin/uv" pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
  --no-header --no-emit-index-url --no-emit-find-links --annotation-style line --upgrade

lock: ## resolve the locks anew
	@tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; $(PYTHON) -m venv "$$tmp"; \
	"$$tmp/bin/pip" --disable-pip-version-check -qq install uv; \
	$(COMPILE) requirements.in -o requirements.lock; \
	$(COMPILE) requirements-dev.in -c requirements.lock -o requirements-dev.lock

clean: ## remove what was set up and measured
	@rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache \
	  .coverage .coverage.* coverage.json
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
