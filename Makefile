# Every target sets up what is missing first; what is there is left alone. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
export FLASK_APP := wsgi

FLASK := .venv/bin/flask
WORKERS ?= 3
ARGS ?=
KILLS ?= 200

.PHONY: help setup setup-test run demo test coverage check crashes docs screens fresh bench trace lock

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

setup: ## install what `make run` needs; nothing when all is there
	@tools/setup.sh run

setup-test:
	@tools/setup.sh test

run: setup ## serve the demo on http://127.0.0.1:8000 (another port: make run PORT=8001)
	@exec $(FLASK) demo serve $(if $(PORT),--port $(PORT))

demo: setup ## one procedure from application to verified PDF, without a browser
	@exec $(FLASK) demo story

test: setup-test ## every test (a part: make test ARGS="tests/feel -k dates")
	.venv/bin/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

coverage: setup-test ## every test with branch coverage measured
	.venv/bin/coverage erase
	.venv/bin/coverage run -m pytest $(ARGS)
	.venv/bin/coverage combine --quiet
	.venv/bin/coverage report

check: setup-test ## style, types, import contracts, process files, generated docs, migrations, statutory numbers
	@tools/check.sh

docs: setup-test ## write one page per procedure from its files
	$(FLASK) docs

crashes: setup-test ## kill servers and workers 200 times on each database, check every table
	.venv/bin/python -m tests.faults.crashes --kills $(KILLS) --database sqlite
	.venv/bin/python -m tests.faults.crashes --kills $(KILLS) --database postgresql

screens: setup-test ## every page and document as PNG under instance/screens/
	.venv/bin/python -m tools.screens

fresh: ## prove `make run` and `make test` on a minimal Debian, as root and as an ordinary user
	@tools/fresh.sh

bench: setup-test ## measure performance
	.venv/bin/python -m bench $(ARGS)

trace: setup-test ## requirement -> tests, and what is untraced
	$(FLASK) trace

lock: setup ## pin every version anew after a change in pyproject.toml
	@tools/lock.sh
