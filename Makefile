# make demo, make test: both set everything up first, on a fresh machine with python3, make and git.
# No registry host anywhere: pip and uv use the machine's own settings.
PY ?= python3
V := .venv
BIN := $(V)/bin
PIP := $(BIN)/pip --disable-pip-version-check
# what a later pip or uv would otherwise fetch or ask by itself
export UV_PYTHON_DOWNLOADS := never

.PHONY: help demo test check format bench sim faults oracle docs lock wheel clean

help:
	@echo 'make demo    two simulated weeks, in a minute or two'
	@echo 'make test    all tests'
	@echo 'make check   format, lint, types, import arrows'
	@echo 'make format  mend what can be mended of these'
	@echo 'make bench   benchmarks, one JSON line each'
	@echo 'make sim     simulated days of the whole daemon, faults and all: SEEDS=n FIRST=m JOBS=j'
	@echo 'make faults  every known fault, and which test shows that slasync bears it'
	@echo 'make oracle  100,000 random deadlines against a minute-stepping count: CASES=n JOBS=j'
	@echo 'make docs    the documentation as a site, in build/site'
	@echo 'make lock    lock the dependencies anew, after pyproject.toml was changed'
	@echo 'make wheel   build dist/*.whl'
	@echo 'make clean   remove what make made'

demo: $(V)/.ok
	$(BIN)/slasync demo

test: $(V)/.ok
	$(BIN)/pytest -n auto --maxprocesses=8 --dist worksteal -rs

check: $(V)/.ok
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(V)/.ok
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(V)/.ok
	$(BIN)/python -m benchmarks

# JOBS: the number of cores, unless given
SEEDS ?= 100
FIRST ?= 1
sim: $(V)/.ok
	$(BIN)/python -m slasync.rehearsal.simulation --tally docs/simulated_days.json --seeds $(SEEDS) --first $(FIRST) $(if $(JOBS),--jobs $(JOBS))

faults: $(V)/.ok
	$(BIN)/python -m tests.faults

CASES ?= 100000
oracle: $(V)/.ok
	$(BIN)/python -m tests.domain.random_calendars --cases $(CASES) $(if $(JOBS),--jobs $(JOBS))

docs: $(V)/.ok
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo 'open build/site/index.html'

LOCK := $(BIN)/uv pip compile -q --system-certs --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-header

lock: $(V)/.ok
	$(LOCK) --group build -o requirements-build.lock
	$(LOCK) pyproject.toml --all-extras -o requirements.lock
	$(LOCK) pyproject.toml --all-extras --group dev -o requirements-dev.lock

wheel: $(V)/.ok
	$(BIN)/hatchling build -t wheel

clean:
	rm -rf $(V) build dist

$(V)/.ok: requirements-dev.lock pyproject.toml
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'slasync needs Python 3.11 or newer: make PY=python3.12, say'; exit 1; }
	@$(PY) -c 'import ensurepip' 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q && apt-get install -y -q --no-install-recommends python3-venv; \
	  else \
	    echo 'This Python cannot make virtual environments. Run:  sudo apt-get install python3-venv'; exit 1; \
	  fi; }
	$(PY) -m venv $(V)
	@# uv alone by pip, checked by its hashes; the rest by uv, which is quick, else by pip
	awk '/^[^ ]/ {mine = /^uv==/} mine' requirements-dev.lock > $(V)/uv.txt
	$(PIP) install -q --require-hashes -r $(V)/uv.txt
	$(BIN)/uv pip install -q --system-certs --compile-bytecode --python $(BIN)/python --require-hashes \
	  -r requirements-dev.lock || $(PIP) install -q --require-hashes -r requirements-dev.lock
	$(PIP) install -q --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q src || true # some machines write none when a program is run
	touch $@
