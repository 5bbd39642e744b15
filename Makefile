# The commands of the project. "make help" lists them.

.DEFAULT_GOAL := help
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.7.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
GOSEC := github.com/securego/gosec/v2/cmd/gosec@v2.27.1
VULN_DB := https://vuln.go.dev

.PHONY: help run build test lint generate check-generated

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 20

run: postgres ## run the product: private PostgreSQL, demo company, GraphiQL
	@go build -o paygraph . && exec ./paygraph

# Static, as in the image: it runs without a C library, and has none in memory.
build: ## build the binary ./paygraph
	CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o paygraph .

# Without the race detector: pay and store, whose tests are of one caller each and explore
# tens of thousands of states and statements; bench, chaos, pgtest and the examples, which
# are programs of their own; and what is not RACED of app: its tests start the whole program
# hundreds of times, which with it takes ten minutes.
UNRACED := (bench|internal/(app|pay|store|chaos|pg/pgtest)|examples/[a-z]+)$$

# The tests of app in which several do something at once, without those that only repeat it
# or break it off: "make race" has all.
RACED := AtOnce|Concurren|Many|Overlap|Stalled|Hang|Together|While|Against|Claims|Disorder|Wake|Crash|TestFollow|StreamEnds|StreamsEnd|SlowFollower

# What go vet finds is found by lint.
test: postgres ## run all tests on a real PostgreSQL, those with several callers with the race detector
	go test -race -vet=off -timeout 20m $$(go list ./... | grep -Ev '/$(UNRACED)')
	go test -race -vet=off -timeout 20m ./internal/app -run '$(RACED)'
	go test -vet=off -timeout 20m -parallel 3 ./internal/app -skip '$(RACED)'
	go test -vet=off -timeout 20m $$(go list ./... | grep -E '/$(UNRACED)' | grep -v /internal/app$$)

.PHONY: race
race: postgres ## run all tests with the race detector: ten minutes more
	go test -race -timeout 60m ./...

.PHONY: every
every: postgres ## try every state, order and reading of the tests that make test tries some of each: minutes
	go test -timeout 60m ./internal/app -run 'AfterCommit|AllowedActions|TestOrderOf' -every

.PHONY: conformance
conformance: ## what every connector keeps, as a table of behaviours by connector
	@sh .ci/conformance

.PHONY: explore
explore: ## try every order of events of larger payments: minutes
	go test ./internal/pay -run Exploration -explore -v -timeout 60m

CHAOS := go test ./internal/chaos -v -timeout 60m
SEED := 42

.PHONY: chaos chaos-kill chaos-postgres chaos-provider chaos-points chaos-replies chaos-callers chaos-operations mutants
chaos: chaos-kill chaos-postgres chaos-provider chaos-points chaos-replies chaos-callers chaos-operations ## rehearse all disasters at full size: an hour and more; SEED=… for another run

chaos-kill: postgres ## kill server processes for two minutes, then for seven over 10,000 payments, then some whose clocks jump
	$(CHAOS) -run 'TestKillServers' -duration 120s -servers 3 -workers 24 -every 700ms -least-kills 150 -seed $(SEED)
	$(CHAOS) -run 'TestKillServers' -duration 430s -servers 3 -workers 16 -every 780ms -lean -least-kills 538 -least-payments 10000 -seed $(SEED)
	$(CHAOS) -run 'TestClocks' -duration 60s -workers 16 -every 2s -seed $(SEED)

chaos-postgres: postgres ## kill PostgreSQL for three minutes
	$(CHAOS) -run 'TestKillPostgres' -duration 180s -servers 2 -workers 16 -every 3s -least-kills 10 -seed $(SEED)

chaos-provider: postgres ## have the provider fail in every way, ten thousand times
	$(CHAOS) -run 'TestProviderFaults|TestEveryProviderFault' -duration 420s -servers 2 -workers 48 -faults 0.6 -least-faults 10000 -least-kinds 20 -seed $(SEED)

chaos-points: postgres ## break every flow off at every point in every way
	$(CHAOS) -run 'TestFailpoints|TestStalledCalls|TestWakePoints' -stride 1 -seed $(SEED)

chaos-replies: postgres ## lose the database's answer to every statement in every way
	$(CHAOS) -run 'TestLostReplies' -stride 1 -seed $(SEED)

chaos-callers: postgres ## have many want the same at once, at full size
	$(CHAOS) -run 'TestAtOnce' -scale 100 -seed $(SEED)

chaos-operations: postgres ## ends, hangs, a torn network, a single connection
	$(CHAOS) -run 'TestTerminate|TestHungProvider|TestTornNetwork|TestOneConnection' -outage 30s -duration 20s -seed $(SEED)

mutants: postgres ## plant known bugs, each of which must be caught: half an hour
	$(CHAOS) -run 'TestMutants' -mutants

.PHONY: verify-bench
verify-bench: postgres ## time paygraph verify on a million ledger entries: minutes
	go test ./internal/store -run VerifyMillion -million -v -timeout 30m

.PHONY: bench bench-peer bench-sizes
bench: postgres build ## how close reads and writes come to what the database allows: a quarter of an hour, on a machine that does nothing else; BENCH='-payments 20000' for another size
	go run ./bench $(BENCH)

bench-peer: bench/postgraphile/node_modules postgres build ## the same with PostGraphile beside it
	go run ./bench -peer bench/postgraphile $(BENCH)

