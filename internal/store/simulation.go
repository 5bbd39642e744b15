package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

var simulations = table[pay.Simulation]{name: "simulations"}

// Simulations reads facts of the sandbox that were not reported yet, by id.
func (t Tenant) Simulations(ctx context.Context, ids []uuid.UUID) ([]pay.Simulation, error) {
	return partsOf(ctx, t, simulations, "t.id", ids, "")
}

// InsertSimulation has a fact reported later.
func (t Tenant) InsertSimulation(ctx context.Context, s pay.Simulation) error {
	return insert(ctx, t.store, simulations, t.id, []pay.Simulation{s})
}

// DeleteSimulation forgets a fact that was reported.
func (t Tenant) DeleteSimulation(ctx context.Context, id uuid.UUID) error {
	return t.writeOne(ctx, "simulations", "DELETE FROM simulations WHERE tenant_id = $1 AND id = $2", id)
}
