# Everything a person does here; each target is one line that calls a tool. `make` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
# Where it is set, each of the many processes compiles anew all that it imports.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help install demo serve test check contract examples documents bench lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

# --without-pip: Debian ships venv without ensurepip; the pip that is there installs into it.
$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, e.g. make PYTHON=python3.12")'
	$(PYTHON) -m venv --clear --without-pip $(VENV)
	$(PYTHON) -m pip --quiet --python $(BIN)/python install --require-hashes --requirement requirements.lock
	$(PYTHON) -m pip --quiet --python $(BIN)/python install --no-deps --no-build-isolation --editable .
	touch $@

install: $(VENV)/.installed ## make the environment from the lock file

demo: install ## play a whole school, from koppeling to first license used
	$(BIN)/koppeling demo

serve: install ## start everything and stay up until Ctrl-C
	$(BIN)/koppeling serve

test: install ## the whole test suite, on embedded Postgres and Redis
	$(BIN)/python -m pytest -n logical --no-loadscope-reorder $(ARGS)

check: install ## lint, format, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

contract: install ## every sandbox answer against Somtoday's own description (SPEC=<file>)
	$(BIN)/python -m tests.contract.check_sandbox $(or $(SPEC),$(error name the file: make contract SPEC=<openapi.json>))

examples: install ## run every shell block of docs/api.md and docs/connector.md (needs curl)
	$(BIN)/python -m tests.contract.check_examples

documents: install ## write anew what docs/ says of the code: OpenAPI, errors, settings
	$(BIN)/koppeling documents --write

bench: install ## NAME=<name> [JSON=<file>]: measure, as ratios to a limit of the same run
	$(BIN)/python -m benchmarks $(or $(NAME),$(error name one: make bench NAME=journey)) $(if $(JSON),--json $(JSON))

lock: ## resolve the lock file anew (needs uv); it names no host
	uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate pyproject.toml --output-file requirements.lock

clean: ## throw the environment away
	rm -rf $(VENV)
