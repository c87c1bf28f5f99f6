# Every command starts from nothing: it needs Python 3.11 or later, make, and a network for pip.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HTML := _build/html

.DEFAULT_GOAL := help
.PHONY: help book test lab lint bench lock clean

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST)

$(BIN)/.installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version.split()[0] + ". Choose one: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

book: $(BIN)/.installed ## execute the chapters and build the HTML book
	$(BIN)/jupyter-book build . --warningiserror --nitpick --keep-going
	@echo "The book: $(CURDIR)/$(HTML)/index.html"

test: book lint ## run every test, on the built book too
	$(BIN)/python -m pytest

lab: $(BIN)/.installed ## open the chapters in JupyterLab
	$(BIN)/jupyter lab book

lint: $(BIN)/.installed ## check style and types (needs Node for those of the JavaScript)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	npx --yes --package typescript@5.9.3 tsc --project lenet/widgets/jsconfig.json

bench: $(BIN)/.installed ## measure what the budgets speak of
	$(BIN)/python -m benchmarks

lock: $(BIN)/.installed ## renew the pins from pyproject.toml
	echo '-e .[book,develop]' | $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--custom-compile-command 'make lock' --output-file requirements.txt -

clean: ## remove all that was built or installed
	rm -rf $(VENV) _build .mypy_cache .pytest_cache .ruff_cache .hypothesis
