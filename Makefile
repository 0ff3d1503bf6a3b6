# Two commands do everything from nothing: `make demo` and `make test`.
# They need Python 3.11 or newer (with pip), make, and the package index; no root.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv --quiet pip
# Most tests wait for a process or a socket most of the time, so that two cores serve four workers.
WORKERS ?= 4
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export VIRTUAL_ENV := $(abspath $(VENV))
# Hundreds of short processes would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check format lint types contracts docs browser sbom audit licences release prove bench lock clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.installed ## see it work: sandbox, report, DuckDB; no account
	@$(BIN)/dmr demo

# Files with long tests stand first in the alphabet: in its order nobody is left with one of them at the end.
test: $(VENV)/.developed ## run the test suite; with DMR_TEST_THOROUGH=1 all of it
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: lint types contracts docs test ## everything that must be green: format, lint, types, contracts, tests, docs

format: $(VENV)/.developed ## put the code into shape
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

lint: $(VENV)/.developed ## format and lint, changing nothing
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(VENV)/.developed ## mypy, strict
	@$(BIN)/mypy

contracts: $(VENV)/.developed ## which room may import which
	@$(BIN)/lint-imports

docs: $(VENV)/.documented ## build the site of the documentation into site/; a link that leads nowhere fails
	@$(BIN)/python tools/build_site.py
	@echo "The site is in site/: open site/index.html, from the disk too."

browser: $(VENV)/.browsed ## look at the site through a Chromium of the system
	@$(BIN)/python -m pytest -q tests/examples/test_site_in_a_browser.py

sbom: $(VENV)/.released ## write the bill of materials of this version (CycloneDX) into dist/
	@$(BIN)/python tools/write_sbom.py

audit: $(VENV)/.released ## ask whether anything that is locked is known to be vulnerable; 2 where nobody can be asked
	@$(BIN)/python tools/audit.py $(AUDIT)

licences: $(VENV)/.developed ## list the licences of all that is installed with us; one that is not allowed fails
	@$(BIN)/python tools/write_licences.py

release: $(VENV)/.released ## build wheel, sdist and bill of materials into dist/, the same bytes from the same sources
	@rm -rf dist
	@SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} $(BIN)/python -m build --no-isolation
	@SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} $(BIN)/python tools/write_sbom.py

prove: export DMR_TEST_FUZZ ?= 20000
prove: export DMR_TEST_SIM ?= 100000
prove: export DMR_TEST_QUESTIONS ?= 20000
prove: export DMR_TEST_KILLS ?= 3000
prove: export DMR_TEST_ERRNOS ?= 2000
prove: export DMR_TEST_CUTS ?= 2000
prove: export DMR_TEST_CSV ?= 200000
prove: export DMR_TEST_SPARK ?= 1
prove: export DMR_TEST_AIRFLOW ?= $(abspath $(VENV)-airflow/bin/python)
prove: export DMR_TEST_PREFECT ?= $(abspath $(VENV)-prefect/bin/python)
prove: export DMR_TEST_DAGSTER ?= $(abspath $(VENV)-dagster/bin/python)
prove: $(VENV)/.sparked $(VENV)-airflow/.installed $(VENV)-prefect/.installed $(VENV)-dagster/.installed ## the long proofs, by hand: they print their seeds; docs/explanation/proof.md keeps the last figures
	@$(BIN)/python -m pytest -q -s tests/faults/test_fuzz.py tests/unit/wire/test_round_trips.py tests/unit/tables/test_allocation.py
	@$(BIN)/python -m pytest -q -s tests/unit/tables/test_csv_fuzz.py
	@$(BIN)/python -m pytest -q -s tests/simulation
	@command -v java > /dev/null || echo "NOT PROVED: Spark wants Java, 17 or newer (apt-get install default-jre-headless)." >&2
	@$(BIN)/python -m pytest -q -s tests/questions
	@$(BIN)/python -m pytest -q -s tests/faults/test_killed_runs.py tests/faults/test_errnos.py
	@$(BIN)/python -m pytest -q -s tests/faults/test_power_cuts.py tests/faults/test_power_cuts_of_runs.py
	@$(BIN)/python -m pytest -q -s tests/examples/test_orchestrators.py
	@$(BIN)/python benchmarks/world.py

