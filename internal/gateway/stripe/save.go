package stripe

import (
	"context"
	"errors"
	"fmt"

	"github.com/stripe/stripe-go/v86"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// setup is a method on its way to be saved. No money moves, so whatever is not known may
// be done again: at worst Stripe has a customer whom nobody uses.
type setup struct {
	gateway.ChargeRequest
	client *stripe.Client
	token  token
}

func (c connector) setup(r gateway.ChargeRequest) (setup, error) {
	client, err := c.client(r.Settings, r.Environment)
	if err != nil {
		err = fmt.Errorf("stripe save: %w: %w", gateway.ErrNotSent, err)
	}
	return setup{r, client, parseToken(r.Token)}, err
}

// Save makes a customer at Stripe for the method, and saves it there for payments at which
// the payer is not there. Each method has a customer of its own: one for all of a payer's
// would have to be remembered between payments, and nothing here needs it.
func (c connector) Save(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	s, err := c.setup(r)
	if err != nil {
		return pay.Fact{}, err
	}
	intent, err := s.intent(ctx)
	if why := refused(err); why != nil {
		return failedFact(reason(why)), nil
	}
	if err != nil {
		return pay.Fact{}, err
	}
	return s.confirm(ctx, intent)
}

// lookupSetup says what became of saving a method.
func (c connector) lookupSetup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	s, err := c.setup(r)
	if err != nil {
		return pay.Fact{}, fmt.Errorf("%w: %w", errOpen, errKey)
	}
	id := r.ExternalID
	if id == "" {
		made, err := s.intent(ctx)
		if err != nil {
			return pay.Fact{}, fmt.Errorf("%w: %w", errOpen, short(err))
		}
		id = made.ID
	}
	intent, err := s.retrieve(ctx, id)
	switch {
	case err != nil:
		return pay.Fact{}, err
	case isUnconfirmedSetup(intent):
		return pay.Fact{}, fmt.Errorf("stripe: %w: its intent was never confirmed", gateway.ErrNoSuchAttempt)
	}
	return s.fact(intent)
}

// intent finds or creates the customer and the setup intent, under keys of the attempt.
func (s setup) intent(ctx context.Context) (*stripe.SetupIntent, error) {
	metadata := map[string]string{attemptKey: s.AttemptID}
	asked, q := begin(ctx)
	customer := &stripe.CustomerCreateParams{Metadata: metadata}
	customer.SetIdempotencyKey(s.AttemptID + "-customer")
	owner, err := s.client.V1Customers.Create(asked, customer)
	if err == nil && owner.ID == "" {
		err = errUnread
	}
	if err != nil {
		return nil, unsaved(q, "create customer", err)
	}
	p := &stripe.SetupIntentCreateParams{Customer: &owner.ID, Usage: stripe.String(string(stripe.SetupIntentUsageOffSession)), Metadata: metadata,
		AutomaticPaymentMethods: &stripe.SetupIntentCreateAutomaticPaymentMethodsParams{Enabled: stripe.Bool(true)}}
	p.SetIdempotencyKey(s.AttemptID + "-setup")
	asked, q = begin(ctx)
	made, err := s.client.V1SetupIntents.Create(asked, p)
	if err == nil && made.ID == "" {
		err = errUnread
	}
	if err != nil {
		return nil, unsaved(q, "create setup", err)
	}
	return made, nil
}

// unsaved is a failure before anything was saved: refused, limited, or just not sent.
func unsaved(q *asking, what string, err error) error {
	if refused(err) != nil {
		return err
	}
	if sure := q.failed(what, err); errors.Is(sure, gateway.ErrNotSent) {
		return sure
	}
	if isConflict(err) || isOtherUse(err) {
		return fmt.Errorf("stripe %s: %w", what, short(err))
	}
	return fmt.Errorf("stripe %s: %w: %w", what, gateway.ErrNotSent, short(err))
}

func (s setup) confirm(ctx context.Context, intent *stripe.SetupIntent) (pay.Fact, error) {
	p := &stripe.SetupIntentConfirmParams{PaymentMethod: &s.token.method, ReturnURL: stripe.String(s.ReturnTo())}
	p.AddExpand("payment_method")
	p.SetIdempotencyKey(s.AttemptID + "-confirm")
	if s.Again {
		p.SetIdempotencyKey(fmt.Sprintf("%s-confirm-%d", s.AttemptID, s.Now.Unix()))
	}
	if s.MethodType == pay.MethodDirectDebit {
		p.MandateData = &stripe.SetupIntentMandateDataParams{CustomerAcceptance: &stripe.SetupIntentMandateDataCustomerAcceptanceParams{
			Type: stripe.MandateCustomerAcceptanceTypeOffline, Offline: &stripe.SetupIntentMandateDataCustomerAcceptanceOfflineParams{}}}
	}
	asked, q := begin(ctx)
	confirmed, err := s.client.V1SetupIntents.Confirm(asked, intent.ID, p)
	switch why := refused(err); {
	case why != nil && isState(why), isOtherUse(err), err == nil && isReplayed(confirmed.LastResponse):
		found, err := s.retrieve(ctx, intent.ID)
		if err != nil {
			return pay.Fact{}, err
		}
		return s.fact(found)
	case why != nil:
		f := failedFact(reason(why))
		f.ExternalID = &intent.ID
		return f, nil
	case err != nil:
		return pay.Fact{}, q.failed("confirm setup", err)
	case confirmed.ID != intent.ID:
		return pay.Fact{}, fmt.Errorf("%w: confirm setup: %w", errOpen, errUnread)
	}
	return s.fact(confirmed)
}

