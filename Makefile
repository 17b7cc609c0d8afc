# Targets of musiq-dist; `make help` lists them. Needs Debian 12 and Swift 6.3; everything else comes
# from `make setup`. Nothing below knows about hyperparameters: those are in configs/.

# Instruction set of the binary: `native`, or `x86-64-v3` for one that runs on other machines too.
ARCH ?= native
# Ranks of `make demo`.
RANKS ?= 2
# Where `make demo` and `make smoke` write.
OUTPUT ?= runs
# Where `make install` puts things; DESTDIR is written in front, for packages.
PREFIX ?= /usr/local
DESTDIR ?=

PACKAGES := libopenmpi-dev openmpi-bin libopenblas-dev libhdf5-openmpi-dev hdf5-tools \
  libdnnl-dev libturbojpeg0-dev libjpeg-dev libpng-dev libwebp-dev libtiff-dev \
  libpango1.0-dev libcairo2-dev fonts-dejavu-core libssl-dev libarchive-dev libxml2-dev pkg-config
SWIFT_FLAGS := -c release -Xcc -march=$(ARCH)
SOURCES := Package.swift Sources Tests
PROGRAM := .build/release/musiq-dist
# What `make install` generates before it copies.
SHARE := .build/share

# Open MPI refuses to start as root, the usual user inside a container, unless told twice. Only the
# targets below say so; the program and the launch scripts do not.
export OMPI_ALLOW_RUN_AS_ROOT = 1
export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM = 1

# Read by Package.swift, for `--version`. Outside of git the commit stays empty, and the program says that
# it does not know it.
ifneq ($(wildcard .git),)
export MUSIQ_COMMIT := $(shell git describe --always --exclude='*' --abbrev=12 --dirty=-modified 2>/dev/null)
export MUSIQ_COMMIT_DATE := $(shell git log -1 --format=%cs 2>/dev/null)
endif
export MUSIQ_SWIFT_VERSION := $(shell swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p')

.DEFAULT_GOAL := help
.PHONY: help setup build test-build install demo ablation test check lint smoke bench docs-configuration format clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the Debian packages that are missing (apt; sudo unless root), nothing else
	@launch/setup.sh $(PACKAGES)

build: setup ## Release binary .build/release/musiq-dist (ARCH=x86-64-v3 for other machines)
	swift build $(SWIFT_FLAGS) --product musiq-dist

# One build for everything: the tests and the program they start.
test-build: setup
	swift build $(SWIFT_FLAGS) --build-tests

install: build ## Program, man page, completions, configs and launch scripts into PREFIX (DESTDIR honored)
	mkdir -p $(SHARE)
	for shell in bash zsh fish; do \
	  $(PROGRAM) --generate-completion-script $$shell >$(SHARE)/musiq-dist.$$shell || exit 1; done
	swift package $(SWIFT_FLAGS) plugin generate-manual --output-directory $(SHARE)
	sed -i 's/^$$/.Pp/' $(SHARE)/musiq-dist.1
	install -D $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/musiq-dist
	install -D -m 644 $(SHARE)/musiq-dist.1 $(DESTDIR)$(PREFIX)/share/man/man1/musiq-dist.1
	install -D -m 644 $(SHARE)/musiq-dist.bash \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions/musiq-dist
	install -D -m 644 $(SHARE)/musiq-dist.zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_musiq-dist
	install -D -m 644 $(SHARE)/musiq-dist.fish \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/musiq-dist.fish
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/musiq-dist/configs configs/*.yaml
	install -D -t $(DESTDIR)$(PREFIX)/share/musiq-dist/launch launch/local.sh launch/slurm.sbatch

demo: build ## Render images, train on 2 ranks, stop, resume, evaluate; results in runs/demo
	launch/demo.sh $(RANKS) $(OUTPUT)/demo

ablation: build ## The paper's ablations with a small model on synthetic quality data, as a table; about an hour
	launch/ablation.sh $(RANKS) $(OUTPUT)/ablation

test: test-build ## All tests: units, 1 to 4 ranks under mpirun, command line
	Tests/run.sh

check: lint test smoke ## Lint, tests and smoke: what every change must pass

lint: ## Format of Swift files; direction of imports; home of options; links, widths and quoted code of documents
	swift format lint --strict --parallel --recursive $(SOURCES)
	Tests/layers.sh
	Tests/options.sh
	Tests/documents.sh

smoke: build ## 32 ranks on this machine, and 1: the same parameters, bit for bit
	Tests/smoke.sh $(OUTPUT)/smoke

bench: build ## Speed of one training step of the published model, as a line of JSON
	$(PROGRAM) bench step --workload Tests/Fixtures/workload.json --precision fp32

docs-configuration: build ## Write the table of all keys into docs/configuration.md
	{ sed '/<!-- keys -->/q' docs/configuration.md; echo; $(PROGRAM) config keys --format markdown; } \
	  >docs/configuration.md.new
	mv docs/configuration.md.new docs/configuration.md

format: ## Format all Swift files in place
	swift format --in-place --parallel --recursive $(SOURCES)

clean: ## Remove what was built; runs/ stays
	swift package clean