bench: $(VENV)/.developed ## speed, as ratios within one run
	@$(BIN)/python benchmarks/startup.py
	@$(BIN)/python -m benchmarks.download
	@$(BIN)/python benchmarks/sandbox.py
	@$(BIN)/python benchmarks/scheduling.py
	@$(BIN)/python -m benchmarks.accounts
	@$(BIN)/python benchmarks/planning.py
	@$(BIN)/python benchmarks/recombining.py
	@$(BIN)/python benchmarks/reading.py
	@$(BIN)/python benchmarks/loading.py
	@$(BIN)/python -m benchmarks.loading_postgres
	@$(BIN)/python -m benchmarks.loading_dlt
	@$(BIN)/python -m benchmarks.overlapping
	@$(BIN)/python -m benchmarks.guide

lock: $(VENV)/.uv ## compile the requirements anew, with hashes and without addresses
	@cd requirements && for name in bootstrap; do \
	  ../$(UV) compile $(LOCK) $$name.in -o $$name.txt; done
	@$(UV) compile $(LOCK) pyproject.toml -o requirements/base.txt
	@$(UV) compile $(LOCK) pyproject.toml requirements/dev.in -c requirements/base.txt -o requirements/dev.txt
	@$(UV) compile $(LOCK) requirements/spark.in -o requirements/spark.txt
	@for name in docs release browser; do \
	  $(UV) compile $(LOCK) requirements/$$name.in -c requirements/dev.txt -o requirements/$$name.txt; done
	@$(UV) compile $(LOCK) pyproject.toml --extra airflow -o requirements/airflow.txt
	@$(UV) compile $(LOCK) pyproject.toml requirements/prefect.in -o requirements/prefect.txt
	@$(UV) compile $(LOCK) pyproject.toml requirements/dagster.in -o requirements/dagster.txt

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade

clean: ## remove what the two commands made
	@rm -rf $(VENV) $(VENV)-airflow $(VENV)-prefect $(VENV)-dagster dmr-demo dist site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

$(VENV)/.uv: requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "Making $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --quiet install --require-hashes -r requirements/bootstrap.txt
	@touch $@

$(VENV)/.installed: $(VENV)/.uv requirements/base.txt pyproject.toml
	@echo "Installing ..."
	@$(UV) install --require-hashes -r requirements/base.txt
	@$(UV) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.developed: $(VENV)/.installed requirements/dev.txt
	@echo "Installing what tests and checks want ..."
	@$(UV) install --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.sparked: $(VENV)/.developed requirements/spark.txt
	@echo "Installing Spark ..."
	@$(UV) install --require-hashes -r requirements/spark.txt
	@touch $@

$(VENV)/.documented: $(VENV)/.developed requirements/docs.txt
	@echo "Installing what builds the site ..."
	@$(UV) install --require-hashes -r requirements/docs.txt
	@touch $@

$(VENV)/.released: $(VENV)/.developed requirements/release.txt
	@echo "Installing what lists and audits the parts of a release ..."
	@$(UV) install --require-hashes -r requirements/release.txt
	@touch $@

$(VENV)/.browsed: $(VENV)/.documented requirements/browser.txt
	@echo "Installing what drives a browser ..."
	@$(UV) install --require-hashes -r requirements/browser.txt
	@touch $@

# Orchestrators want versions of their own of much that the tests use, so that each has an environment of its own.
$(VENV)-%/.installed: requirements/%.txt $(VENV)/.uv pyproject.toml
	@echo "Installing $* ..."
	@test -x $(VENV)-$*/bin/python || $(PYTHON) -m venv $(VENV)-$*
	@VIRTUAL_ENV=$(abspath $(VENV)-$*) $(UV) install --require-hashes -r requirements/bootstrap.txt
	@VIRTUAL_ENV=$(abspath $(VENV)-$*) $(UV) install --require-hashes -r $<
	@VIRTUAL_ENV=$(abspath $(VENV)-$*) $(UV) install --no-deps --no-build-isolation -e .
	@touch $@
