# Every verb has a sentence; `make` alone prints them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
RUN := $(VENV)/bin/python
# Tests mostly wait for processes, so one more than the cores of a small machine.
TESTS_AT_ONCE ?= 3
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help setup run link test check sbom format bench soak faults shots pictures contract backup restore reset lock

help: ## Print every verb with a sentence.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup: $(VENV)/.runtime ## Set up the environment in .venv, and nothing else.

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it (Debian: apt-get install python3 python3-venv)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing: install it (Debian: apt-get install python3-venv)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock | $(VENV)/bin/python
	@echo "installing what the system needs (once)"
	@$(RUN) -m pip install --quiet --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(VENV)/bin/python
	@echo "installing what the tests need (once)"
	@$(RUN) -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@ $(VENV)/.runtime

run: $(VENV)/.runtime ## Start everything with a simulated district; Ctrl-C stops it.
	@exec $(RUN) -m local

link: $(VENV)/.runtime ## Print another one-time sign-in link for the administrator.
	@$(RUN) -m dashboard account link admin

test: $(VENV)/.dev ## Run all tests; what a test needs and this machine lacks is said at the end.
	@$(RUN) -m pytest -n $(TESTS_AT_ONCE) --dist loadfile --no-loadscope-reorder -rs

check: $(VENV)/.dev ## Check format, lint, types and architecture, in under a minute.
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy
	@$(RUN) -m pytest -q tests/test_architecture.py

format: $(VENV)/.dev ## Format the code.
	@$(RUN) -m ruff format .
	@$(RUN) -m ruff check --fix .

bench: $(VENV)/.dev ## Measure rates and latencies beside their limits; takes some minutes.
	@$(RUN) -m bench

soak: $(VENV)/.dev ## Run the whole system at a high rate for MINUTES (30) beside a browser, and say what grows.
	@$(RUN) -m bench.soak --minutes $(or $(MINUTES),30)

faults: $(VENV)/.dev ## Kill, cut and fill what the system stands on, many times, and count what is lost.
	@$(RUN) -m tests.ingest.campaign

shots: $(VENV)/.dev ## Photograph every page into var/shots; of a running system with LINK=its sign-in link.
	@$(RUN) -m tests.browser.shots var/shots $(if $(LINK),--link $(LINK))

pictures: $(VENV)/.dev ## Photograph the running system (LINK=its sign-in link) for the README.
	@$(RUN) -m tests.browser.shots docs/pictures --readme $(if $(LINK),--link $(LINK))

contract: $(VENV)/.dev ## Write docs/contract.md and the JSON Schemas anew from the code.
	@$(RUN) -m contract.documents

backup: $(VENV)/.runtime ## Write the whole database into one file in backups/ (TO= another folder), while everything runs.
	@$(RUN) -m ingest backup $(or $(TO),backups)

restore: $(VENV)/.runtime ## Make the database from a backup (FROM=file); stop worker, clock and web before.
	@test -n "$(FROM)" || { echo "say which: make restore FROM=backups/FILE"; exit 2; }
	@$(RUN) -m ingest restore $(FROM)

reset: ## Throw the data of `make run` away.
	@rm -rf var

sbom: $(VENV)/.dev ## Write what the product is made of into var/sbom.json (CycloneDX).
	@mkdir -p var
	@$(RUN) -m cyclonedx_py requirements --output-reproducible --of JSON -o var/sbom.json requirements.lock
	@echo "var/sbom.json"

lock: $(VENV)/.dev ## Resolve the dependencies anew; needs pip-tools.
	@$(RUN) -m piptools compile -q --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --no-header --no-annotate --allow-unsafe -o requirements.lock pyproject.toml
	@$(RUN) -m piptools compile -q --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --no-header --no-annotate --allow-unsafe --extra=dev -o requirements-dev.lock pyproject.toml
