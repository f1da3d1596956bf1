# make demo    train the scenarios, print a diagnosis of each, open TensorBoard (SERVE=0: stop after the diagnosis)
# make test    everything that CI runs: lint, types, unit, frontend, storage, packaging and browser tests
# make check   what a person runs before a commit: lint, types, unit tests, frontend tests
# make bench   prints tables of cost; nothing is written into the tree; ARGS=--quick takes a tenth of the time
# make bench-diagnosis   trains a labelled suite and prints how well it is diagnosed; ARGS="--keep DIR --half tuning" and more
# make bench-ui prints what the tab costs in a browser: hover, zoom, linked charts, view switch, memory, bundle
# make picture makes the README's pictures anew
#
# Each target sets up what it needs in .venv and frontend/node_modules. PYTHON=python3.12 picks another interpreter.

PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
STAMP  := $(VENV)/.installed
NODE   := $(PY) frontend/_build/node.py
SERVE  ?= 1

export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: picture demo test check bench bench-diagnosis lint types unit frontend-check end-to-end setup bundle chromium clean

demo: bundle
	$(PY) -m demo.run $(if $(filter 0,$(SERVE)),--no-serve)

test: lint types frontend-check bundle chromium
	$(PY) -m pytest

check: lint types frontend-check bundle
	$(PY) -m pytest --ignore=tests/end_to_end

bench: setup
	$(PY) -m tests.benchmarks.cost $(ARGS)

bench-diagnosis: setup
	$(PY) -m tests.benchmarks.diagnosis $(ARGS)

bench-ui: bundle chromium
	$(PY) -m tests.benchmarks.ui

picture: bundle chromium
	logs=$$(mktemp -d) && $(PY) -m demo.run --no-serve --logdir $$logs && $(PY) -m demo.picture $$logs && rm -r $$logs

lint: setup
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: setup
	$(PY) -m mypy

frontend-check: bundle
	$(NODE) npm run typecheck
	$(NODE) npm run test

bundle: setup
	$(PY) frontend/_build/bundle.py install
	$(PY) frontend/_build/bundle.py

chromium: setup
	$(PY) -m tests.end_to_end.chromium

setup: $(STAMP)

$(STAMP): setup.py pyproject.toml frontend/_build/node.py
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --upgrade pip
	TB_CONVERGENCE_SKIP_FRONTEND=1 $(PY) -m pip install --quiet --editable '.[demo,dev]'
	requirement="$$($(PY) frontend/_build/node.py requirement)"; \
		[ -z "$$requirement" ] || $(PY) -m pip install --quiet "$$requirement"
	touch $(STAMP)

clean:
	rm -rf $(VENV) frontend/node_modules tb_convergence/serve/static build dist *.egg-info
