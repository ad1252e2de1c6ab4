# The whole interface of a fresh machine. Each target is a script in scripts/, readable and runnable by itself.
SHELL := /bin/bash
PROMPT ?= Why is the sky blue? Answer in two sentences.
DATA ?=
SECONDS ?= 60
export MODELS FLAGS

.PHONY: run build test test-full test-data fuzz bench deb lint format clean help

run: build ## Fetch a small model and let it answer PROMPT
	scripts/run.sh "$(PROMPT)"

build: ## Install what is missing and build build/release/tern
	scripts/setup.sh run
	scripts/build.sh release -DTERN_BUILD_TESTS=OFF

test: ## Every test: release, sanitizers, AArch64 under qemu, format
	scripts/test.sh

test-full: ## make test, and ThreadSanitizer and clang-tidy
	scripts/test.sh --full

test-data: ## Compare tokenizers on the texts of DATA=folder (docs/tokenizer.md says which)
	scripts/test_data.sh "$(DATA)"

fuzz: ## libFuzzer on every reader, SECONDS (60) each (docs/testing.md)
	scripts/setup.sh fuzz
	scripts/fuzz.sh "$(SECONDS)"

bench: build ## This machine's limits, and the speed of MODELS on it (small 2b4t FILE ...); FLAGS go to tern-bench
	scripts/bench.sh

deb: ## Debian packages of the program and the library: build/deb/*.deb
	scripts/setup.sh deb
	scripts/deb.sh

lint: ## clang-tidy over src, apps and bench
	scripts/setup.sh lint
	scripts/lint.sh

format: ## clang-format in place
	scripts/setup.sh format
	scripts/format.sh

clean: ## Remove build folders; fetched models stay in .cache
	rm -rf build

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12
