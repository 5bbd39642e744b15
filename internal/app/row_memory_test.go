package app_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// listsOfRows read many rows of several tables, at once and one behind the other.
var listsOfRows = []string{
	`{ payments(first: 50) { nodes { id status amount { decimal currency } } pageInfo { hasNextPage } } }`,
	`{ payments(first: 12) { nodes { id humanId createdAt customer { id email } orders { id referenceId totalAmount { decimal } lines { id productName } }
		transactions { id status amount { decimal } gateway { id name } } events(first: 5) { nodes { id } } } } }`,
	`{ orders(first: 20) { nodes { id referenceId customer { id payments(first: 3) { nodes { id finalAmount { decimal } transactions { id } } } } } }
		customers(first: 20) { nodes { id email orders(first: 2) { nodes { id referenceId } } } } }`,
}

// TestConcurrentRows proves that companies who read at the same time get their own rows: the
// memory of those whose answer is written is used by others, also when a caller has hung up.
func TestConcurrentRows(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	var all sync.WaitGroup
	for company := range 3 {
		grant := auth.Grant{CompanyID: api.NewCompany(t, fmt.Sprintf("company-%d", company)).ID}
		made := api.Client(api.Token(t, grant)).Make(t)
		gateway := made.Gateway(apptest.Vars{})
		for n := range 9 + company {
			made.PayWhole(gateway, made.Order(made.Customer(), int64(1000*(company+1)+n)))
		}
		for caller := range 3 {
			grant.Subject = fmt.Sprintf("caller-%d", caller)
			token, want := api.Token(t, grant), make([]string, len(listsOfRows))
			for n, document := range listsOfRows {
				want[n] = answered(t, api, token, document)
			}
			all.Go(func() {
				for n := range 45 {
					ctx, hangUp := context.WithCancel(t.Context())
					if n%5 == 0 {
						go hangUp()
					}
					at := (n + caller) % len(listsOfRows)
					got, err := askFor(ctx, api.URL, token, listsOfRows[at])
					if n%5 > 0 && err != nil {
						t.Error(err)
					}
					if err == nil && got != want[at] {
						t.Errorf("company %d got %s\nand wanted %s", company, got, want[at])
					}
					hangUp()
				}
			})
		}
	}
	all.Wait()
}

// answered is what a document is answered with, when nobody else asks.
func answered(t *testing.T, api *apptest.API, token, document string) string {
	t.Helper()
	answer, err := askFor(t.Context(), api.URL, token, document)
	if err != nil || len(answer) < 500 {
		t.Fatalf("%s: %s, %v", document, answer, err)
	}
	return answer
}
