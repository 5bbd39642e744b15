package pay

import (
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// KindSettlementLine is the prefix of the ids of settlement lines.
const KindSettlementLine Kind = "stl"

// Settlement is one delivery of settlement lines of one gateway, under the key of
// the request that brought it.
type Settlement struct {
	ID             uuid.UUID
	IdempotencyKey string
	Fingerprint    []byte
	GatewayID      uuid.UUID
	LineCount      int
	CreatedBy      string
	CreatedAt      time.Time
}

// SettlementOutcome is what a settlement line came to.
type SettlementOutcome string

// The outcomes.
const (
	// SettlementConfirmed: the line agrees with what the attempt captured.
	SettlementConfirmed SettlementOutcome = "CONFIRMED"
	// SettlementDiscrepancy: it disagrees, and a person must look.
	SettlementDiscrepancy SettlementOutcome = "DISCREPANCY"
	// SettlementOrphan: no attempt of the gateway has the line's id.
	SettlementOrphan SettlementOutcome = "ORPHAN"
	// SettlementWaiting: the attempt is there, and nothing is known to be captured yet;
	// the line is taken up once it is.
	SettlementWaiting SettlementOutcome = "WAITING"
	// SettlementAlreadyConfirmed: it agrees, and another line said so before.
	SettlementAlreadyConfirmed SettlementOutcome = "ALREADY_CONFIRMED"
)

// SettlementLine is one line of a gateway's settlement file, kept with what it
// came to. A line is stored once: the gateway, the external id, the day, the
// currency and the amount together tell lines apart.
type SettlementLine struct {
	ID uuid.UUID
	// SettlementID and Position tell which delivery decided the outcome.
	SettlementID uuid.UUID
	Position     int
	GatewayID    uuid.UUID
	ExternalID   string
	Currency     money.Currency
	AmountMinor  int64
	FeeMinor     *int64
	// SettledOn is a calendar date without a time zone.
	SettledOn time.Time
	Outcome   SettlementOutcome
	// Message says the outcome in words.
	Message       string
	TransactionID *uuid.UUID
	PaymentID     *uuid.UUID
	CreatedAt     time.Time
}

// GlobalID is the id in the API.
func (l SettlementLine) GlobalID() string { return FormatID(KindSettlementLine, l.ID) }

// Amount is what the line says of the charge, before fees.
func (l SettlementLine) Amount() money.Money {
	return money.Money{Minor: l.AmountMinor, Currency: l.Currency}
}

// Fee is what the gateway kept, if the line says so.
func (l SettlementLine) Fee() *money.Money { return moneyOrNil(l.FeeMinor, l.Currency) }

// Same says that two lines are one line that was delivered twice. The fee does
// not tell lines apart: a repeat that adds one must not pass for a second payout.
func (l SettlementLine) Same(other SettlementLine) bool {
	return l.GatewayID == other.GatewayID && l.ExternalID == other.ExternalID && l.Currency == other.Currency &&
		l.AmountMinor == other.AmountMinor && l.SettledOn.Equal(other.SettledOn)
}

// SettledAhead says that a day has not begun yet anywhere: nothing was settled on it.
func SettledAhead(day, now time.Time) bool { return day.After(now.AddDate(0, 0, 1)) }

// DateRange is a range of calendar dates, both ends included.
type DateRange struct {
	Gte *time.Time
	Lte *time.Time
}

// SettlementLineFilter says which settlement lines to list.
type SettlementLineFilter struct {
	Outcome    []SettlementOutcome
	GatewayIDs []string
	SettledOn  *DateRange
}
