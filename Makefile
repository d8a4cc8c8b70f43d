# `make run` serves the portal with demo data; `make test` runs every check and test. `make help` lists the rest.
# Needs python3 (3.11 or newer) and nothing else. Paths are relative, so the project may lie under any name.

PYTHON ?= python3
VENV := .venv/bin
BOOTSTRAP = command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: no $(PYTHON) was found." >&2; exit 1; }; $(PYTHON) tools/bootstrap.py
PYTEST = $(VENV)/python -m pytest --quiet --numprocesses=logical --maxprocesses=4
PORT ?= 8000
export PORT

.DEFAULT_GOAL := help
.PHONY: help run test chaos hostile check setup setup-dev browser benchmarks manage format

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: setup  ## Serve the portal with demo data on 127.0.0.1 (PORT=8000)
	@exec $(VENV)/python tools/serve.py

test: setup-dev browser check  ## Check everything, then run every test; the engine's must reach every branch
	@$(PYTEST) tests/criteria --cov=criteria --cov-branch --cov-fail-under=100
	@$(PYTEST) --ignore=tests/criteria

chaos: setup-dev  ## Kill, drop, fill and race as often as it takes to believe it, and print counts
	@CHAOS=long $(VENV)/python -m pytest --quiet tests/chaos

hostile: setup-dev  ## Send ten thousand generated requests that nobody's browser would send, and print the answers
	@HOSTILE_REQUESTS=10000 $(PYTEST) tests/hostile/test_generated_requests.py -rP --show-capture=stdout

check: setup-dev  ## Lint, formatting, types, imports between rooms, templates, migrations, policies
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy --strict criteria
	$(VENV)/mypy pa_portal tools
	$(VENV)/lint-imports
	$(VENV)/djlint --check --lint templates
	$(VENV)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(VENV)/python manage.py policy check

setup:  ## Make .venv and install what the portal runs on
	@$(BOOTSTRAP) requirements.txt

setup-dev:  ## Make .venv and install what checks and tests need too
	@$(BOOTSTRAP) requirements-dev.txt

browser: setup-dev  ## Find a Chromium for the tests, or install one
	@$(VENV)/python -m tools.browser >/dev/null

benchmarks: setup-dev  ## Measure, as ratios taken in one run
	@set -e; for file in benchmarks/[a-z]*.py; do name=$${file#benchmarks/}; $(VENV)/python -m "benchmarks.$${name%.py}"; done

manage: setup  ## Run a management command with a database: make manage ARGS="shell"
	@exec $(VENV)/python tools/with_database.py manage.py $(ARGS)

format: setup-dev  ## Put code and templates in their standard form
	$(VENV)/ruff check --fix --select I .
	$(VENV)/ruff format .
	-$(VENV)/djlint --reformat --quiet templates
