# Two commands matter: `make run` and `make test`. Both work from a fresh clone on Debian 12
# with rustup and node, fetch what they need, and do only what is left to do.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

export CARGO_TARGET_DIR ?= $(CURDIR)/target
SITE := $(CARGO_TARGET_DIR)/site

.PHONY: help run test simulate dev bench fuzz screens build wasm tools format lint clean-site

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: build ## build everything and start the demo shop on http://127.0.0.1:3000
	@exec $(CARGO_TARGET_DIR)/release/harkara serve --demo

test: ## check everything: style, units, both databases, browsers, a short benchmark
	@deploy/build/test.sh $(STAGES)

simulate: build ## play SEEDS=10000 shops from seed FIRST=1 on with everything that can go wrong
	$(CARGO_TARGET_DIR)/release/harkara simulate --courier all --faults all --seed $(or $(FIRST),1) --seeds $(or $(SEEDS),10000)

dev: tools ## like run, but rebuild and reload whenever a file changes
	@exec node deploy/build/dev.mjs

bench: tools ## run the benchmarks, print a table and the size of the pages
	@deploy/build/bench.sh

fuzz: ## feed the couriers' readers and the webhooks' door with anything, SECONDS_EACH=60 for each
	@deploy/build/fuzz.sh $(TARGETS)

screens: build ## write a picture of every page at three widths into screens/
	@deploy/build/packages.sh /usr/bin/chromium=chromium,fonts-noto-core
	@deploy/build/npm-ci.sh end2end
	cd end2end && HARKARA_BIN=$(CARGO_TARGET_DIR)/release/harkara \
	  npx --no-install playwright test --config screens.config.ts

build: wasm ## build the one program with everything in it: target/release/harkara
	HARKARA_SITE=$(SITE) cargo build --release

wasm: tools ## build the browser's half, print its size
	@deploy/build/wasm.sh

tools: ## get the pinned build tools
	@deploy/build/tools.sh

format: ## format the Rust code
	cargo fmt

lint: tools ## formatting and clippy alone, as `make test` does them
	@deploy/build/test.sh format lint lint_browser

clean-site: ## forget the built site, not what cargo has compiled
	rm -rf $(SITE) $(SITE).stamp $(SITE).work
