package pay

import (
	"sync"

	"github.com/google/uuid"
)

// Workload counts whose due rows are looked after at the same time, so that no gateway
// or endpoint that hangs, and no company, keeps all others waiting. It is safe for
// concurrent use.
type Workload struct {
	mu                sync.Mutex
	gateways, tenants map[uuid.UUID]int
}

// NewWorkload counts nothing yet.
func NewWorkload() *Workload {
	return &Workload{gateways: map[uuid.UUID]int{}, tenants: map[uuid.UUID]int{}}
}

// Count notes that so many more rows like d are looked after; with -1, one less.
func (w *Workload) Count(d Due, more int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	addTo(w.tenants, d.TenantID, more)
	if d.GatewayID != nil {
		addTo(w.gateways, *d.GatewayID, more)
	}
}

func addTo(counts map[uuid.UUID]int, id uuid.UUID, more int) {
	if counts[id] += more; counts[id] == 0 {
		delete(counts, id)
	}
}

// Full are the ids of gateways and tenants that have more rows than that.
func (w *Workload) Full(ofGateway, ofTenant int) (ids []uuid.UUID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, n := range w.gateways {
		if n > ofGateway {
			ids = append(ids, id)
		}
	}
	for id, n := range w.tenants {
		if n > ofTenant {
			ids = append(ids, id)
		}
	}
	return ids
}
