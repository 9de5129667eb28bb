# make lab    JupyterLab with the extension and the examples       make test   every test
# make demo   the main job without a person                        make check  lint and test
PYTHON   ?= python3
VENV     := .venv
BIN      := $(VENV)/bin
ARGS     ?=
# Tests wait for kernels and servers more than they compute: three at a time keep two cores busy.
WORKERS  ?= 3
SHELL    := /bin/bash
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Packages come from the registries alone; browsers come from Debian.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1
export YARN_ENABLE_TELEMETRY := 0

PY_STAMP := $(VENV)/.installed
JS_STAMP := node_modules/.installed
EXT      := jupyterlab_mlops/labextension/package.json
LINKED   := $(VENV)/.linked
UI_STAMP := ui-tests/node_modules/.installed
FRONTEND := $(shell find src style schema -type f 2>/dev/null) tsconfig.json package.json

.PHONY: help setup lab demo test test-python test-typescript test-browser lint format check bench clean browser

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(PY_STAMP) $(LINKED) ## install what is missing and build the extension

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python >= 3.10 is needed: install python3"; exit 1; }
	@command -v node >/dev/null || { echo "Node >= 20 is needed: install nodejs"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { scripts/apt-install python3-venv && $(PYTHON) -m venv --clear $(VENV); }

$(PY_STAMP): pyproject.toml | $(VENV)/bin/python
	SKIP_JUPYTER_BUILDER=1 $(BIN)/python -m pip install --disable-pip-version-check -q -e '.[test,dev,examples]'
	@touch $@

$(JS_STAMP): package.json yarn.lock | $(PY_STAMP)
	$(BIN)/jlpm install --immutable
	@touch $@

$(EXT): $(JS_STAMP) $(FRONTEND) | $(PY_STAMP)
	$(BIN)/jlpm build
	@touch $@

$(LINKED): $(EXT) $(PY_STAMP)
	$(BIN)/jupyter-builder develop . --overwrite
	@touch $@

lab: setup ## JupyterLab on loopback with the extension and examples/ (ARGS="--no-browser --port 8899")
	$(BIN)/python scripts/lab.py $(ARGS)

demo: setup ## run the main job without a person and print what came of it
	$(BIN)/python scripts/demo.py

test: setup test-python test-typescript test-browser ## every test: Python, TypeScript, browser

test-python: $(PY_STAMP) $(LINKED)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-typescript: $(JS_STAMP) $(EXT)
	$(BIN)/jlpm test
	$(BIN)/jlpm bundle:check

browser:
	@command -v chromium >/dev/null || scripts/apt-install chromium fonts-dejavu-core

$(UI_STAMP): ui-tests/package.json ui-tests/yarn.lock | $(PY_STAMP)
	cd ui-tests && $(CURDIR)/$(BIN)/jlpm install --immutable
	@touch $@

test-browser: $(LINKED) $(UI_STAMP) browser
	cd ui-tests && $(CURDIR)/$(BIN)/jlpm test

lint: setup ## ruff, mypy, import-linter; ESLint, prettier, stylelint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/jlpm lint:check

format: setup ## rewrite what the linters can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/jlpm lint

check: lint test ## what CI and reviewers expect to pass

bench: setup ## benchmarks, each prints its table
	@for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

clean: ## forget what was built and installed
	rm -rf $(VENV) node_modules ui-tests/node_modules lib jupyterlab_mlops/labextension .yarn ui-tests/.yarn
