# make            the environment, the verdicts, the man pages and the HTML
# make help       every target, a sentence each

# The interpreter of a new .venv; empty lets tools/find-python choose.
PYTHON ?=
export PYTHON
# What claims run on: "linux" is this machine's own kernel.
BACKEND ?= linux

# Where pages are installed; DESTDIR is put before it, for those who make packages.
prefix ?= /usr/local
mandir ?= $(prefix)/share/man
# What stands after the section of an installed page, so that it takes the place of no other,
# such as user_namespaces.7nsdoc.
MANSUFFIX ?= nsdoc

BIN := .venv/bin
PAGES_TOOL := $(BIN)/python tools/pages.py
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check
SPHINX := $(BIN)/sphinx-build -q -W --keep-going -j auto -c . -D nsdoc_backend=$(BACKEND)

# Everything a rendered page can depend on; editors' and Python's by-products are not among it.
PAGES := $(shell find docs examples nsdoc conf.py -type f \
	-not -name '*.pyc' -not -name '.*' -not -name '*~' 2>/dev/null)

# The programs, the pages that show what they print, and what compares it.
SHOWN := $(wildcard examples/*.py tests/examples/*.py) \
	docs/guide/programs.rst docs/man/user_namespaces.7.rst tools/run-programs

# Sphinx does not know that the code which renders has changed: everything is written anew then.
ANEW = $(if $(filter nsdoc/% docs/_ext/% conf.py,$?),-E -a)

.DEFAULT_GOAL := all
.SUFFIXES:
.NOTPARALLEL:
# An interrupted check keeps what it has found.
.PRECIOUS: build/verdicts.json
.PHONY: all env check programs man html install uninstall dist test mutate lint coverage format bench ci lock clean help FORCE

all: check programs man html ## Run the claims and the programs, then write the man pages and the HTML.
	@echo "To read: man -l build/man/man7/user_namespaces.7"
	@echo "         build/html/index.html"

env: .venv/installed ## Make .venv and install what requirements.lock names.

.venv/installed: requirements.lock pyproject.toml
	@test -x $(BIN)/pip || { python=$$(tools/find-python) && "$$python" -m venv .venv; }
	@echo "Installing into .venv ..."
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

check: build/verdicts.json ## Run the claims against the kernel; what has not changed is not run again.

# Always asked: only nsdoc can tell whether the kernel, too, is still the same.
# The file keeps its date when nothing is new, and then nothing that depends on it is made.
build/verdicts.json: .venv/installed FORCE
	@$(BIN)/nsdoc check --backend $(BACKEND)

programs: build/.programs ## Run the programs of examples/ and compare what they print with what pages show.

build/.programs: .venv/installed $(SHOWN) | build/verdicts.json
	@echo "Running examples ..."
	@tools/run-programs $(BIN) $(BACKEND) $@

man: build/.man ## Write the man pages to build/man.

build/.man: .venv/installed $(PAGES) | build/verdicts.json
	@echo "Writing build/man ..."
	@$(SPHINX) $(ANEW) -b nsman docs build/man
	@touch $@

html: build/.html ## Write the HTML to build/html.

build/.html: .venv/installed $(PAGES) build/verdicts.json $(wildcard build/mutants.json)
	@echo "Writing build/html ..."
	@$(SPHINX) $(ANEW) -b html docs build/html
	@touch $@

# As root, often: pages that are there are installed as they are, and no claim is run for it.
install: $(if $(wildcard build/.man),,build/.man) ## Install the man pages below DESTDIR, prefix or mandir.
	@$(PAGES_TOOL) install --suffix "$(MANSUFFIX)" build/man "$(DESTDIR)$(mandir)"

uninstall: .venv/installed ## Take away the man pages that install has written.
	@$(PAGES_TOOL) uninstall --suffix "$(MANSUFFIX)" build/man "$(DESTDIR)$(mandir)"

dist: build/.man ## Write an archive of the man pages alone to build.
	@$(PAGES_TOOL) dist --suffix "$(MANSUFFIX)" build/man \
		"build/nsdoc-man-$$($(BIN)/python -c 'import nsdoc; print(nsdoc.__version__)').tar.gz"

test: .venv/installed ## Run the tests, and the claims of the pages as tests.
	@$(BIN)/pytest -n auto -q

mutate: .venv/installed ## Break the model rule by rule: no claim may hold whatever the kernel does.
	@$(BIN)/nsdoc mutate --quiet

coverage: .venv/installed ## Say which branches of the model no test reaches; fails if there is one.
	@tools/model-coverage

lint: .venv/installed ## Check style, types, what may import what, and the pages against man-pages(7).
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/nsdoc lint docs/man

format: .venv/installed ## Sort the imports and mend what ruff can mend.
	@$(BIN)/ruff check --fix

bench: .venv/installed ## Measure what examples cost, and the builders of man pages; BENCH=--quick for a minute.
	@$(BIN)/python -m bench $(BENCH)
	@$(BIN)/python -m bench.man_builders $(BENCH)

ci: ## Do all that CI does; needs root and Debian's packages.
	@CI=true .ci/run

lock: ## Renew requirements.lock from pyproject.toml.
	@tools/lock

clean: ## Remove what was built, but not .venv.
	@rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

help: ## List the targets.
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