SIZES := 10000 200000 2000000

bench-sizes: postgres build ## the same with more and more payments, then with two companies: an hour or two, and 25 GB
	for payments in $(SIZES); do go run ./bench -payments $$payments -clients 1,16 -rounds 1 $(BENCH) || exit; done
	go run ./bench -companies 2 -callers 2 -clients 1,16 -rounds 1 $(BENCH)

DOCUMENTS := 100000

.PHONY: differential executor-bench
differential: postgres ## execute 100,000 random documents of a schema that fails, and of the API, both ways: an hour; DOCUMENTS=… for others
	go test ./graph/breadth/breadthtest/faulty -run BothAlike -documents $(DOCUMENTS) -seed $(SEED) -v -timeout 120m
	go test ./internal/app -run BreadthRandom -documents $(DOCUMENTS) -seed $(SEED) -v -timeout 240m

executor-bench: postgres ## measure both ways of executing queries against each other: minutes
	go test ./internal/app -run ExecutorSpeed -executors 10 -count=1 -v -timeout 30m

.PHONY: hostile
hostile: postgres ## how long good requests take beside 2,000 hostile ones a second: minutes, on a machine that does nothing else
	go test ./internal/app -run TestHostileLoad -hostile 5 -v -timeout 30m

# Without the code that gqlgen makes of the schema that fails, where one of two interfaces
# is every one's: no code of ours chooses there.
lint: ## vet and staticcheck
	go vet ./...
	go run $(STATICCHECK) $$(go list ./... | grep -v /faulty/generated)

.PHONY: fuzz
FUZZTIME := 1m
fuzz: postgres ## try texts at random wherever any come in: FUZZTIME=5m for each target, FUZZ='Request|Cursor' for some
	@sh .ci/fuzz '$(FUZZTIME)' '$(or $(FUZZ),.)'

.PHONY: security govulncheck gosec
security: govulncheck gosec ## look for known holes in what is used and for careless code: minutes

govulncheck: ## known holes in Go and modules that are reached; without network VULN_DB=file:///…
	go run $(GOVULNCHECK) -db $(VULN_DB) ./...

# What whole folders and functions are spared is in .ci/gosec.json with the reason, single
# lines say theirs; an exception without one is a finding.
gosec: ## careless code
	go run $(GOSEC) -terse -color=false -log /dev/null -exclude-generated -conf .ci/gosec.json -nosec-require-rules -nosec-require-justification ./...

generate: ## make the generated code anew after a change of schema.graphqls or gqlgen.yml
	go generate ./...

check-generated: generate ## fail if the generated code was not made anew
	@git diff --exit-code --stat -- graph/generated graph/model graph/breadth || (echo "run 'make generate' and commit the result" >&2; exit 1)

.PHONY: schema-lint schema-diff
schema-lint: .ci/schemalint/node_modules ## lint schema.graphqls with the rules of graphql-eslint
	.ci/schemalint/node_modules/.bin/eslint --config .ci/schemalint/eslint.config.js schema.graphqls

schema-diff: .ci/schemadiff/node_modules ## say what schema.graphqls changes of the last release; fails where that breaks callers
	cd .ci/schemadiff && node --test && node diff.js

.PHONY: dashboard-example
dashboard-example: examples/dashboard/node_modules ## compile and run the example in TypeScript: URL=http://127.0.0.1:8080/graphql TOKEN=…
	@cd examples/dashboard && npm run --silent build && PAYGRAPH_TOKEN='$(TOKEN)' npm start --silent -- '$(URL)'

# npm leaves the time of a folder that is there as it is.
%/node_modules: %/package-lock.json
	cd $* && npm ci --silent --ignore-scripts
	@touch $@

.PHONY: graphiql-check
graphiql-check: ## run a query in GraphiQL in headless Chromium, outside network blocked: URL=… as printed by make run
	cd internal/web/graphiql/browsertest && npm ci --silent && node run.js '$(URL)' '{ payments(first: 3) { nodes { humanId status } } }' page.png

.PHONY: checkout-check
checkout-check: postgres internal/web/checkout/browsertest/node_modules ## pay on the checkout page in headless Chromium, outside network blocked; PICTURES=../../docs makes those of docs anew
	go test ./internal/app -run CheckoutInBrowser -browser -pictures '$(PICTURES)' -count=1 -v

.PHONY: audits
audits: ## check a running server with the audits of GraphQL over HTTP: URL=http://127.0.0.1:8080/graphql TOKEN=…
	@cd internal/web/audits && npm ci --silent && node run.js '$(URL)' '$(TOKEN)'

.PHONY: stream-check
stream-check: postgres internal/web/streamtest/node_modules examples/dashboard/node_modules ## follow events with the npm clients graphql-ws and graphql-sse, and the example for dashboards; needs Node 20
	@cd examples/dashboard && npm run --silent build
	go test ./internal/app -run 'NpmClients|DashboardFollows' -npm -count=1 -v

FOLLOWERS := 1000

.PHONY: followers-bench
followers-bench: postgres ## measure what idle subscribers cost a server: a minute; FOLLOWERS=… for another number
	go test ./internal/app -run ThousandFollowers -followers $(FOLLOWERS) -count=1 -v

.PHONY: postgres
postgres:
	@sh .ci/postgres
