package store

import (
	"slices"
	"strings"
)

// References are the references that verify checks: table, columns, parent and its
// key.
func References() (list []string) {
	for _, r := range slices.Concat(masterReferences, paymentReferences, bookReferences, impliedReferences) {
		list = append(list, strings.Join([]string{r.table, r.column, r.parent, r.key}, " "))
	}
	return list
}
