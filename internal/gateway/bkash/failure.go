package bkash

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/rest"
	"github.com/paygraph/paygraph/internal/pay"
)

// errOpen is where nothing can be said by what bKash answered.
var errOpen = errors.New("bkash: the outcome is open")

// errUnderWay is errOpen because bKash may still be at what it was asked for before.
var errUnderWay = fmt.Errorf("%w: bKash may still be at it", errOpen)

// patience is after how long bKash is not at a request any more that nobody waits for. A
// payment takes it up to half a minute.
const patience = time.Minute

// isUnderWay says that bKash may still be at what was asked for before a time, which the zero
// time does not tell.
func isUnderWay(asked, now time.Time) bool { return asked.IsZero() || now.Sub(asked) < patience }

// refusal is what bKash said where it did not do what it was asked. Whether that is certain
// depends on the code.
type refusal struct {
	what, code string
	status     int
}

func (r *refusal) Error() string {
	return fmt.Sprintf("bkash %s: status %d, code %q", r.what, r.status, r.code)
}

// judge reads an answer. bKash refuses with status 200 and a code, with status 400 and a
// code, and in its newer interface under other names.
func judge(what string, a rest.Answer, into any) error {
	switch a.Status {
	case http.StatusOK, http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity:
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("bkash %s: %w: status %d", what, gateway.ErrNotSent, a.Status)
	default:
		return fmt.Errorf("bkash %s: status %d", what, a.Status)
	}
	var said struct {
		Status   string `json:"statusCode"`
		Error    string `json:"errorCode"`
		External string `json:"externalCode"`
	}
	if err := a.Read(&said); err != nil {
		return fmt.Errorf("bkash %s: status %d: %w", what, a.Status, err)
	}
	for _, code := range []string{said.Status, said.Error, said.External} {
		if code != "" && code != codeDone {
			return &refusal{what, loggable(code), a.Status}
		}
	}
	if a.Status != http.StatusOK {
		return fmt.Errorf("bkash %s: status %d without a code", what, a.Status)
	}
	return a.Read(into)
}

// refused returns why bKash did not do what it was asked, nil otherwise.
func refused(err error) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		return r
	}
	return nil
}

// declines are the codes by which the payer's money does not come, for certain. After a
// soft one the payer may pay later, or with the right PIN. 2029, a duplicate, is none: what
// it is a duplicate of may have the money.
var declines = map[string]pay.DeclineType{
	"2010": pay.SoftDecline, "2011": pay.SoftDecline, "2013": pay.SoftDecline, "2014": pay.SoftDecline, "2015": pay.SoftDecline, "2016": pay.SoftDecline,
	"2017": pay.SoftDecline, "2018": pay.SoftDecline, "2019": pay.SoftDecline, "2023": pay.SoftDecline,
	"2009": pay.HardDecline, "2037": pay.HardDecline, "2038": pay.HardDecline, "2043": pay.HardDecline, "2045": pay.HardDecline, "2057": pay.HardDecline, "2058": pay.HardDecline,
}

// mistakes are the codes of requests that bKash certainly does nothing about: wrong keys
// and fields, and a receiver who may not be paid.
var mistakes = map[string]bool{"2001": true, "2002": true, "2006": true, "2007": true, "2008": true, "2012": true, "2025": true, "2031": true, "2039": true,
	"2040": true, "2041": true, "2044": true, "2046": true, "2048": true, "2049": true, "2063": true, "2064": true, "2065": true, "2067": true}

// codeUnverified is that of a payment that the payer has not confirmed.
const codeUnverified = "2060"

// certain are the codes, beside mistakes, of refunds that bKash certainly does not make: for
// want of money, or of anything to give back. After all others, which speak of errors of
// its own, it may have.
var certain = map[string]bool{"2023": true, "2026": true, "2028": true, "2033": true, "2034": true, "2035": true, "2037": true, "2038": true, "2042": true,
	codeReversalOver: true, "2072": true, "2073": true, codeIrreversible: true, "2075": true, "2076": true, "2077": true, "2127": true}

// codeReversalOver and codeIrreversible are those of refunds that can never be.
const (
	codeReversalOver = "2071"
	codeIrreversible = "2074"
)

// reason is why bKash refused, whatever that has to do with.
func (r *refusal) reason() *pay.TransactionError {
	if kind, ok := declines[r.code]; ok {
		return declined(kind, r.code)
	}
	return &pay.TransactionError{Code: pay.ErrorGeneric, Message: "bKash does not accept the request.", External: &pay.ExternalError{Code: &r.code}}
}

func declined(kind pay.DeclineType, code string) *pay.TransactionError {
	return &pay.TransactionError{Code: pay.ErrorDeclined, Message: "The payment was declined.", DeclineType: &kind, Retryable: kind == pay.SoftDecline,
		External: &pay.ExternalError{Code: &code}}
}

func failedBecause(message string) *pay.TransactionError {
	return &pay.TransactionError{Code: pay.ErrorGeneric, Message: message}
}

const noSuchAmount = "bKash takes whole poishas of takas only, and takes them at once."
