# make run    install what is needed, build, and do the main job on the shipped example
# make test   install what tests need, build, and run every test
# make help   the rest

JOBS ?= $(shell nproc)
SECONDS ?= 10
EXAMPLE = examples/contoso
POSTERN = build/release/postern

.PHONY: run build test worlds differences cluster-test sbom reproducible coverage cppcheck package package-test screenshots tar image asan tsan mutation bench fuzz format format-check lint clean help

run: build
	@sh packaging/run-example.sh $(POSTERN) $(EXAMPLE)

build:
	@sh packaging/install-dependencies.sh run
	@sh packaging/build.sh release $(JOBS) postern

test:
	@sh packaging/install-dependencies.sh test
	@sh packaging/fetch-sendmail.sh build/peers
	@sh packaging/fetch-browser-modules.sh build/browser
	@sh packaging/fetch-nats-server.sh build/nats || echo "the cluster is tested without a server" >&2
	@sh packaging/build.sh dev $(JOBS)
	ctest --test-dir build/dev --output-on-failure -j $(JOBS)

# A thousand made tenants whose senders are known, held against the program's answers (docs/classification.md).
worlds: build
	nice python3 -B tests/worlds/judge.py $(POSTERN) --seeds 1-1000 --assert-zeros

# Differences of a thousand random pairs of tenants, a million submissions each, beside decide().
differences:
	@sh packaging/install-dependencies.sh bench
	@sh packaging/build.sh bench $(JOBS) difference_check
	nice build/bench/bench/difference_check 1000 1000000

# A .deb in build/release, and a look at what is in it.
package:
	@sh packaging/install-dependencies.sh package
	@sh packaging/build.sh release $(JOBS)
	@sh packaging/package.sh build/release

# What is in the program (SPDX), and the proof that a package can be made again octet by octet.
sbom: build
	@python3 -B packaging/sbom.py $(POSTERN) build/release --out build/release/postern.spdx.json
	@echo build/release/postern.spdx.json

reproducible:
	@sh packaging/install-dependencies.sh package
	@sh packaging/reproducible.sh

coverage:
	@sh packaging/install-dependencies.sh coverage
	@sh packaging/coverage.sh $(JOBS)

cppcheck:
	@sh packaging/install-dependencies.sh lint
	@sh packaging/cppcheck.sh $(JOBS)

# Renews the pictures of docs/ (Debian's chromium).
screenshots: build
	@sh packaging/screenshots.sh $(POSTERN)
# The same on a bare machine (root, debootstrap): installed, run, asked by Postfix, upgraded, purged.
package-test: package
	@sh packaging/package-test.sh

# A tar file that brings its libraries, and an image for containers (root, debootstrap, buildah).
tar: build
	@sh packaging/install-dependencies.sh tar
	@sh packaging/build.sh release $(JOBS)
	@sh packaging/tar.sh build/release

image: package
	@sh packaging/install-dependencies.sh image
	@sh packaging/image.sh

# Every fault of docs/cluster.md over 100,000 verdicts, and the same against the distribution's old
# server, which must lose some: some ten minutes.
cluster-test:
	@sh packaging/install-dependencies.sh test
	@sh packaging/fetch-nats-server.sh build/nats
	@sh packaging/build.sh dev $(JOBS) postern
	@sh tests/cluster/run.sh build/dev

asan tsan:
	@sh packaging/install-dependencies.sh test
	@sh packaging/fetch-sendmail.sh build/peers
	@sh packaging/fetch-nats-server.sh build/nats || echo "the cluster is tested without a server" >&2
	@sh packaging/build.sh $@ $(JOBS)
	ctest --test-dir build/$@ --output-on-failure -j $(JOBS)

# Which behaviour does no test hold? (tests/mutation/README.md)
mutation:
	@sh packaging/install-dependencies.sh test
	python3 -B tests/mutation/mutate.py --jobs $(JOBS) --table

bench:
	@sh packaging/install-dependencies.sh bench
	@sh packaging/build.sh bench $(JOBS)
	@sh bench/run.sh

fuzz:
	@sh packaging/install-dependencies.sh fuzz
	@sh fuzz/run.sh $(SECONDS)

format:
	clang-format -i $$(git ls-files '*.cpp' '*.hpp')

format-check:
	@sh packaging/install-dependencies.sh lint
	clang-format --dry-run -Werror $$(git ls-files '*.cpp' '*.hpp')

lint:
	@sh packaging/install-dependencies.sh lint
	@sh packaging/build.sh dev $(JOBS)
	@sh packaging/lint.sh build/dev $(JOBS)

clean:
	rm -rf build

help:
	@echo "make run           install, build, audit and impact of the example"
	@echo "make build         leaves $(POSTERN)"
	@echo "make test          install, build, every test"
	@echo "make worlds        a thousand made tenants, held against the program's answers"
	@echo "make differences   a thousand pairs of tenants, held against a million submissions each"
	@echo "make cluster-test  gates and a cluster of NATS servers under every fault"
	@echo "make package       a .deb with man pages and completions"
	@echo "make package-test  the .deb on a bare machine, behind Postfix"
	@echo "make tar | image   a tar file with its libraries; an OCI image"
	@echo "make asan | tsan   the tests under sanitizers"
	@echo "make mutation      what no test would notice, in the files that decide (hours)"
	@echo "make bench         speed and memory, beside DuckDB"
	@echo "make sbom | reproducible   what is in the program; the package built twice"
	@echo "make coverage | cppcheck"
	@echo "make fuzz          each fuzzer for SECONDS ($(SECONDS))"
	@echo "make format | format-check | lint"
	@echo "make clean"
