# `make run` and `make test` set everything up by themselves, once, from Python 3.11+, Node 20+ and nothing else.
#
#   make run                      the server, at http://127.0.0.1:8000/
#   make run ARGS="--port 9000"   with options of `glossator serve`
#   make test                     linters, types, contracts and tests
#   make wheel                    dist/glossator-*.whl, with the viewers' files
#   make PYTHON=python3.12 ...    with another Python

PYTHON ?= python3
TORCH_CPU_INDEX ?= https://download.pytorch.org/whl/cpu
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
TORCH := torch==2.13.0 torchvision==0.28.0
VIEWERS := static/vendor/mirador/mirador.min.js
CLIENTS := tests/clients/node_modules/.package-lock.json
VALIDATOR := $(VENV)/iiif-validator/bin/iiif-validate.py
READY := $(VENV)/.ready $(VIEWERS)

.PHONY: run test lint types contracts unit wheel clean
.DEFAULT_GOAL := run

run: $(READY)
	$(BIN)/glossator serve $(ARGS)

test: $(READY) lint types contracts unit

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

contracts: $(READY)
	$(BIN)/lint-imports --no-logo

unit: $(READY) $(VALIDATOR) $(CLIENTS)
	$(BIN)/python -m pytest $(ARGS)

wheel: $(READY)
	$(PIP) wheel --quiet --no-deps --wheel-dir dist .

clean:
	rm -rf $(VENV) static/vendor static/node_modules tests/clients/node_modules dist

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Glossator needs Python 3.11 or newer; '$(PYTHON)' is not. Name another: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# torch comes first, and alone. Without a GPU its own index has builds without CUDA, some 200 MB instead of several GB.
# On a Mac no build has CUDA. Where that index cannot be reached, the ordinary builds do.
$(VENV)/.torch: .ci/constraints.txt | $(BIN)/python
	@if [ "$$(uname)" = Darwin ] || nvidia-smi -L >/dev/null 2>&1; then echo "torch: the ordinary build"; \
	elif $(BIN)/python -c 'import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=5)' $(TORCH_CPU_INDEX)/torch/ 2>/dev/null; then \
	  echo "torch: the build without CUDA"; $(PIP) install --quiet --no-deps --index-url $(TORCH_CPU_INDEX) $(TORCH); \
	else echo "torch: the ordinary build, since $(TORCH_CPU_INDEX) does not answer"; fi
	$(PIP) install --quiet --constraint .ci/constraints.txt $(TORCH)
	@touch $@

$(VENV)/.ready: $(VENV)/.torch pyproject.toml .ci/constraints.txt
	$(PIP) install --quiet --constraint .ci/constraints.txt --editable '.[dev]'
	@touch $@

# Apart from the rest: its package has the name of that of iiif-validator-ng.
$(VALIDATOR): | $(VENV)/.ready
	$(PIP) install --quiet --no-deps --target $(VENV)/iiif-validator iiif-validator==1.0.5 bottle==0.13.4 python-magic==0.4.27

$(VIEWERS): static/package.json static/package-lock.json static/vendor.mjs
	@node -e 'process.exit(Number(process.versions.node.split(".")[0] < 20))' || { \
	  echo "Glossator needs Node 20 or newer, to fetch the viewers' files."; exit 1; }
	cd static && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm run --silent vendor && rm -rf node_modules
	@touch $@

# Clients written by others, for tests only.
$(CLIENTS): tests/clients/package.json tests/clients/package-lock.json | $(VIEWERS)
	cd tests/clients && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
