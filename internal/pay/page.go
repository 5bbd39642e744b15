package pay

import (
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// Limits of lists.
const (
	DefaultPageSize = 10
	MaxPageSize     = 100
	MaxOffset       = 10_000
	MaxSortKeys     = 3
)

// Page is one validated request for part of a list.
type Page struct {
	// Limit is how many rows at most.
	Limit int
	// Backward takes the rows before From, or the last ones of the list.
	Backward bool
	// From is the row that the page begins after, or ends before; null for the
	// list's start or end.
	From *Position
	// Offset leaves rows out; not with From.
	Offset int
}

// Position is a place in a sorted list: the sort keys of a row and its id.
// Keys are time.Time or int64; a date is text, because "infinity" is one.
type Position struct {
	Keys []any
	ID   uuid.UUID
}

// Sort is how a list is sorted; the id breaks ties in the first key's direction.
type Sort []SortKey

// SortKey is one field that a list is sorted by.
type SortKey struct {
	Field      SortField
	Descending bool
}

// SortField names what a list can be sorted by.
type SortField string

// The sort fields. Each has an index that leads with the tenant and ends with
// the id, so that every page costs the same.
const (
	SortCreatedAt   SortField = "CREATED_AT"
	SortUpdatedAt   SortField = "UPDATED_AT"
	SortAmount      SortField = "AMOUNT"
	SortPlacedAt    SortField = "PLACED_AT"
	SortTotalAmount SortField = "TOTAL_AMOUNT"
	SortDueOn       SortField = "DUE_ON"
)

// NewestFirst is the order of every list that says nothing else.
var NewestFirst = Sort{{Field: SortCreatedAt, Descending: true}}

// Rows is part of a list.
type Rows[T any] struct {
	List []T
	// More says that the list goes on beyond the part, in the page's direction.
	More bool
}

// DateTimeRange is a range of times: from Gte on, before Lt.
type DateTimeRange struct {
	Gte *time.Time
	Lt  *time.Time
}

// AmountRange is a range of minor units, both ends included.
type AmountRange struct {
	Gte *int64
	Lte *int64
}

// PaymentFilter says which payments to list; all conditions that are set must
// hold. Ids are global ids; one that names nothing matches nothing.
type PaymentFilter struct {
	IDs                  []string
	HumanIDs             []string
	ReferenceIDs         []string
	Status               *PaymentStatusFilter
	CaptureStatus        []CaptureStatus
	RefundStatus         []RefundStatusSummary
	ReconciliationStatus []ReconciliationStatus
	Attention            []AttentionReason
	Module               []PaymentModule
	Mode                 []PaymentMode
	MethodType           []PaymentMethodType
	GatewayIDs           []string
	Currency             *money.Currency
	CustomerIDs          []string
	CustomerEmail        *string
	OrderIDs             []string
	InvoiceIDs           []string
	SubscriptionIDs      []string
	BusinessIDs          []string
	Amount               *AmountRange
	PaidAmount           *AmountRange
	CreatedAt            *DateTimeRange
	UpdatedAt            *DateTimeRange
	PaidAt               *DateTimeRange
	ScheduledFor         *DateTimeRange
	StatusReachedAt      *StatusReachedFilter
	ExternalID           *string
	ManualReference      *string
	HasRefund            *bool
	IsActive             *bool
	Metadata             []MetadataEntry
	Search               *string
	And                  []PaymentFilter
	Or                   []PaymentFilter
}

// PaymentStatusFilter lists statuses to have or not to have.
type PaymentStatusFilter struct {
	In    []PaymentStatus
	NotIn []PaymentStatus
}

// StatusReachedFilter is a time range of reaching a status.
type StatusReachedFilter struct {
	Status PaymentStatus
	Gte    *time.Time
	Lt     *time.Time
}

// PaymentLookup names one payment; exactly one field is set.
type PaymentLookup struct {
	ID          *string
	HumanID     *string
	ReferenceID *string
	External    *ExternalIDLookup
}

// ExternalIDLookup is a payment's id at its gateway.
type ExternalIDLookup struct {
	GatewayID  string
	ExternalID string
}

// OrderFilter says which orders to list.
type OrderFilter struct {
	IDs          []string
	ReferenceIDs []string
	CustomerIDs  []string
	BusinessIDs  []string
	PaidStatus   []PaidStatus
	Currency     *money.Currency
	TotalAmount  *AmountRange
	CreatedAt    *DateTimeRange
	PlacedAt     *DateTimeRange
}

// InvoiceFilter says which invoices to list.
type InvoiceFilter struct {
	IDs          []string
	ReferenceIDs []string
	Numbers      []string
	CustomerIDs  []string
	OrderIDs     []string
	PaidStatus   []PaidStatus
	Currency     *money.Currency
	CreatedAt    *DateTimeRange
}

// CustomerFilter says which customers to list.
type CustomerFilter struct {
	IDs          []string
	ReferenceIDs []string
	Email        *string
	CreatedAt    *DateTimeRange
}

// ProductFilter says which products to list.
type ProductFilter struct {
	IDs          []string
	ReferenceIDs []string
	Search       *string
}

// GatewayFilter says which gateways to list.
type GatewayFilter struct {
	IDs          []string
	ReferenceIDs []string
	IsEnabled    *bool
	Kind         []PaymentGatewayKind
	MethodType   []PaymentMethodType
	Currency     *money.Currency
}
