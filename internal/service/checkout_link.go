package service

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// ErrNoCheckout: the link is not of this installation, was changed, or is over. Which of
// them is told nobody.
var ErrNoCheckout = errors.New("no such checkout")

// CheckoutPath is where the pages are that links lead to; a link's token follows.
const CheckoutPath = "/checkout/"

// What links are signed for keeps them from counting for anything else that is.
const (
	purposeCheckout = "checkout link"
	purposeReturn   = "checkout return"
)

// checkoutLink is what a link says.
type checkoutLink struct {
	company     uuid.UUID
	environment pay.Environment
	payment     uuid.UUID
	// attempt is the one whose payer comes back from a provider; zero in links to the page.
	attempt uuid.UUID
	// end is when it counts no more (UTC, whole seconds).
	end time.Time
}

// The form of a link: version, environment, company, payment, the attempt in links that
// lead back, end, and the signature.
const (
	linkVersion = 1
	linkBytes   = 1 + 1 + 16 + 16 + 8
	signature   = 32
)

// WithCheckout returns the service with checkout pages at a server that payers reach by
// this address, which has no slash at its end; none where it is empty.
func (s *Service) WithCheckout(publicURL string) *Service {
	other := *s
	other.publicURL = publicURL
	return &other
}

// CheckoutURLs are the addresses of the pages where payments can be paid, by payment; none
// where there is none: the payment takes nothing from a payer any more, what it is for was paid
// by another, this server does not know its own address or has no key, or the caller may not
// pay. Whoever has the link can pay, so that who only reads must not get it.
func (s *Service) CheckoutURLs(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*string, error) {
	c, err := s.reads(ctx)
	if err != nil || s.publicURL == "" || s.seals == nil || !c.Has(pay.ScopePaymentsWrite) {
		return nil, err
	}
	states, err := s.payable(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	addresses := make(map[uuid.UUID]*string, len(states))
	for id, state := range states {
		if state.TakesPayer() {
			link := checkoutLink{company: c.CompanyID, environment: c.Environment, payment: id, end: pay.CheckoutLinkEnd(state.Now)}
			addresses[id] = ptr(s.publicURL + CheckoutPath + s.writeLink(link))
		}
	}
	return addresses, nil
}

// payable reads those of the payments that may take a payer, with their attempts, and where
// something is left to be paid with what they are for: at most five statements, however many
// payments they are.
func (s *Service) payable(ctx context.Context, c caller, ids []uuid.UUID) (map[uuid.UUID]*pay.State, error) {
	payments, err := c.rows.Payments(ctx, ids)
	if err != nil {
		return nil, err
	}
	now, states, taking, left := s.clock(), map[uuid.UUID]*pay.State{}, []uuid.UUID{}, []uuid.UUID{}
	for _, p := range payments {
		if !p.IsOpenToPayer(now) {
			continue
		}
		states[p.ID], taking = &pay.State{Payment: p, Actor: c.Actor, Now: now}, append(taking, p.ID)
		if p.CapturedMinor+p.HeldMinor < p.FinalMinor {
			left = append(left, p.ID)
		}
	}
	if len(taking) == 0 {
		return nil, nil
	}
	rows := s.everything(c)
	err = errors.Join(
		each(ctx, taking, rows.TransactionsOf, func(t pay.Transaction) {
			states[t.PaymentID].Attempts = append(states[t.PaymentID].Attempts, t)
		}),
		each(ctx, left, rows.AllocationsOf, func(a pay.PaymentAllocation) {
			states[a.PaymentID].Allocations = append(states[a.PaymentID].Allocations, a)
		}))
	if err != nil {
		return nil, err
	}
	return states, giveSubjects(ctx, rows, states, nil)
}

func (s *Service) writeLink(l checkoutLink) string {
	text, purpose := []byte{linkVersion, 0}, purposeCheckout
	if l.environment == pay.Live {
		text[1] = 1
	}
	text = append(append(text, l.company[:]...), l.payment[:]...)
	if l.attempt != uuid.Nil {
		text, purpose = append(text, l.attempt[:]...), purposeReturn
	}
	text = binary.BigEndian.AppendUint64(text, uint64(l.end.Unix())) // #nosec G115 -- after 1970
	return base64.RawURLEncoding.EncodeToString(append(text, s.seals.Sign(text, purpose)...))
}

// readLink reads a link that is this installation's, for this purpose and not over.
func (s *Service) readLink(token, purpose string) (l checkoutLink, err error) {
	size := linkBytes
	if purpose == purposeReturn {
		size += len(l.attempt)
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || base64.RawURLEncoding.EncodeToString(raw) != token || // line breaks are left out
		s.seals == nil || len(raw) != size+signature || raw[0] != linkVersion || !s.seals.Signed(raw[:size], raw[size:], purpose) {
		return l, ErrNoCheckout
	}
	l.environment = pay.Sandbox
	if raw[1] == 1 {
		l.environment = pay.Live
	}
	rest := bytes.NewBuffer(raw[2:size])
	copy(l.company[:], rest.Next(16))
	copy(l.payment[:], rest.Next(16))
	if purpose == purposeReturn {
		copy(l.attempt[:], rest.Next(16))
	}
	l.end = time.Unix(int64(binary.BigEndian.Uint64(rest.Next(8))), 0).UTC() // #nosec G115 -- signed by writeLink
	if !s.clock().Before(l.end) {
		return l, ErrNoCheckout
	}
	return l, nil
}

// OpenCheckout returns ctx with the payer whom the link names, who sees and pays its
// payment and no other. It returns ErrNoCheckout for every link that leads nowhere.
func (s *Service) OpenCheckout(ctx context.Context, token string) (context.Context, uuid.UUID, error) {
	link, err := s.readLink(token, purposeCheckout)
	if err != nil {
		return ctx, uuid.Nil, err
	}
	return s.openLink(ctx, link)
}

func (s *Service) openLink(ctx context.Context, link checkoutLink) (context.Context, uuid.UUID, error) {
	tenant, err := first(s.store.TenantOf(ctx, link.company, link.environment))
	if err == nil && tenant == nil {
		err = ErrNoCheckout
	}
	if err != nil {
		return ctx, uuid.Nil, err
	}
	// Without payments:pii: whoever holds the link need not be whom the payment is about.
	payer := pay.Actor{ID: pay.ActorCheckout, Role: pay.RoleCustomer, Scopes: []pay.Scope{pay.ScopePaymentsRead, pay.ScopePaymentsWrite},
		TenantID: tenant.ID, CompanyID: link.company, Environment: link.environment, CustomerID: &uuid.Nil, PaymentID: &link.payment}
	payment, err := first(s.store.For(payer).Payments(pay.WithActor(ctx, payer), []uuid.UUID{link.payment}))
	if err == nil && payment == nil {
		err = ErrNoCheckout
	}
	if err != nil {
		return ctx, uuid.Nil, err
	}
	if payment.CustomerID != nil { // whose country and stored method the attempts need
		payer.CustomerID = payment.CustomerID
	}
	return pay.WithActor(ctx, payer), link.payment, nil
}
