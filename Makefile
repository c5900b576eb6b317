# make run: the dashboard. make test: every test. make results: the tables of docs/representation.md, from the digits in
# data/ or $WVAE_DATA, in minutes. make layouts: those of the latent map that ship with the checkpoints, from the same
# digits, for every checkpoint that has been trained anew. make torture: ten times the hostile inputs of the tests, five
# times their kills at random instants, and 20 sessions in a real browser for five minutes. make bench: the tables of
# docs/performance.md, each also a file in runs/bench/, from the same digits, in 20 minutes. Each sets up .venv first.
# Bytecode is left to Python, which compiles what is really imported: torch has far more than that. It must then be
# kept, whatever the environment says: without it each process compiles torch anew, which takes seconds.
PYTHON ?= python3
export PYTHONDONTWRITEBYTECODE =

run: .venv/run-installed
	.venv/bin/streamlit run dashboard.py

test: .venv/test-installed
	.venv/bin/pytest -n 3 --dist worksteal -m "not alone"
	.venv/bin/pytest -m alone

torture: .venv/test-installed
	WVAE_FUZZED=2000 WVAE_KILLS=100 .venv/bin/pytest -rP -n 2 --dist worksteal --durations 10 tests/test_hostile_inputs.py tests/test_kills.py
	PYTHONPATH=. .venv/bin/python benchmarks/sessions.py 300

bench: .venv/test-installed
	PYTHONPATH=. .venv/bin/python benchmarks/training.py
	PYTHONPATH=. .venv/bin/python benchmarks/measuring.py
	PYTHONPATH=. .venv/bin/python benchmarks/growth.py
	PYTHONPATH=. .venv/bin/python benchmarks/dashboard.py

results: .venv/run-installed
	PYTHONPATH=. .venv/bin/python docs/representation.py

layouts: .venv/run-installed
	PYTHONPATH=. .venv/bin/python docs/layouts.py

.venv:
	$(PYTHON) -m venv .venv

.venv/run-installed: requirements.txt | .venv
	.venv/bin/pip install -q --no-compile -r requirements.txt
	touch $@

.venv/test-installed: requirements-dev.txt requirements.txt | .venv
	.venv/bin/pip install -q --no-compile -r requirements-dev.txt
	touch $@ .venv/run-installed

.PHONY: run test torture bench results layouts