func (s setup) retrieve(ctx context.Context, id string) (*stripe.SetupIntent, error) {
	p := &stripe.SetupIntentRetrieveParams{}
	p.AddExpand("payment_method")
	found, err := s.client.V1SetupIntents.Retrieve(ctx, id, p)
	if err == nil && found.ID != id {
		err = errUnread
	}
	if err != nil {
		return nil, fmt.Errorf("%w: retrieve setup: %w", errOpen, short(err))
	}
	return found, nil
}

func isUnconfirmedSetup(i *stripe.SetupIntent) bool {
	switch i.Status {
	case stripe.SetupIntentStatusRequiresPaymentMethod, stripe.SetupIntentStatusRequiresConfirmation:
		return i.LastSetupError == nil
	}
	return false
}

// fact is what the setup intent says of the attempt.
func (s setup) fact(i *stripe.SetupIntent) (pay.Fact, error) {
	if i.Metadata[attemptKey] != s.AttemptID || i.Livemode != (s.Environment == pay.Live) {
		return pay.Fact{}, fmt.Errorf("%w: it is another attempt's setup", errOpen)
	}
	f, err := factOfSetup(i, s.Settings)
	if err == nil {
		f.At = told(i.LastResponse)
	}
	return f, err
}

// factOfSetup is what a setup intent says, whoever asks.
func factOfSetup(i *stripe.SetupIntent, settings pay.GatewayParameters) (pay.Fact, error) {
	f := pay.Fact{ExternalID: &i.ID}
	switch i.Status {
	case stripe.SetupIntentStatusSucceeded:
		if i.Customer == nil || i.PaymentMethod == nil {
			return pay.Fact{}, fmt.Errorf("%w: a setup without a method", errOpen)
		}
		f.To, f.SavedToken = pay.TransactionCaptured, new(token{i.Customer.ID, i.PaymentMethod.ID}.String())
		switch m := i.PaymentMethod; {
		case m.Card != nil:
			f.Details = cardDetails(string(m.Card.Brand), m.Card.Last4, m.Card.ExpMonth, m.Card.ExpYear)
		case m.SEPADebit != nil:
			f.Details = debitDetails(m.SEPADebit.Country, m.SEPADebit.Last4)
		}
	case stripe.SetupIntentStatusProcessing:
		f.To = pay.TransactionPending
	case stripe.SetupIntentStatusRequiresAction:
		redirect := ""
		if i.NextAction != nil && i.NextAction.RedirectToURL != nil {
			redirect = i.NextAction.RedirectToURL.URL
		}
		f.To, f.Action = pay.TransactionRequiresAction, action(i.ID, i.ClientSecret, redirect, settings)
	case stripe.SetupIntentStatusRequiresPaymentMethod, stripe.SetupIntentStatusRequiresConfirmation:
		if i.LastSetupError == nil {
			return pay.Fact{}, fmt.Errorf("%w: the setup waits to be confirmed", errOpen)
		}
		f.To, f.Error = pay.TransactionFailed, declined(i.LastSetupError)
	case stripe.SetupIntentStatusCanceled:
		f.To, f.Error = pay.TransactionCancelled, &pay.TransactionError{Code: pay.ErrorCancelled, Message: "The attempt was called off."}
	default:
		return pay.Fact{}, fmt.Errorf("%w: the setup has an unknown status", errOpen)
	}
	return f, nil
}

// cancelSetup calls off saving a method.
func (c connector) cancelSetup(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	s, err := c.setup(r.Attempt)
	switch {
	case err != nil:
		return pay.OperationFact{}, err
	case r.Attempt.ExternalID == "":
		return pay.OperationFact{}, fmt.Errorf("%w: cancel of a setup that is not known", errOpen)
	}
	p := &stripe.SetupIntentCancelParams{}
	p.SetIdempotencyKey(r.OperationID + "-cancel")
	asked, q := begin(ctx)
	i, err := s.client.V1SetupIntents.Cancel(asked, r.Attempt.ExternalID, p)
	switch why := refused(err); {
	case why != nil && isState(why):
		if i, err = s.retrieve(ctx, r.Attempt.ExternalID); err != nil {
			return pay.OperationFact{}, err
		}
	case why != nil:
		return failedOperation(reason(why)), nil
	case err != nil:
		return pay.OperationFact{}, q.failed("cancel setup", err)
	}
	switch i.Status {
	case stripe.SetupIntentStatusCanceled:
		return pay.OperationFact{To: pay.OperationSucceeded, ExternalID: &i.ID}, nil
	case stripe.SetupIntentStatusSucceeded:
		return failedOperation(&pay.TransactionError{Code: pay.ErrorGeneric, Message: "The method was saved."}), nil
	}
	return pay.OperationFact{}, fmt.Errorf("%w: cancel is not what the setup says", errOpen)
}
