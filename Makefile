# The only entry: people and CI call these targets and nothing else. `make help` lists them.
# Everything is built from the committed Cargo.lock; where it does not fit the manifests, cargo says so.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo demo-once check test tidy sim fmt docs bench-translation bench-audit bench-export bench-lists bench-overload bench-bulkhead bench-pages soak ci clean tools databases drivers tracer receiver promtool python browser bins fmt-check clippy tests deny

CARGO ?= cargo
# Where cargo puts what it builds, whether or not somebody moved it.
OUT = $(or $(CARGO_TARGET_DIR),target)/debug
# The connector that the demo does without: it needs unixODBC wherever it is built and run.
EVERYTHING = --workspace --features node-agent/odbc
# The four programs that the demo runs.
PROGRAMS = --package hub --package node-agent --package cli --package sandbox

# $(call stage,NAME,COMMAND): runs a command and says how long it took. The parentheses matter: bash's `-e` passes over a
# failure within `a && b`, and not over that of a subshell.
define stage
	@printf '\n== %s\n' '$(1)'; begun=$$SECONDS; ( $(2) ); printf '== %s: %s s\n' '$(1)' "$$((SECONDS - begun))"
endef

# Many seeds, or one with its trace.
SEEDS ?= 30
FIRST ?= 1
SIM_RUN = $(if $(SEED),SIM_SEED='$(SEED)',SIM_SEEDS='$(SEEDS)' SIM_FIRST='$(FIRST)')
SIM_TEST = $(if $(SEED),--ignored one_seed_is_replayed,seeds_hold)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-17s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# The star's stores are files; with STORES=servers they are on PostgreSQL, MariaDB and a SOAP bus.
DEMO = '$(OUT)/tianshu-sandbox' demo --home demo $(if $(STORES),--stores $(STORES))
DEMO_NEEDS = tools $(if $(filter servers,$(STORES)),databases)

demo: $(DEMO_NEEDS) ## build, start the star of four centers in ./demo, show it, keep serving until Ctrl-C
	$(call stage,build,$(CARGO) build --locked --bins $(PROGRAMS))
	@exec $(DEMO)

demo-once: $(DEMO_NEEDS) ## the same, but exit when shown: 0 only if everything came out as expected
	$(call stage,build,$(CARGO) build --locked --bins $(PROGRAMS))
	@exec $(DEMO) --once

check: tools fmt-check clippy docs tidy deny ## formatting, lints, documentation, rules of the house

test: tools databases drivers tracer receiver promtool python browser fmt-check clippy docs bins tidy tests ## everything CI runs, cheap checks first

tidy: ## the rules of the house (tests/tidy.rs)
	$(call stage,tidy,$(CARGO) test --locked $(EVERYTHING) --test tidy)

sim: tools ## a star under seeded trouble: SEEDS=200 of them, FIRST=1; SEED=17 replays one (docs/simulation.md)
	$(call stage,sim,$(SIM_RUN) $(CARGO) test --locked --package tests --test simulation -- --nocapture $(SIM_TEST))

fmt: ## format every file
	$(CARGO) fmt --all

docs: ## build the documentation, warnings denied
	$(call stage,docs,RUSTDOCFLAGS='-D warnings' $(CARGO) doc --locked --workspace --no-deps)

bench-translation: tools databases ## how fast local rows become records, by connector (docs/performance.md)
	$(call stage,bench,$(CARGO) bench --locked --package node-agent --bench translation)

bench-audit: tools ## durable entries a second, verification, and how fast the search index is rebuilt (docs/performance.md)
	$(call stage,bench,$(CARGO) bench --locked --package audit --bench durable --bench index)

# Optimized, but not linked as one program: that takes minutes more and changes no ratio.
bench-export: tools ## entries a second as syslog over TLS, and what that costs whoever writes the log (docs/performance.md)
	$(call stage,bench,CARGO_PROFILE_BENCH_LTO=off CARGO_PROFILE_BENCH_CODEGEN_UNITS=16 \
	  $(CARGO) bench --locked --package wire --bench export)

# Likewise.
bench-lists: tools ## how long a counter waits beside a running list (docs/performance.md)
	$(call stage,build,CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
	  $(CARGO) build --locked --release --bins --package hub --package node-agent --package sandbox)
	@exec '$(dir $(OUT))release/tianshu-sandbox' bench-lists --home '$(dir $(OUT))bench-lists'

# As bench-lists.
bench-overload: tools ## what the hub still answers under ten times what it can (docs/performance.md)
	$(call stage,build,CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
	  $(CARGO) build --locked --release --bins --package hub --package node-agent --package sandbox)
	@exec '$(dir $(OUT))release/tianshu-sandbox' bench-overload --home '$(dir $(OUT))bench-overload'

# As bench-lists. PHASE=20 for longer phases, MANNERS=hung,slow for some only.
bench-bulkhead: tools ## what the callers of three centers notice of a fourth that is sick (docs/performance.md)
	$(call stage,build,CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
	  $(CARGO) build --locked --release --bins --package hub --package node-agent --package sandbox)
	@exec '$(dir $(OUT))release/tianshu-sandbox' bench-bulkhead --home '$(dir $(OUT))bench-bulkhead' \
	  $(if $(PHASE),--seconds '$(PHASE)') $(if $(MANNERS),--only '$(MANNERS)')

# As bench-lists, with the operators' program, which verifies and reconciles.
soak: tools ## mixed load with random troubles: MINUTES=10 of it, SEED=1, KILLS=no; all on record, nothing grows (docs/performance.md)
	$(call stage,build,CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
	  $(CARGO) build --locked --release --bins $(PROGRAMS))
	@exec '$(dir $(OUT))release/tianshu-sandbox' soak --home '$(dir $(OUT))soak' \
	  $(if $(MINUTES),--minutes '$(MINUTES)') $(if $(SEED),--seed '$(SEED)') $(if $(filter no,$(KILLS)),--without-kills)

