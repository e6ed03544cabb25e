# TensorFlow has no release for 3.14 yet. Each candidate is run, as a pyenv shim exists without its Python.
PYTHON := $(shell for p in python3.11 python3; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo "$$p" && break; done)
BIN := .venv/bin

# Into an environment of its own: what the list says that a rule depends on.
define install
@test -n "$(PYTHON)" || { echo 'Python 3.11 is missing: install it, or name one: make PYTHON=/path/to/python3.11' >&2; exit 1; }
$(PYTHON) -m venv $(1)
$(1)/bin/python -m pip install --disable-pip-version-check -r $<
endef

.PHONY: app test test-jax test-distributed test-workers check bench torture docs lock audit chromium postgresql java screenshots example

app: .venv/requirements.stamp
	$(BIN)/streamlit run app.py

# A file of tests stays in one process, as what its tests share is made there; a third would find no
# memory for its TensorFlow on a small machine.
PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder

test: chromium postgresql check docs test-jax
	$(BIN)/python -m pytest $(PARALLEL) -m "not crew"

# What does not depend on the backend, on the other one.
test-jax: .venv/requirements-dev.stamp
	KERAS_BACKEND=jax $(BIN)/python -m pytest $(PARALLEL) tests/model tests/training

# On a real Spark cluster, and on workers, of this machine's own processes.
test-distributed: java .venv-spark/requirements-spark.stamp
	.venv-spark/bin/python -m pytest tests/distributed

# Those of them that need no Spark: several workers train one model.
test-workers: .venv/requirements-dev.stamp
	$(BIN)/python -m pytest tests/distributed/workers

check: .venv/requirements-dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

screenshots: chromium .venv/requirements-dev.stamp
	$(BIN)/python docs/screenshots.py

# The finished run that comes with the project.
example: .venv/requirements-dev.stamp
	$(BIN)/python docs/example.py

# Faults, a crowd and hostile input, for up to 20 minutes.
torture: .venv/requirements-dev.stamp
	$(BIN)/python -m tests.torture

bench: .venv-bench/requirements-bench.stamp
	.venv-bench/bin/python benchmarks/training.py
	.venv-bench/bin/python benchmarks/training.py --dim 8 --units 64 32 --ids 100000

# The documentation as pages, into site/. Warnings, such as a link that leads nowhere, are errors.
docs: .venv-docs/requirements-docs.stamp
	.venv-docs/bin/mkdocs build --strict

# What a server installs: pip install --require-hashes -r requirements.lock
lock: .venv-audit/requirements-audit.stamp
	.venv-audit/bin/uv pip compile requirements.txt --quiet --upgrade --generate-hashes --python-version 3.11 \
		--python-platform x86_64-unknown-linux-gnu --no-emit-index-url --custom-compile-command 'make lock' -o requirements.lock

# Fails also where no source knows a package, as then nothing was found out.
audit: .venv-audit/requirements-audit.stamp
	.venv-audit/bin/bandit --quiet --recursive --configfile pyproject.toml app.py pages deepfm examples
	.venv-audit/bin/pip-audit --strict --disable-pip --requirement requirements.lock

chromium: .venv/requirements-dev.stamp
	sh tests/browser/install_chromium.sh
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps -r tests/browser/axe.txt

postgresql:
	sh tests/log/source/install_postgresql.sh

java:
	sh tests/distributed/install_java.sh

# The stamp is newer than the lists only after an installation that succeeded. Every list includes requirements.txt.
.venv/%.stamp: %.txt requirements.txt
	$(call install,.venv)
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --editable .
	touch $@

# Apart from the rest: the peers are large, and only the benchmarks need them.
.venv-bench/%.stamp: %.txt requirements.txt
	$(call install,.venv-bench)
	touch $@

# Apart from the rest: PySpark is large, and only a cluster needs it.
.venv-spark/%.stamp: %.txt requirements-dev.txt requirements.txt
	$(call install,.venv-spark)
	touch $@

# Apart from the rest: the pages are made from the text of the code, which needs nothing of it installed.
.venv-docs/%.stamp: %.txt
	$(call install,.venv-docs)
	touch $@

# Apart from the rest: they look at it from outside.
.venv-audit/%.stamp: %.txt
	$(call install,.venv-audit)
	touch $@
