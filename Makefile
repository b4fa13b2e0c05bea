# ipviz: what people type. Each target sets up what it needs; a second call is quick.
SHELL := /bin/sh
VENV ?= .venv
PYTHON := $(VENV)/bin/python
SETUP := $(VENV)/.installed
# What `manage.py check --deploy` is asked about: a site as one would run it.
DEPLOYED := SECRET_KEY=only-for-the-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ \
	IPVIZ_BASE_URL=https://ipviz.example.org IPVIZ_DATA_DIR=.cache/check LOG_LEVEL=WARNING

# What the database decides; the rest of the suite is the same on either.
STORED := $(addprefix tests/,accounts alerts api audit backup clusters findings inventory ops planning polling web \
	$(addprefix story/test_,main_job.py mail.py restore.py many_mailers.py killed_worker.py killed_work.py "mail_faults.py::test_each_mail_arrives_in_order_and_twice_only_where_its_answer_was_lost[0]" two_hundred.py::test_one_round_with_two_workers))

.DEFAULT_GOAL := help
.PHONY: help setup run test test-postgres fuzz drill check audit docs fmt e2e bench

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(SETUP) ## make .venv with the pinned dependencies

run: $(SETUP) ## start ipviz on http://127.0.0.1:8000 (PORT=9000 changes it); Ctrl-C ends it
	@exec $(PYTHON) manage.py up

test: $(SETUP) ## run the whole suite (ARGS="-k name" for a part)
	$(PYTHON) -m pytest $(ARGS)

test-postgres: $(SETUP) ## run what touches the database again, on a PostgreSQL of its own
	$(PYTHON) -m tests.postgres $(PYTHON) -m pytest -m 'not browser' $(STORED) $(ARGS)

fuzz: $(SETUP) ## ask the whole API at random, each time otherwise (FUZZ=questions for each path and person)
	FUZZ=$(or $(FUZZ),200) $(PYTHON) -m pytest -n auto tests/api/test_fuzz.py $(ARGS)

drill: $(SETUP) ## tell with figures how all fares where clusters, workers, servers, disks and clocks fail
	$(PYTHON) -m drills
	DRILL=1 $(PYTHON) -m pytest -s -p no:randomly tests/story/test_two_hundred.py \
		tests/story/test_killed_worker.py tests/story/test_mail_faults.py

check: $(SETUP) audit docs ## format, lint, types, floors, image, deployment, migrations, dependencies, documentation
	$(VENV)/bin/ruff format --check --output-format concise .
	$(VENV)/bin/ruff check .
	find templates -type f -name '*.html' -exec $(VENV)/bin/djade --target-version 5.2 --check {} +
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --cache-dir .cache/import_linter
	$(VENV)/bin/hadolint Dockerfile
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(DEPLOYED) $(PYTHON) manage.py check --deploy --fail-level WARNING
	$(DEPLOYED) $(PYTHON) manage.py makemigrations --check --dry-run

audit: $(SETUP) ## known faults and licences of what is depended on
	$(PYTHON) .ci/audit.py

docs: $(SETUP) ## build the documentation as a site in .cache/site; a dead link is a failure
	$(VENV)/bin/zensical build --strict

fmt: $(SETUP) ## format the code and the templates
	$(VENV)/bin/ruff check --fix-only --quiet .
	$(VENV)/bin/ruff format .
	find templates -type f -name '*.html' -exec $(VENV)/bin/djade --target-version 5.2 {} +

e2e: $(SETUP) ## run only what drives a real browser
	$(PYTHON) -m pytest -m browser $(ARGS)

bench: $(SETUP) ## print the measures
	$(PYTHON) -m benchmarks

FITS := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))

# A Python that fits is searched only where .venv has none.
$(SETUP): requirements.txt requirements-dev.txt
	@if ! $(PYTHON) -c '$(FITS)' 2>/dev/null; then \
		for name in python3.13 python3.12 python3.11 python3; do \
			if $$name -c '$(FITS)' 2>/dev/null; then found=$$name; break; fi; \
		done; \
		if [ -z "$$found" ]; then \
			echo "ipviz needs Python 3.11, 3.12 or 3.13, and none is on the PATH" \
				"(python3 is: $$(python3 --version 2>&1 || echo missing))." >&2; exit 1; \
		fi; \
		echo "Making $(VENV) with $$($$found --version): a minute or two, once."; \
		$$found -m venv --clear $(VENV); \
	fi
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