# Likewise; the log is made once and kept.
bench-pages: tools ## how long the staff's pages take over a million entries (docs/performance.md)
	$(call stage,bench,CARGO_PROFILE_BENCH_LTO=off CARGO_PROFILE_BENCH_CODEGEN_UNITS=16 \
	  $(CARGO) bench --locked --package hub --bench pages)

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

# $(call install,WHAT,PACKAGES): as root on a system with apt; anywhere else we only say it.
define install
	if [ -z "$(2)" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "make: installing $(1):$(2)"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $(2); \
	else \
	  echo "make: needed for $(1): sudo apt-get install -y$(2)" >&2; \
	fi
endef

# Tests, and the star with STORES=servers, start real database servers in folders of their own.
databases:
	@missing=; \
	if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! command -v initdb >/dev/null; then \
	  missing="$$missing postgresql"; fi; \
	if ! command -v mariadbd >/dev/null && ! test -x /usr/sbin/mariadbd; then \
	  missing="$$missing mariadb-server-core"; fi; \
	if ! command -v my_print_defaults >/dev/null; then \
	  missing="$$missing mariadb-client-core"; fi; \
	$(call install,database servers,$$missing)

# Tests reach two of them through drivers for unixODBC.
drivers:
	@missing=; \
	if ! test -e /usr/include/sqlext.h; then missing="$$missing unixodbc-dev"; fi; \
	if ! grep -qs 'PostgreSQL Unicode' /etc/odbcinst.ini; then missing="$$missing odbc-postgresql"; fi; \
	if ! grep -qs 'SQLite3' /etc/odbcinst.ini; then missing="$$missing libsqliteodbc"; fi; \
	$(call install,the tests of the ODBC connector,$$missing)

# Tests of the audit log watch system calls and make them fail.
tracer:
	@missing=; \
	if ! command -v strace >/dev/null; then missing="$$missing strace"; fi; \
	$(call install,the tests that watch system calls,$$missing)

# Tests send the log to a real receiver of syslog over TLS.
receiver:
	@missing=; \
	if ! test -x /usr/sbin/rsyslogd; then missing="$$missing rsyslog"; fi; \
	if ! ls /usr/lib/*/rsyslog/lmnsd_ossl.so >/dev/null 2>&1; then \
	  missing="$$missing rsyslog-openssl"; fi; \
	$(call install,the tests of the log's export,$$missing)

# Prometheus's own tool reads our metrics, alerts and dashboards; the server is not needed and not run.
promtool:
	@missing=; \
	if ! command -v promtool >/dev/null; then missing="$$missing prometheus"; fi; \
	$(call install,the tests of metrics and alerts,$$missing)

# The second verifier of the log is in Python. Its one package comes from PyPI, into a folder of the
# test's own, when the test first runs.
python:
	@missing=; \
	if ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then \
	  missing="$$missing python3-venv"; fi; \
	$(call install,the second verifier of the log,$$missing)

# Tests open the staff's pages in a real browser, with certificates in its own store. A managed policy lets it choose the only
# certificate that it has, on this machine's own pages; axe-core looks at every page, and comes from npm by its digest.
AXE = axe-core-4.14.1
AXE_SHA256 = e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745
AXE_DIR = $(dir $(OUT))axe
BROWSER_POLICY = /etc/chromium/policies/managed/tianshu-tests.json
browser:
	@missing=; \
	for package in chromium chromium-driver libnss3-tools openssl fonts-noto-cjk curl; do \
	  if ! dpkg -s "$$package" >/dev/null 2>&1; then missing="$$missing $$package"; fi; done; \
	$(call install,the tests of the pages,$$missing)
	@if ! test -e '$(BROWSER_POLICY)'; then \
	  policy='{"AutoSelectCertificateForUrls":["{\"pattern\":\"https://localhost\",\"filter\":{}}"]}'; \
	  if [ "$$(id -u)" = 0 ]; then \
	    mkdir -p '$(dir $(BROWSER_POLICY))' && printf '%s\n' "$$policy" >'$(BROWSER_POLICY)'; \
	  else echo "make: needed for the tests of the pages: $(BROWSER_POLICY) holding $$policy" >&2; fi; fi
	@if ! test -e '$(AXE_DIR)/package/axe.min.js'; then \
	  mkdir -p '$(AXE_DIR)' && cd '$(AXE_DIR)' && \
	  curl -fsSL --retry 3 -o axe.tgz 'https://registry.npmjs.org/axe-core/-/$(AXE).tgz' && \
	  echo '$(AXE_SHA256)  axe.tgz' | sha256sum --check --quiet && tar xzf axe.tgz || \
	  { echo 'make: axe-core could not be fetched from registry.npmjs.org' >&2; exit 1; }; fi

fmt-check:
	$(call stage,format,$(CARGO) fmt --all --check)

clippy:
	$(call stage,clippy,$(CARGO) clippy --locked $(EVERYTHING) --all-targets -- -D warnings && \
	  $(CARGO) clippy --locked --workspace -- -D warnings)

# Scenarios start the real programs, so these come first.
bins:
	$(call stage,programs,$(CARGO) build --locked $(EVERYTHING) --bins)

tests:
	$(call stage,tests,$(CARGO) test --locked $(EVERYTHING) --no-fail-fast && \
	  $(CARGO) test --locked --package node-agent --test translate odbc_missing)

deny:
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
	  $(CARGO) deny --offline --locked check bans licenses sources; \
	else echo 'make: cargo-deny is not installed; deny.toml was not checked'; fi
