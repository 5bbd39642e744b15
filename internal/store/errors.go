package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/pay"
)

// translate adds what was being done and turns the ways in which a database can
// be out of reach into pay.ErrUnavailable; the original stays in the chain for
// the log.
func translate(err error, doing string) error {
	if IsUnreachable(err) {
		return fmt.Errorf("%s: %w: %w", doing, pay.ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// IsUnreachable says that the database was out of reach or out of time, which says
// nothing about what was asked of it.
func IsUnreachable(err error) bool {
	var network net.Error
	switch {
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, context.DeadlineExceeded), errors.As(err, &network):
		return true
	}
	var e *pq.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case "40001", "40P01", "55P03", // conflicts that were lost once too often
		"57014", "57P01", "57P02", "57P03", // statement timeout, shutting down, crashed, starting up
		"53000", "53100", "53200", "53300", // out of disk, memory, connections
		"25006": // read-only: a standby
		return true
	}
	return strings.HasPrefix(string(e.Code), "08")
}

// violates says whether err is a row that breaks the named constraint or
// unique index.
func violates(err error, constraint string) bool {
	var e *pq.Error
	return errors.As(err, &e) && strings.HasPrefix(string(e.Code), "23") && e.Constraint == constraint
}

// IsDuplicateHumanID says that the human id drawn at random exists already.
func IsDuplicateHumanID(err error) bool { return violates(err, "payments_tenant_id_human_id_key") }

// IsDuplicateKey says that another request committed the same idempotency key
// meanwhile.
func IsDuplicateKey(err error) bool { return violates(err, "idempotency_keys_pkey") }

// IsDuplicateExternalID says that another attempt at the gateway has the provider's id.
func IsDuplicateExternalID(err error) bool { return violates(err, "transactions_external") }

// IsDuplicateManualReference says that another manual payment of the same method
// and label has the same reference.
func IsDuplicateManualReference(err error) bool {
	return violates(err, "transactions_manual_reference")
}

// IsDuplicateReference says that another request committed the same
// referenceId, number or slug meanwhile.
func IsDuplicateReference(err error) bool {
	var e *pq.Error
	return errors.As(err, &e) && e.Code == "23505" && e.Constraint != "transactions_manual_reference" &&
		(strings.HasSuffix(e.Constraint, "_reference") || strings.HasSuffix(e.Constraint, "_number_key") ||
			e.Constraint == "invoices_of_order" || e.Constraint == "companies_slug_key")
}
