# Two commands do all the set-up: `make workbook` and `make test`. Nothing but Python 3.11+ is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_QUIET ?= 1

.PHONY: help workbook test check lab bench generated drift lint lock clean

help:
	@echo "make workbook   build and verify every scenario, print the verdicts"
	@echo "make test       the whole suite: types, style, tests, notebooks"
	@echo "make check      the part to run while working (under 30 s)"
	@echo "make lab        open JupyterLab on the notebooks"
	@echo "make bench      the speed budgets, as ratios"
	@echo "make drift      fail if diagrams/, cfn/ or docs/coverage.md are not what the code makes"

workbook: $(VENV)/workbook
	$(BIN)/archlib build

test: $(VENV)/dev lint
	$(BIN)/python -m pytest -p no:nbval -n 2 --dist loadscope tests
	$(BIN)/python -m pytest -p no:cacheprovider -n 2 --dist loadscope --nbval --nbval-sanitize-with notebooks/sanitize.cfg notebooks

# The core, the kernel and two planes; say ROOM=tests/local/dax for the room you work in.
ROOM ?= tests/architecture tests/template tests/diagram tests/iam tests/verify tests/project \
  tests/local/gateway tests/local/edge $(wildcard tests/local/test_*.py)

check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -p no:nbval -n 2 --dist loadscope -m "not slow" $(ROOM)

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lab: $(VENV)/workbook
	$(BIN)/archlib lab

bench: $(VENV)/dev
	$(BIN)/python -m benchmarks

generated: $(VENV)/workbook
	$(BIN)/archlib build --force
	$(BIN)/archlib coverage --write

drift: generated
	@git diff --exit-code -- diagrams cfn docs/coverage.md \
	  || { echo "generated files differ from what is committed: run 'make generated' and commit"; exit 1; }
	@test -z "$$(git status --porcelain -- diagrams cfn docs/coverage.md)" \
	  || { git status --porcelain -- diagrams cfn docs/coverage.md; echo "generated files are not committed"; exit 1; }

lock:
	rm -rf $(VENV) && $(PYTHON) -m venv $(VENV) && $(BIN)/pip install --upgrade -e '.[dev]'
	( echo '# Exact versions of everything that is installed: `make lock` writes this file.'; \
	  $(BIN)/pip freeze --exclude-editable ) > constraints.txt

clean:
	rm -rf $(VENV) .archlib .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V). Say: make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/workbook: $(BIN)/python pyproject.toml constraints.txt
	@echo "installing (once, about a minute) ..."
	$(BIN)/pip install -c constraints.txt -e .
	@touch $@

$(VENV)/dev: $(BIN)/python pyproject.toml constraints.txt
	@echo "installing with the tools for development (once, about a minute) ..."
	$(BIN)/pip install -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/workbook
