# Everything a developer or a reviewer does here. `make` alone lists it.
# What a target needs it makes or installs itself: .venv from requirements/*.txt, node_modules from package-lock.json.

.DEFAULT_GOAL := help
.PHONY: help demo test test-deep check fix bench dev-services sync lock pictures package clean
MAKEFLAGS += --no-print-directory

help: ## list these targets
	@echo 'Dokodemo. make TARGET, with:'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' Makefile

demo: ## a city of 2,600 people on 127.0.0.1 (PORT=8000 KEEP=1 CHROMIUM=1); needs Python ≥ 3.11 with venv, nothing else
	@scripts/bootstrap.sh runtime
	@exec .venv/bin/dokodemo demo

test: ## everything deterministic, on both backends and in a real Chromium; installs what it needs (ARGS="-k lease")
	@scripts/suites.sh test

test-deep: ## the full counts of faults, fuzzing and soak, which take hours (PART=faults)
	@scripts/suites.sh deep

check: ## what is quick: ruff, mypy, tsc, the rules of the house, the domain's tests; at each save
	@scripts/suites.sh check

fix: ## let ruff put right what it can (import order, outdated syntax)
	@scripts/bootstrap.sh development
	@.venv/bin/python -m ruff check --fix .

bench: ## measure, print the table, write bench/results.json
	@scripts/bootstrap.sh development
	@exec .venv/bin/python -m bench $(ARGS)

dev-services: ## start a PostgreSQL and a redis-server on free loopback ports, print their URLs, stop both at Ctrl-C
	@scripts/bootstrap.sh development
	@exec .venv/bin/python -m tests.services

sync: ## copy extension/shared/ to its mirrors, write the documents that are tables of the code
	@scripts/bootstrap.sh development
	@.venv/bin/python scripts/sync.py
	@.venv/bin/python -m scripts.documents

lock: ## write requirements/*.txt anew from pyproject.toml with uv (UPGRADE=1 moves everything to its newest version)
	@scripts/lock.sh

pictures: ## take the pictures of README and docs from a running demo
	@scripts/bootstrap.sh development
	@.venv/bin/python scripts/pictures.py
	@.venv/bin/python -m scripts.popup_picture

package: ## build the wheel into dist/
	@scripts/bootstrap.sh development
	@.venv/bin/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist . && ls dist

clean: ## remove what the targets made: .venv, node_modules, caches
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis dist tests/artifacts
