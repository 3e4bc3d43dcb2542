# The only entry: people and CI call these targets and nothing else. `make help` lists them.
# Everything is built from the committed Cargo.lock; where it does not fit the manifests, cargo says so.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo demo-once check test tidy fmt docs ci clean tools servers bins fmt-check clippy tests deny

CARGO ?= cargo
# Where cargo puts what it builds, whether or not somebody moved it.
OUT = $(or $(CARGO_TARGET_DIR),target)/debug
# The four programs that the demo runs.
PROGRAMS = --package hub --package node-agent --package cli --package sandbox

# $(call stage,NAME,COMMAND): runs a command and says how long it took.
define stage
	@printf '\n== %s\n' '$(1)'; begun=$$SECONDS; $(2); printf '== %s: %s s\n' '$(1)' "$$((SECONDS - begun))"
endef

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: tools ## build, start the star of four centers in ./demo, show it, keep serving until Ctrl-C
	$(call stage,build,$(CARGO) build --locked --bins $(PROGRAMS))
	@exec '$(OUT)/tianshu-sandbox' demo --home demo

demo-once: tools ## the same, but exit when shown: 0 only if everything came out as expected
	$(call stage,build,$(CARGO) build --locked --bins $(PROGRAMS))
	@exec '$(OUT)/tianshu-sandbox' demo --home demo --once

check: tools fmt-check clippy docs tidy deny ## formatting, lints, documentation, rules of the house

test: tools servers fmt-check clippy docs bins tests ## everything CI runs, cheap checks first

tidy: ## the rules of the house (tests/tidy.rs)
	$(call stage,tidy,$(CARGO) test --locked --package tests --test tidy)

fmt: ## format every file
	$(CARGO) fmt --all

docs: ## build the documentation, warnings denied
	$(call stage,docs,RUSTDOCFLAGS='-D warnings' $(CARGO) doc --locked --workspace --no-deps)

ci: ## exactly what CI runs
	.ci/run

clean: ## remove what was built and the demo's world
	$(CARGO) clean
	rm -rf demo

# ---- parts of the above

# ring, SQLite and Cedar's stack guard compile some C. As root on a system with apt we install what is
# missing; anywhere else we only say it.
tools:
	@if ! command -v '$(CARGO)' >/dev/null; then \
	  echo 'make: no cargo here; install Rust with rustup: https://rustup.rs' >&2; exit 1; fi
	@if ! command -v "$${CC:-cc}" >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo 'make: no C compiler here; installing build-essential'; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq build-essential; \
	  else \
	    echo 'make: no C compiler here; install one: sudo apt-get install -y build-essential' >&2; exit 1; \
	  fi; fi
	@if ! $(CARGO) fmt --version >/dev/null 2>&1 || ! $(CARGO) clippy --version >/dev/null 2>&1; then \
	  echo 'make: rustfmt or clippy is missing; run: rustup component add rustfmt clippy' >&2; exit 1; fi

# The tests of the connectors start real database servers, each in a temporary folder of its own.
servers:
	@missing=; \
	if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! command -v initdb >/dev/null; then \
	  missing="$$missing postgresql"; fi; \
	if ! command -v mariadbd >/dev/null && ! test -x /usr/sbin/mariadbd; then \
	  missing="$$missing mariadb-server-core"; fi; \
	if ! command -v my_print_defaults >/dev/null; then \
	  missing="$$missing mariadb-client-core"; fi; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "make: installing the servers that tests start:$$missing"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $$missing; \
	else \
	  echo "make: tests need more servers: sudo apt-get install -y$$missing" >&2; \
	fi

fmt-check:
	$(call stage,format,$(CARGO) fmt --all --check)

clippy:
	$(call stage,clippy,$(CARGO) clippy --locked --workspace --all-targets -- -D warnings)

# Scenarios start the real programs, so these come first.
bins:
	$(call stage,programs,$(CARGO) build --locked --workspace --bins)

tests:
	$(call stage,tests,$(CARGO) test --locked --workspace)

deny:
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
	  $(CARGO) deny --offline --locked check bans licenses sources; \
	else echo 'make: cargo-deny is not installed; deny.toml was not checked'; fi
