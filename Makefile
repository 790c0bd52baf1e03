# What a person does with this project; `make` alone lists it.

PYTHON ?= python3
IN_ENVIRONMENT := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run backup restore test bench bench-data check format lock screenshots environment test-environment

help: ## List these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: environment ## Start everything at http://127.0.0.1:8000, or at PORT and HOST; Ctrl-C stops it
	@exec $(IN_ENVIRONMENT) -m config.run

backup: environment ## Write the database to a new file in var/backups, or to FILE
	@exec $(IN_ENVIRONMENT) manage.py backup $(if $(FILE),"$(FILE)")

restore: environment ## Put the backup FILE back; OVERWRITE=yes where the database holds something
	@test -n "$(FILE)" || { echo "Name the backup, as in: make restore FILE=var/backups/NAME.dump" >&2; exit 2; }
	@exec $(IN_ENVIRONMENT) manage.py restore "$(FILE)" $(if $(filter yes,$(OVERWRITE)),--overwrite)

test: test-environment ## Run all tests; choose some with ARGS="tests/frame -k worker"
	@$(IN_ENVIRONMENT) -m tests.chromium
	@$(IN_ENVIRONMENT) -m pytest $(ARGS)

bench: test-environment ## Measure and write docs/performance.md; ARGS=tests/benchmarks/desks.py for one file, without writing
	@$(IN_ENVIRONMENT) -m tests.benchmarks $(ARGS)

bench-data: test-environment ## Make a chain of SIZE ledger rows in var/bench; serve it by REGULARS_VAR=var/bench make run
	@$(IN_ENVIRONMENT) -m tests.benchmarks.chain $(or $(SIZE),1000000)

check: test-environment ## Run the linters, the type checker and the checks of layers and templates
	@$(IN_ENVIRONMENT) .ci/check.py

format: test-environment ## Format the code and the templates
	@$(IN_ENVIRONMENT) .ci/check.py --format

lock: test-environment ## Pin the newest dependencies that pyproject.toml allows
	@$(IN_ENVIRONMENT) .ci/lock.py

screenshots: test-environment ## Take the pictures of the README from a fresh demo chain
	@$(IN_ENVIRONMENT) -m tests.chromium
	@$(IN_ENVIRONMENT) -m tests.screenshots $(ARGS)

environment:
	@$(PYTHON) config/environment.py run

test-environment:
	@$(PYTHON) config/environment.py test
