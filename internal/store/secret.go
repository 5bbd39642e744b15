package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// SealedColumn is a column whose values are sealed with the installation's key. name is
// what tells values of one row's key apart; nothing where there is one.
type SealedColumn struct{ table, column, key, name string }

// The columns that hold what is sealed; a test compares them with the tables.
var (
	SealedParameters = SealedColumn{"gateway_parameters", "sealed_value", "gateway_id", "parameter_id"}
	SealedDeliveries = SealedColumn{"webhook_events", "body", "id", "''"}
	// The secrets that webhooks to companies are signed with, and those before them.
	SealedEndpoints         = SealedColumn{"webhook_endpoints", "sealed_secret", "id", "''"}
	SealedEndpointsPrevious = SealedColumn{"webhook_endpoints", "previous_secret", "id", "''"}
	SealedColumns           = []SealedColumn{SealedParameters, SealedDeliveries, SealedEndpoints, SealedEndpointsPrevious}
)

// String is the column's name after its table's.
func (c SealedColumn) String() string { return c.table + "." + c.column }

// Sealed is one value of such a column, with what its place is named by.
type Sealed struct {
	Key   uuid.UUID
	Name  string
	Value []byte
}

// SealedForUpdate locks the next values of a column after a key, in the order of keys
// and at least so many where there are, until the transaction ends. All values of a key
// come at once.
func (t Tenant) SealedForUpdate(ctx context.Context, c SealedColumn, after uuid.UUID, least int) ([]Sealed, error) {
	query := "SELECT " + c.key + " AS key, " + c.name + " AS name, " + c.column + " AS value FROM " + c.table +
		" WHERE tenant_id = $1 AND " + c.column + " <> '' AND " + c.key + " > $2 ORDER BY " + c.key + " FETCH FIRST $3 ROWS WITH TIES FOR UPDATE"
	var list []Sealed
	if err := t.store.writer(ctx).SelectContext(ctx, &list, query, t.id, after, least); err != nil {
		return nil, translate(err, "read what is sealed in "+c.String())
	}
	return list, nil
}

// UpdateSealed writes values of a column.
func (t Tenant) UpdateSealed(ctx context.Context, c SealedColumn, list []Sealed) error {
	keys, names, values := make([]uuid.UUID, len(list)), make([]string, len(list)), make(pq.ByteaArray, len(list))
	for i, s := range list {
		keys[i], names[i], values[i] = s.Key, s.Name, s.Value
	}
	query := "UPDATE " + c.table + " t SET " + c.column + " = x.value FROM unnest($2::uuid[], $3::text[], $4::bytea[]) x (key, name, value) " +
		"WHERE t.tenant_id = $1 AND t." + c.key + " = x.key AND " + c.name + " = x.name"
	result, err := t.store.writer(ctx).ExecContext(ctx, query, t.id, pq.Array(keys), pq.Array(names), values)
	if err != nil {
		return translate(err, "seal anew in "+c.String())
	}
	return allThere(result, c.table, len(list))
}
