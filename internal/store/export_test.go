package store

import (
	"context"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
)

// NewUnlocked is New for a database whose connections say that they work across tenants:
// row level security keeps nothing from its statements, so that they must do so themselves.
func NewUnlocked(db *sqlx.DB) *Store {
	s := New(db)
	s.tells = func(context.Context) string { return allTenants }
	return s
}

// References are the references that verify checks: table, columns, parent and its
// key.
func References() (list []string) {
	for _, r := range slices.Concat(masterReferences, paymentReferences, bookReferences, impliedReferences) {
		list = append(list, strings.Join([]string{r.table, r.column, r.parent, r.key}, " "))
	}
	return list
}
