# Everything a newcomer needs: make run, make test. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
STAMP_DEV := .venv/.installed-dev
# pip is asked to check every hash; where it gets packages from is the machine's own business.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PYTEST = $(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help run install dev ready test test-postgres check format bench shots reset lock snapshot

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: $(STAMP) ## Make the environment at .venv (gives .venv/bin/heli)

dev: $(STAMP_DEV) ## The environment with what tests and checks need

.venv/bin/python:
	@echo "Making the environment 正在创建环境 …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Heli needs Python 3.11 or newer; set PYTHON=python3.x"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; $(PYTHON) -m pip install --quiet --user virtualenv \
	  && $(PYTHON) -m virtualenv --quiet .venv; }

$(STAMP): requirements/base.lock pyproject.toml | .venv/bin/python
	@echo "Installing packages 正在安装依赖 …"
	@$(PIP) --require-hashes -r requirements/base.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@$(BIN)/python -m tools.translations compile
	@$(BIN)/python -m compileall -q src
	@touch $@

$(STAMP_DEV): requirements/dev.lock $(STAMP)
	@echo "Installing test tools 正在安装测试工具 …"
	@$(PIP) --require-hashes -r requirements/dev.lock
	@touch $@

run: install ## Start the demo city at http://127.0.0.1:8000
	@exec $(BIN)/heli run

# The suite starts some hundred processes of Heli's that may write no bytecode: it is made before.
ready: dev
	@$(BIN)/python -m tools.translations compile
	@$(BIN)/python -m compileall -q src

test: ready ## Run all tests
	@$(PYTEST)

test-postgres: ready ## Run all tests on PostgreSQL (HELI_TEST_POSTGRES_URL)
	@HELI_DATABASE_URL=$${HELI_TEST_POSTGRES_URL:-postgresql://postgres@127.0.0.1:5432/test} $(PYTEST)

check: dev ## Format, lint, types, import contracts, translations, migrations, reference
	@$(BIN)/ruff format --check src tests bench tools
	@$(BIN)/ruff check src tests bench tools
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tools.translations check
	@HELI_HOME=$$(mktemp -d) $(BIN)/heli manage makemigrations --check --dry-run
	@$(BIN)/python -m tools.openapi check
	@$(BIN)/python -m tools.reference check

format: dev ## Put the sources into shape
	@$(BIN)/ruff format src tests bench tools
	@$(BIN)/ruff check --fix src tests bench tools

bench: dev ## Measure side by side, print ratios
	@$(BIN)/python -m bench

shots: dev ## Take screenshots of every page into shots/
	@$(BIN)/python -m tools.shots

snapshot: dev ## Renew the OpenAPI snapshot after a wanted change
	@$(BIN)/python -m tools.openapi write

reset: ## Throw away everything Heli wrote (HELI_HOME, default ./var)
	@rm -rf "$${HELI_HOME:-./var}" && echo "Gone: $${HELI_HOME:-./var}"

LOCK := $(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-header \
  --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
  --build-deps-for editable

lock: dev ## Renew the hash-pinned lock files
	@$(LOCK) --output-file requirements/base.lock pyproject.toml
	@$(LOCK) --extra dev --output-file requirements/dev.lock pyproject.toml
