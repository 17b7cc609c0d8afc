# Targets of musiq-dist; `make help` lists them. Needs Debian 12 and Swift 6.3; everything else comes
# from `make setup`. Nothing below knows about hyper-parameters: those live in configs/.

# Instruction set of the binary: `native`, or `x86-64-v3` for one that runs on other machines too.
ARCH ?= native
# Ranks of `make demo`.
RANKS ?= 2
# Where `make demo` and `make smoke` write.
OUTPUT ?= runs

PACKAGES := libopenmpi-dev openmpi-bin libopenblas-dev libhdf5-openmpi-dev hdf5-tools \
  libdnnl-dev libturbojpeg0-dev libpng-dev libssl-dev libarchive-dev pkg-config
SWIFT_FLAGS := -c release -Xcc -march=$(ARCH)
SOURCES := Package.swift Sources Tests

# Open MPI refuses to start as root, the usual user inside a container, unless told twice. Only the
# targets below say so; the program and the launch scripts do not.
export OMPI_ALLOW_RUN_AS_ROOT = 1
export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM = 1

.DEFAULT_GOAL := help
.PHONY: help setup build test-build demo ablation test check lint smoke bench docs-configuration format clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the Debian packages that are missing (apt; sudo unless root), nothing else
	@launch/setup.sh $(PACKAGES)

build: setup ## Release binary .build/release/musiq-dist (ARCH=x86-64-v3 for other machines)
	swift build $(SWIFT_FLAGS) --product musiq-dist

# One build for everything: the tests and the program they start.
test-build: setup
	swift build $(SWIFT_FLAGS) --build-tests

demo: build ## Render pictures, train on 2 ranks, stop, resume, evaluate; results in runs/demo
	launch/demo.sh $(RANKS) $(OUTPUT)/demo

ablation: build ## The paper's ablations with a small model on synthetic quality data, as a table; about an hour
	launch/ablation.sh $(RANKS) $(OUTPUT)/ablation

test: test-build ## All tests: units, 1 to 4 ranks under mpirun, command line
	Tests/run.sh

check: lint test smoke ## Format lint, tests and smoke

lint:
	swift format lint --strict --parallel --recursive $(SOURCES)

smoke: build ## 32 ranks on this machine, and 1: the same parameters, bit for bit
	Tests/smoke.sh $(OUTPUT)/smoke

bench: build ## Speed of one training step of the published model, as a line of JSON
	.build/release/musiq-dist bench step --workload Tests/Fixtures/workload.json --precision fp32

docs-configuration: build ## Write the table of all keys into docs/configuration.md
	{ sed '/<!-- keys -->/q' docs/configuration.md; echo; .build/release/musiq-dist config keys --markdown; } \
	  >docs/configuration.md.new
	mv docs/configuration.md.new docs/configuration.md

format: ## Format all Swift files in place
	swift format --in-place --parallel --recursive $(SOURCES)

clean: ## Remove what was built; runs/ stays
	swift package clean
