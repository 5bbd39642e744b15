package adyen

import (
	"github.com/google/uuid"
)

// What is asked of Adyen has a reference, which comes back in notifications and is signed
// there. It is our id, and what sort of thing it is the id of: a notification says neither
// whether money was to be taken at once, nor what a capture was asked by.
const (
	ofCharge  = ""
	ofHold    = "-hold"
	ofSave    = "-save"
	ofCapture = "-capture"
	ofVoid    = "-void"
	ofCancel  = "-cancel"
	ofRefund  = "-refund"
)

// uuidLength is how long our ids are in text.
const uuidLength = 36

// reference is one of ours, read from Adyen's text.
type reference struct{ id, of string }

// parseReference is false where the reference is not ours: others may use the account too.
func parseReference(text string) (reference, bool) {
	if len(text) < uuidLength {
		return reference{}, false
	}
	r := reference{text[:uuidLength], text[uuidLength:]}
	id, err := uuid.Parse(r.id)
	if err != nil || id.String() != r.id {
		return reference{}, false
	}
	switch r.of {
	case ofCharge, ofHold, ofSave, ofCapture, ofVoid, ofCancel, ofRefund:
		return r, true
	}
	return reference{}, false
}

// isAttempt says that the reference is of an attempt, and not of what was asked about one.
func (r reference) isAttempt() bool { return r.of == ofCharge || r.of == ofHold || r.of == ofSave }
