# `make demo` and `make test` are the only commands that a fresh machine needs.
# Every path is relative, so that a checkout may lie in a folder with spaces.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.locked
# The peer of the mail benchmark, with packages of its own.
HELPDESK := .venv-helpdesk
# One more than processors: some tests wait for processes of theirs.
WORKERS ?= 2
# The longest first.
CHECKS := types imports sizes system migrations lint format

# The service is many processes, and its tests start hundreds: none compiles anew what one has.
export PYTHONDONTWRITEBYTECODE :=

# uv must use this folder whatever virtual environment the shell is in.
export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON_DOWNLOADS ?= never
UV := env -u VIRTUAL_ENV $(VENV)/bin/uv
UV_SYNC := $(UV) sync --frozen --inexact --quiet --python $(PY)

.PHONY: help setup demo test check checked $(CHECKS) pytest bench chaos fmt migrate openapi clean forget

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS=$$'\t' read -r name text; do \
		printf '  make %-10s %s\n' "$$name" "$$text"; done

setup: $(STAMP) ## .venv with the locked versions
	@true

$(PY):
	@found=; \
	for candidate in "$${PYTHON:-}" python3 python3.11 python3.12 python3.13 python3.14; do \
		if [ -n "$$candidate" ] && "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
		then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo 'Python 3.11 or newer is needed. Install it, or say where it is: make PYTHON=/path/to/python3 setup' >&2; exit 1; fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$found cannot make virtual environments: install its venv module (Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; fi; \
	rm -rf $(VENV); "$$found" -m venv $(VENV)

# The lock file names the public index. Where only a mirror is reachable, pip asks the configured
# index instead: same versions, same hashes.
$(STAMP): uv.lock pyproject.toml | $(PY)
	@echo 'Installing the locked packages (about 20 s the first time) ...'
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	@[ -x $(VENV)/bin/uv ] || $(PY) -m pip install --quiet --disable-pip-version-check uv
	@$(UV_SYNC) || { \
		echo 'The public index does not answer: trying the index that pip is configured for.' >&2; \
		$(UV) export --frozen --quiet --no-header --output-file $(VENV)/locked.txt; \
		$(PY) -m pip install --quiet --disable-pip-version-check --requirement $(VENV)/locked.txt; }
	@touch $(STAMP)

demo: setup ## the whole service with example data; Ctrl-C stops it
	@exec $(PY) manage.py demo

test: setup ## every check and every test
	@checked=0; $(MAKE) check || { checked=1; echo 'The tests run all the same.' >&2; }; \
	$(MAKE) pytest && exit $$checked

# Two at a time: each of them keeps one processor busy.
check: setup ## the checks without the tests
	@printf '%s\n' $(CHECKS) | xargs -P 2 -I{} $(MAKE) checked PART={} \
		|| { echo 'Some checks failed, see above.' >&2; exit 1; }

checked:
	@began=$$(date +%s%N); \
	if said=$$($(MAKE) $(PART) 2>&1); then word=ok; else word=FAILED; fi; \
	took=$$(( ($$(date +%s%N) - began) / 100000000 )); \
	[ $$word = ok ] || printf -- '--- %s\n%s\n' "$(PART)" "$$said"; \
	printf '%-12s %-8s %3d.%d s\n' "$(PART)" "$$word" $$((took / 10)) $$((took % 10)); \
	[ $$word = ok ]

lint: setup
	@$(VENV)/bin/ruff check --output-format concise .

format: setup
	@$(VENV)/bin/ruff format --check .

imports: setup
	@$(VENV)/bin/lint-imports

types: setup
	@$(VENV)/bin/mypy

# A part of the tests, but nobody wants to hear of one line too many a quarter of an hour later.
sizes: setup
	@$(PY) -m tests.sivo_support.file_sizes

# Without the database: its state is no concern of this check.
migrations: setup
	@$(PY) -W ignore manage.py makemigrations --check --dry-run

system: setup
	@$(PY) manage.py check --fail-level WARNING

pytest: setup
	@SIVO_LOCAL_FSYNC=0 $(VENV)/bin/pytest -n $(WORKERS)

$(HELPDESK)/.locked: tests/benchmarks/mail_peers/requirements.txt | $(STAMP)
	@rm -rf $(HELPDESK); $(PY) -m venv $(HELPDESK)
	@$(UV) pip install --quiet --python $(HELPDESK)/bin/python --requirement $< 2>/dev/null || \
		$(HELPDESK)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

bench: setup ## the benchmarks, one after the other
	@$(UV_SYNC) --group bench 2>/dev/null || { \
		$(UV) export --frozen --quiet --no-header --group bench --output-file $(VENV)/locked-bench.txt; \
		$(PY) -m pip install --quiet --disable-pip-version-check --requirement $(VENV)/locked-bench.txt; }
	@$(MAKE) $(HELPDESK)/.locked || echo 'django-helpdesk could not be installed: the mail benchmark runs without it.' >&2
	@failed=; \
	for file in tests/benchmarks/*.py; do \
		name=$$(basename "$$file" .py); \
		case "$$name" in __init__|*_peers) ;; \
			*) echo "=== $$name"; $(PY) -m "tests.benchmarks.$$name" || failed="$$failed $$name" ;; esac; \
	done; \
	if [ -n "$$failed" ]; then echo "not as aimed at:$$failed" >&2; exit 1; fi

# Of their examples the ordinary run does a part.
SEEDED := tests/api/test_any_call.py \
	$(addprefix tests/journeys/test_,bad_input.py concurrency.py mail_shapes.py tools_order.py) \
	$(addprefix tests/sla/test_,business_hours_oracle.py clock_properties.py \
		escalation_properties.py order.py) \
	$(addprefix tests/tickets/test_,email_fuzz.py email_limits.py email_round_trip.py \
		fetch_mail_crashes.py severity.py standard_fuzz.py) \
	tests/tickets/tools/test_tool_fuzz.py

chaos: setup ## the long crash tests, and all examples of the seeded tests
	@SIVO_CHAOS=1 $(VENV)/bin/pytest tests/journeys -m processes -p no:randomly
	@SIVO_CHAOS=1 $(VENV)/bin/pytest $(SEEDED) -p no:randomly

fmt: setup ## formats the code and sorts the imports
	@$(VENV)/bin/ruff check --fix --quiet . || true
	@$(VENV)/bin/ruff format .

migrate: setup ## brings the database up to date
	@$(PY) manage.py migrate

openapi: setup ## describes the API anew: sivo_support/docs/openapi.json
	@$(PY) manage.py spectacular --format openapi-json --validate --fail-on-warn --file sivo_support/docs/openapi.json

clean: ## removes caches and .venv, keeps the data
	@rm -rf $(VENV) $(HELPDESK) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

forget: setup ## removes the embedded servers' data of this checkout
	@$(PY) -m sivo_support.local_stack forget
