# Two commands set up all they need: `make run` starts the app, `make test` runs every default test.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
# Browsers and servers leave a core idle a third of the time.
TESTERS ?= $(shell $(PYTHON) -c 'import os; print(min(4, os.cpu_count() + 1))')
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test benchmark check style clean
.DEFAULT_GOAL := run

run: $(VENV)/.app-installed
	$(BIN)/python app.py

test: $(VENV)/.tests-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(TESTERS) --dist loadfile --no-loadscope-reorder --durations 20

benchmark: $(VENV)/.tests-installed
	$(BIN)/python -m tests.benchmarks

style: $(VENV)/.tests-installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV)

$(VENV)/.app-installed: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "handseg needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.tests-installed: $(VENV)/.app-installed tests/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	$(BIN)/python -m tests.chromium
	$(BIN)/python -m tests.postgres
	touch $@
