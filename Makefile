# One line each: what a newcomer, CI and a release need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test nightly lint bench install debian clean

run: install  ## start everything on http://127.0.0.1:8080, data in ./var
	@exec $(BIN)/lead-intake up --data var $(ARGS)

install: $(VENV)/.done  ## the environment in .venv

# -qq: warnings about this machine's own pip settings are no news of ours; errors are shown
$(VENV)/.done: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "python3-venv is missing; installing it"; apt-get update -qq && apt-get install -y -qq python3-venv; }
	@echo "setting up $(VENV), this takes a minute the first time"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.done requirements-dev.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@touch $@

debian:  ## the servers the tests talk to, where we may install them
	@sh tests/install-servers.sh

test: $(VENV)/.dev debian  ## the suite, real servers included
	@$(BIN)/python -m pytest -n 2 $(ARGS)

nightly: $(VENV)/.dev debian  ## the long rows of the fault matrix too
	@$(BIN)/python -m pytest -m "nightly or not nightly" $(ARGS)

lint: $(VENV)/.dev  ## ruff, mypy strict, the floors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: $(VENV)/.dev debian  ## the figures of docs/performance.md
	@$(BIN)/python -m bench $(ARGS)

clean:
	rm -rf $(VENV) var build *.egg-info .mypy_cache .ruff_cache
