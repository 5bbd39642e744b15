package service

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// ReturnPath ends the addresses under CheckoutPath that payers come back to.
const ReturnPath = "/return"

// returnURL is where the payer of an attempt comes back to from the provider's page; ""
// where this server has no pages. It is of the attempt alone, so that an attempt that is sent
// again is the same request, as long as neither the server's address nor its key is changed.
func (s *Service) returnURL(a pay.Actor, t pay.Transaction) string {
	if s.publicURL == "" || s.seals == nil {
		return ""
	}
	return s.publicURL + s.returnPath(a, t)
}

// returnPath is returnURL without the server's address. It counts as long as a link to the
// page that was read when the attempt was made.
func (s *Service) returnPath(a pay.Actor, t pay.Transaction) string {
	return CheckoutPath + s.writeLink(checkoutLink{company: a.CompanyID, environment: a.Environment, payment: t.PaymentID, attempt: t.ID,
		end: pay.CheckoutLinkEnd(t.CreatedAt)}) + ReturnPath
}

// Returned is a payer who came back from a provider's page.
type Returned struct {
	Payment, Attempt uuid.UUID
	// Page is the path of the payment's page, for as long as the address counts that the
	// payer came back to.
	Page string
}

// OpenReturn is OpenCheckout for an address that a payer came back to. What it names is the
// attempt of before, whatever became of it since.
func (s *Service) OpenReturn(ctx context.Context, token string) (context.Context, Returned, error) {
	link, err := s.readLink(token, purposeReturn)
	if err != nil {
		return ctx, Returned{}, err
	}
	ctx, payment, err := s.openLink(ctx, link)
	if err != nil {
		return ctx, Returned{}, err
	}
	back := Returned{Payment: payment, Attempt: link.attempt}
	link.attempt = uuid.Nil
	back.Page = CheckoutPath + s.writeLink(link)
	return ctx, back, nil
}

// ComeBack completes the attempt of a payer who came back, if it still waits for that, with
// what its connector wants of the address. What became of it is asked of the provider: what
// is in the address proves nothing. An attempt that does not wait is left as it is.
func (s *Service) ComeBack(ctx context.Context, key string, attempt uuid.UUID, came url.Values) error {
	c, err := s.writes(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return err
	}
	t, err := first(c.transactions(c.rows.Transactions(ctx, []uuid.UUID{attempt})))
	if err == nil && t == nil {
		err = ErrNoCheckout
	}
	if err != nil {
		return err
	}
	if action := t.Action(); action == nil || action.Type != pay.ActionRedirect {
		return nil
	}
	g, err := first(c.rows.Gateways(ctx, []uuid.UUID{t.GatewayID}))
	if err != nil || g == nil {
		return err
	}
	payload := map[string]string{}
	if connector, ok := s.connectors[g.Connector]; ok {
		for _, name := range connector.Describe().Returns {
			if values := came[name]; len(values) == 1 { // of two none can be told to be the provider's
				payload[name] = values[0]
			}
		}
	}
	text, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	_, err = s.CompleteTransaction(ctx, CompleteTransactionInput{IdempotencyKey: key, TransactionID: t.GlobalID(), Payload: pay.JSON(text)})
	return err
}
