# Everything runs in .venv, which is made on first use. Needs Python 3.11+, git and make only.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

CLICKHOUSE := tests/cluster/node_modules/@chdb/lib-linux-x64-gnu/libchdb.so

.PHONY: demo check test test-cluster proofs bench samples notebook format browser
demo: $(STAMP) ## run the main job: a real app under a real retry storm, ranked live
	$(BIN)/hotspan demo

check: $(STAMP) ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(STAMP) browser ## every test but the slow proofs
	$(BIN)/pytest -n auto -m "not slow and not cluster"

test-cluster: $(STAMP) $(CLICKHOUSE) ## the same answers from two real ClickHouse servers as from DuckDB
	$(BIN)/pytest -m cluster

proofs: $(STAMP) browser ## the slow proofs: hundreds of kills, real load
	$(BIN)/pytest -m "slow and not cluster"

bench: $(STAMP) ## ratios against the goals of benchmarks/README.md
	$(BIN)/python benchmarks/overhead.py
	$(BIN)/python benchmarks/startup.py

samples: $(STAMP) ## record sample_traces/ anew, from the exam app itself; takes 25 minutes
	$(BIN)/python -m hotspan_sample_traces.recording sample_traces

notebook: $(STAMP) browser ## run the notebook and keep what comes out, pictures included
	PLOTLY_RENDERER=plotly_mimetype+png $(BIN)/jupyter nbconvert --to notebook --execute --inplace analysis/notebooks/*.ipynb

format: $(STAMP) ## rewrite in house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

browser: ## Chromium, in which the tests open the dashboard: Debian's, where there is none yet
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && apt-get update --quiet \
	  && DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends chromium fonts-dejavu-core; } \
	  || { echo "the dashboard's tests need Chromium: install your system's package chromium, then try again"; exit 1; }

$(CLICKHOUSE): tests/cluster/package.json ## a ClickHouse server for the tests, 566 MB, Linux on x86-64
	@command -v npm >/dev/null || { test "$$(id -u)" = 0 && apt-get update --quiet \
	  && DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends npm; } \
	  || { echo "the tests on ClickHouse need npm: install your system's package npm, then try again"; exit 1; }
	npm install --prefix tests/cluster --no-audit --no-fund --no-package-lock --ignore-scripts
	touch $@

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "hotspan needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@
