# The two commands are `make demo` and `make test`; each does all of its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CAMERAS ?= 6980
SECONDS ?= 60
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test check bench fuzz clean help

help:
	@echo "make demo    bring up a simulated city and the service (CAMERAS=200 for a smaller one)"
	@echo "make test    install what the tests need and run all of them"
	@echo "make check   types, lint, import rules"
	@echo "make bench   every figure beside its goal (SECTIONS=look for one part, FULL=1 for the city)"
	@echo "make fuzz    bytes that no camera sends, for SECONDS=60 at each of ten parsers"

# Only wheels are installed: no compiler and no system package is needed.
$(VENV)/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "xueliang needs Python 3.11 or later; $(PYTHON) is older (set PYTHON=...)" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing Python packages into $(VENV)"
	@$(BIN)/python -m pip install --quiet --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@$(BIN)/python -m pip install --quiet -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.runtime
	@exec $(BIN)/python -m tests.fleet.demo --cameras $(CAMERAS)

test: $(VENV)/.dev
	@sh tests/install_system_packages.sh
	@exec $(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.dev
	@sh tests/install_system_packages.sh
	@exec $(BIN)/python -m benchmarks $(if $(FULL),--full) $(SECTIONS)

$(VENV)/.fuzz: $(VENV)/.dev requirements-fuzz.lock
	@$(BIN)/python -m pip install --quiet --only-binary :all: -r requirements-fuzz.lock
	@touch $@

fuzz: $(VENV)/.fuzz
	@exec $(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(TARGETS)

clean:
	rm -rf $(VENV) .cache .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
