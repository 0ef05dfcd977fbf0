# make demo, make test: both set everything up first, on a fresh machine with python3, make and git.
# No registry host anywhere: pip and uv use the machine's own settings.
PY ?= python3
V := .venv
BIN := $(V)/bin
export UV_PYTHON_DOWNLOADS := never

.PHONY: demo test check format bench clean

demo: $(V)/.ok
	$(BIN)/slasync demo

test: $(V)/.ok
	$(BIN)/pytest -q -n auto

check: $(V)/.ok
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(V)/.ok
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(V)/.ok
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(V)

$(V)/.ok: requirements-dev.lock pyproject.toml
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "slasync needs Python 3.11 or newer: set PY=python3.12, say"; exit 1; }
	@$(PY) -c 'import ensurepip' 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -q && apt-get install -y -q --no-install-recommends python3-venv; \
	  else echo "this Python cannot make virtual environments: run  sudo apt-get install python3-venv"; exit 1; fi; }
	$(PY) -m venv $(V)
	grep -A30 '^uv==' requirements-dev.lock | awk 'NR==1||/^ /{print;next}{exit}' > $(V)/uv.txt
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r $(V)/uv.txt
	$(BIN)/uv pip install -q --system-certs --python $(BIN)/python --require-hashes -r requirements-dev.lock \
	  || $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@
