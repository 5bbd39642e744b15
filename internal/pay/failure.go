package pay

// Failure is why a gateway did not do what it was asked, as an attempt, an
// operation and a refund keep it. All of it is null where nothing failed.
type Failure struct {
	ErrorCode    *TransactionErrorCode
	ErrorMessage *string
	// The gateway's own code and text.
	ExternalErrorCode    *string
	ExternalErrorMessage *string
}

// setError replaces what was kept; nil says that nothing failed.
func (f *Failure) setError(e *TransactionError) {
	*f = Failure{}
	if e == nil {
		return
	}
	f.ErrorCode, f.ErrorMessage = &e.Code, cleaned(&e.Message)
	if e.External != nil {
		f.ExternalErrorCode, f.ExternalErrorMessage = cleaned(e.External.Code), cleaned(e.External.Message)
	}
}

// shown puts the columns together; without a code there is no error.
func (f Failure) shown(decline *DeclineType) *TransactionError {
	if f.ErrorCode == nil {
		return nil
	}
	e := &TransactionError{Code: *f.ErrorCode, DeclineType: decline}
	if f.ErrorMessage != nil {
		e.Message = *f.ErrorMessage
	}
	// A soft decline may pass later; so may a request that never got out.
	e.Retryable = e.Code == ErrorSystem || (decline != nil && *decline == SoftDecline)
	if f.ExternalErrorCode != nil || f.ExternalErrorMessage != nil {
		e.External = &ExternalError{Code: f.ExternalErrorCode, Message: f.ExternalErrorMessage}
	}
	return e
}
