# Everything here sets itself up: a virtual environment in .venv, PostgreSQL and Node.js by apt when root.
# When it may not install something, it says which packages are missing and stops.

BIN := .venv/bin
NODE := tests/node

# $(call need,COMMAND,PACKAGES): install the Debian packages unless the command succeeds.
define need
@$(1) >/dev/null 2>&1 || { \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "Something is missing. Please install it, on Debian or Ubuntu with: sudo apt-get install $(2)" >&2; exit 1; fi; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $(2) >&2; }
endef

.PHONY: help demo test check bench golden clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: .venv/demo.stamp ## sync a fake Stripe into a throwaway PostgreSQL and query it
	$(BIN)/supasaasy demo

test: .venv/dev.stamp $(NODE)/node_modules ## run every test
	$(call need,chromium --version,chromium fonts-dejavu-core)
	$(BIN)/pytest

check: .venv/dev.stamp ## lint, formatting, types, and the types inside PL/pgSQL
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pytest -n 0 tests/test_plpgsql_check.py

bench: .venv/dev.stamp bench/node/node_modules .venv-bench/stamp ## measure, beside floors and peers; saves to bench/results
	$(BIN)/python -m bench

golden: .venv/dev.stamp ## regenerate the golden files and the references in docs
	$(BIN)/pytest -n 0 tests/test_golden.py tests/test_reference.py --update-golden

clean: ## remove everything that make has made
	rm -rf .venv .venv-bench $(NODE)/node_modules bench/node/node_modules bench/results .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist

.venv/%.stamp: pyproject.toml
	$(call need,python3 -c 'import ensurepip',python3 python3-venv)
	test -x $(BIN)/pip || python3 -m venv --clear .venv
	$(BIN)/pip install --quiet --editable '.[$*]'
	touch $@

%/node_modules: %/package-lock.json
	$(call need,npm --version,nodejs npm)
	npm ci --prefix $*
	touch $@

# dlt, a peer that is measured, with its many dependencies apart from ours.
.venv-bench/stamp: bench/requirements.txt
	$(call need,python3 -c 'import ensurepip',python3 python3-venv)
	python3 -m venv --clear .venv-bench
	.venv-bench/bin/pip install --quiet --requirement bench/requirements.txt
	touch $@
