# make            the environment, the verdicts, the man pages and the HTML
# make help       every target, a sentence each

# The interpreter of a new .venv; empty lets tools/find-python choose.
PYTHON ?=
export PYTHON
# What claims run on: "linux" is this machine's own kernel.
BACKEND ?= linux

BIN := .venv/bin
SPHINX := $(BIN)/sphinx-build -q -W --keep-going -j auto -c . -D nsdoc_backend=$(BACKEND)

# Everything a rendered page can depend on; editors' and Python's by-products are not among it.
PAGES := $(shell find docs examples nsdoc conf.py -type f \
	-not -name '*.pyc' -not -name '.*' -not -name '*~' 2>/dev/null)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.NOTPARALLEL:
.PHONY: all env check man html test lint format bench ci lock clean help

all: check man html ## Run the claims, then write the man pages and the HTML.
	@echo "To read: man -l build/man/man7/user_namespaces.7"
	@echo "         build/html/index.html"

env: .venv/installed ## Make .venv and install what requirements.lock names.

.venv/installed: requirements.lock pyproject.toml
	@test -x $(BIN)/python || { python=$$(tools/find-python) && "$$python" -m venv .venv; }
	@echo "Installing into .venv ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Always asked: only nsdoc can tell whether the kernel, too, is still the same.
# It reruns what changed, and leaves the file alone when nothing did.
check: .venv/installed ## Run the claims against the kernel; reuse what has not changed.
	@$(BIN)/nsdoc check --backend $(BACKEND)

build/verdicts.json: check

man: build/.man ## Write the man pages to build/man.

html: build/.html ## Write the HTML to build/html.

build/.man: .venv/installed $(PAGES)
	@$(SPHINX) -b nsman docs build/man
	@touch $@

build/.html: .venv/installed $(PAGES) $(wildcard build/verdicts.json)
	@$(SPHINX) -b html docs build/html
	@touch $@

test: .venv/installed ## Run the tests, and the claims of the pages as tests.
	@$(BIN)/pytest -n auto -q

lint: .venv/installed ## Check style, types and what may import what.
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

format: .venv/installed ## Sort the imports and mend what ruff can mend.
	@$(BIN)/ruff check --fix

bench: .venv/installed ## Measure how long the claims take from scratch.
	@$(BIN)/nsdoc check --backend $(BACKEND) --fresh -q
	@bash -c 'time $(BIN)/nsdoc check --backend $(BACKEND) --fresh -q'

ci: ## Do all that CI does; needs root and Debian's packages.
	@CI=true .ci/run

lock: ## Renew requirements.lock from pyproject.toml.
	@tools/lock

clean: ## Remove what was built, but not .venv.
	@rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

help: ## List the targets.
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
