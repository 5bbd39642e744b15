# The commands of the project. "make help" lists them.

.DEFAULT_GOAL := help
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.7.0

.PHONY: help run build test lint generate check-generated

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 20

run: postgres ## run the product: private PostgreSQL, demo company, GraphiQL
	@go build -o paygraph . && exec ./paygraph

build: ## build the binary ./paygraph
	go build -trimpath -o paygraph .

test: postgres ## run all tests with the race detector, on a real PostgreSQL
	go test -race -timeout 20m ./...

.PHONY: explore
explore: ## try every order of events of larger payments: minutes
	go test ./internal/pay -run Exploration -explore -v -timeout 60m

.PHONY: verify-bench
verify-bench: postgres ## time paygraph verify on a million ledger entries: minutes
	go test ./internal/store -run VerifyMillion -million -v -timeout 30m

lint: ## vet and staticcheck
	go vet ./...
	go run $(STATICCHECK) ./...

generate: ## make the generated code anew after a change of schema.graphqls or gqlgen.yml
	go generate ./...

check-generated: generate ## fail if the generated code was not made anew
	@git diff --exit-code --stat -- graph/generated graph/model || (echo "run 'make generate' and commit the result" >&2; exit 1)

.PHONY: graphiql-check
graphiql-check: ## run a query in GraphiQL in headless Chromium, outside network blocked: URL=… as printed by make run
	cd internal/web/graphiql/browsertest && npm ci --silent && node run.js '$(URL)' '{ payments(first: 3) { nodes { humanId status } } }' page.png

.PHONY: postgres
postgres:
	@sh .ci/postgres
