# Two commands set everything up on a fresh Debian 12: `make demo` and `make test`.
# Both say what they install before they install it.

SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
PY := $(VENV)/bin/python
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
export DEBIAN_FRONTEND := noninteractive

DEMO_TOOLS := python3-venv ffmpeg bubblewrap openssh-server mpv fonts-noto-core
# libatomic1 is what Playwright's own program needs, xauth what sshd needs to forward X11.
TEST_TOOLS := $(DEMO_TOOLS) openssh-client strace libimage-exiftool-perl softhsm2 \
  proftpd-core proftpd-mod-crypto chromium xvfb libatomic1 xauth

.PHONY: help demo test lint format tools-demo tools-test

help:
	@echo "make demo   the main job, end to end, on real clips and photos (a few minutes)"
	@echo "make test   lint, types, import contracts, every test with real servers"

# $(call install,packages): ask apt only for what is not there.
define install
	@missing=$$(for p in $(1); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  echo "Installing with apt:" $$missing; \
	  { $(SUDO) apt-get update -qq && \
	    $(SUDO) apt-get install -y -qq --no-install-recommends $$missing; } >.apt.log 2>&1 \
	    || { cat .apt.log; exit 1; }; \
	fi
endef

tools-demo:
	$(call install,$(DEMO_TOOLS))

tools-test:
	$(call install,$(TEST_TOOLS))

$(VENV)/run.stamp: requirements.txt | tools-demo
	@echo "Installing into $(VENV): the locked packages of requirements.txt"
	@[ -x $(PY) ] || python3 -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt | tools-test $(VENV)/run.stamp
	@echo "Installing into $(VENV): the locked packages of requirements-dev.txt"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

demo: tools-demo $(VENV)/run.stamp
	@$(SUDO) $(PY) -m demo $(ARGS)

lint: $(VENV)/dev.stamp
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy cluster_feed demo tests
	$(VENV)/bin/lint-imports

test: tools-test $(VENV)/dev.stamp lint
	$(SUDO) $(PY) -m pytest -n 2 --dist loadfile $(ARGS)

format: $(VENV)/dev.stamp
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .
