# db-migrate. `make` alone lists what there is.
GO ?= go
SOURCES := $(shell find . -name '*.go' -not -path './devserver/*' -not -path './bench/*' -not -path './deploy/*' -not -path './var/*') $(shell find config/defaults migration/embedded -name '*.yaml') $(shell find internal/scaffold/templates -type f) go.mod
BENCH_SOURCES := $(shell find bench -name '*.go') bench/go.mod
DEVSERVER_SOURCES := $(shell find devserver -name '*.go') devserver/go.mod

.DEFAULT_GOAL := help
.PHONY: help demo demo-crash demo-simulated demo-stop temporal services services-stop build test torture bench bench-plot lint clean compose-test soak site

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## migrate a demo database of 1,000,000 customers (ROWS=N for another size)
	@scripts/demo.sh customers

demo-crash: ## the same with 25 bad customers, while the worker and the Temporal server are killed
	@scripts/demo.sh crash

demo-simulated: ## the original's pace: an activity per customer, sleeps instead of a database
	@scripts/demo.sh simulated

demo-stop: ## end the Temporal server and the worker that a demo left running
	@scripts/demo.sh stop

temporal: ## start Temporal and its Web UI on this machine
	@scripts/demo.sh temporal

services: ## install and start PostgreSQL, MariaDB and Cassandra for the tests, on this machine only
	@mkdir -p var
	@echo "TEST_POSTGRES_URL='$$(scripts/services/postgres.sh start)'" > var/services.env
	@echo "TEST_MYSQL_URL='$$(scripts/services/mariadb.sh start)'" >> var/services.env
	@echo "TEST_CASSANDRA_URL='$$(CASSANDRA_JVM="$$CASSANDRA_JVM -Dcassandra.unsafesystem=true" scripts/services/cassandra.sh start)'" >> var/services.env
	@cat var/services.env

services-stop: ## end what `make services` has started
	@scripts/services/postgres.sh stop
	@scripts/services/mariadb.sh stop
	@scripts/services/cassandra.sh stop
	@rm -f var/services.env

build: bin/devserver bin/worker bin/starter ## build all binaries into bin/

bin/worker bin/starter &: $(SOURCES)
	@GO='$(GO)' scripts/build.sh . "worker and starter" bin/ ./worker ./starter

# The Temporal server has hundreds of dependencies: a module of its own, and
# minutes for the first build.
bin/devserver: $(DEVSERVER_SOURCES)
	@GO='$(GO)' scripts/build.sh devserver "Temporal's development server" ../bin/devserver .

# Tests start nodes of their own, for seconds: they need not be compiled for speed.
QUICK_JVM := -XX:TieredStopAtLevel=1

test: export CASSANDRA_JVM ?= $(QUICK_JVM)
test: build ## run every test; those of a server run after `make services`, or with TEST_POSTGRES_URL and the like
	$(GO) vet ./...
	$(GO) run go.temporal.io/sdk/contrib/tools/workflowcheck@v0.6.0 ./workflows/...
	@GO='$(GO)' scripts/test.sh
	cd devserver && $(GO) test ./...
	cd deploy/check && $(GO) test ./...
	set -a; [ ! -f var/services.env ] || . ./var/services.env; cd bench && $(GO) vet ./... && $(GO) test -parallel 4 ./...

HOURS ?= 1

torture: ## make tables at random for HOURS=n of each database, and judge what becomes of them (ONLY=sqlite|postgres|mysql|cassandra)
	set -a; [ ! -f var/services.env ] || . ./var/services.env; \
	$(GO) test ./database/databasetest/anytable -run '^TestAnyTable$$/^$(ONLY)' -v -count=1 -timeout 0 -anytable.hours $(HOURS)

bench: build bin/customers bin/bench ## measure beside loops and peers (ONLY=name,name ROWS=N ROUNDS=N; bin/bench --list)
	set -a; [ ! -f var/services.env ] || . ./var/services.env; \
	bin/bench --results docs/benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(ROWS),--rows $(ROWS)) $(if $(ROUNDS),--rounds $(ROUNDS))
	@$(MAKE) --no-print-directory bench-plot

bench-plot: ## put the figures of docs/benchmarks into docs/performance.md, and draw its pictures
	cd bench && $(GO) run ./plot --results ../docs/benchmarks --pictures ../docs/pictures --page ../docs/performance.md

bin/customers: $(SOURCES)
	@GO='$(GO)' scripts/build.sh . "the demo database's generator" bin/ ./examples/customers

# River and other peers: a module of its own, too.
bin/bench: $(BENCH_SOURCES) $(SOURCES)
	cd bench && $(GO) build -o ../bin/bench .

# Linters have hundreds of dependencies: a module of its own, too, which pins them.
bin/tools/golangci-lint: tools/go.mod
	@echo "building the linters (some minutes the first time)"
	cd tools && $(GO) build -o ../bin/tools/ tool

lint: bin/tools/golangci-lint ## golangci-lint with the rules of .golangci.yml, staticcheck, and code that nothing reaches
	bin/tools/golangci-lint run --timeout 20m ./...
	bin/tools/staticcheck ./...
	@unreached=$$(GOWORK=$(CURDIR)/tools/all.work bin/tools/deadcode -test ./... ./bench/...) && [ -z "$$unreached" ] || { echo "$$unreached"; exit 1; }

clean: ## remove binaries and everything the demos made
	rm -rf bin var
