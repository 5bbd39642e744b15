package service

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// accountPause is for how long an answer of a provider about an account is given again
// before the provider is asked anew: providers count such questions, and some let nobody in
// for an hour who asks too often.
const accountPause = 10 * time.Second

// CheckPaymentGateway asks a gateway's provider whether it takes the gateway's settings, and
// whose they are. It changes nothing, here or there, and what comes of it keeps no gateway
// from being used. For callers with gateways:admin.
func (s *Service) CheckPaymentGateway(ctx context.Context, id string) (pay.AccountCheck, error) {
	c, err := s.maintains(ctx, pay.ScopeGatewaysAdmin)
	if err != nil {
		return pay.AccountCheck{}, err
	}
	parsed, _ := pay.ParseID(pay.KindGateway, id)
	list, err := c.rows.Gateways(ctx, []uuid.UUID{parsed})
	if err != nil {
		return pay.AccountCheck{}, err
	}
	if len(list) == 0 {
		return pay.AccountCheck{}, pay.Errors{notFound("gateway", pay.At("input", "id"))}
	}
	checker, ok := s.accountChecker(list[0])
	if !ok {
		var faults checks
		faults.Addf(pay.CodeInvalidInput, pay.At("input", "id"), "There is nobody to ask about this gateway's account.")
		return pay.AccountCheck{}, faults.Err()
	}
	return s.accounts.get(ctx, list[0], s.clock, func() pay.AccountCheck { return s.askAccount(ctx, checker, c.Environment, list[0]) })
}

// HasAccountCheck says whether CheckPaymentGateway can ask anybody about the gateway.
func (s *Service) HasAccountCheck(g pay.PaymentGateway) bool {
	_, ok := s.accountChecker(g)
	return ok
}

func (s *Service) accountChecker(g pay.PaymentGateway) (gateway.AccountChecker, bool) {
	checker, ok := s.connectors[g.Connector].(gateway.AccountChecker)
	return checker, ok
}

// askAccount asks the provider. That it gives no answer is an answer here: UNKNOWN.
func (s *Service) askAccount(ctx context.Context, c gateway.AccountChecker, e pay.Environment, g pay.PaymentGateway) pay.AccountCheck {
	check := pay.AccountCheck{Outcome: pay.AccountUnknown, CheckedAt: s.clock(), GatewayVersion: g.Version}
	settings, err := s.opened(g)
	if err != nil {
		s.log.ErrorContext(ctx, "secrets of a gateway cannot be opened", "gateway", g.GlobalID(), "error", err)
		check.Message = ptr("This server cannot open the secrets of the gateway: its operator must give it their key.")
		return check
	}
	var account gateway.Account
	err = s.asked(ctx, c, "check account", func(ctx context.Context) (string, error) {
		var err error
		account, err = gateway.AskAccount(ctx, c, gateway.AccountRequest{Environment: e, Settings: settings, Now: check.CheckedAt})
		return string(outcomeOf(account)), err
	})
	if err != nil {
		s.log.WarnContext(ctx, "a provider says nothing about an account", "gateway", g.GlobalID(), "connector", g.Connector, "error", err)
		check.Message = ptr(whyUnknown(err))
		return check
	}
	check.Outcome, check.Faults = outcomeOf(account), account.Faults
	check.AccountID, check.AccountName = pay.ProviderName(account.ID), pay.ProviderName(account.Name)
	if account.Environment != "" {
		check.Environment = &account.Environment
	}
	if check.Outcome == pay.AccountUnknown {
		check.Message = &account.Doubt
	}
	return check
}

func outcomeOf(a gateway.Account) pay.AccountCheckOutcome {
	switch {
	case len(a.Faults) > 0:
		return pay.AccountInvalid
	case a.Doubt != "":
		return pay.AccountUnknown
	}
	return pay.AccountValid
}

// whyUnknown is for the merchant. What the error says is for the log: it may name hosts.
func whyUnknown(err error) string {
	switch {
	case errors.Is(err, gateway.ErrRateLimited):
		return "The provider takes no more requests for now. Check again later."
	case errors.Is(err, gateway.ErrSettings):
		return "The provider was not asked: a setting of the gateway is missing or cannot be used."
	case errors.Is(err, gateway.ErrNotSent):
		return "The provider could not be reached, or let nobody ask. Check again later."
	}
	return "The provider gave no answer that says whether it takes the settings. Check again later."
}

// accountChecks are the answers of providers that this process got last. Several processes
// ask each for themselves.
type accountChecks struct {
	known *lru.Cache[uuid.UUID, *accountSeat]
}

// accountSeat is the place of one gateway's answer. Its lock is a channel, so that who
// waits while another asks can give up.
type accountSeat struct {
	lock chan struct{}
	last *pay.AccountCheck
}

// maxAccountChecks bounds how many answers are kept.
const maxAccountChecks = 10_000

func newAccountChecks() accountChecks {
	known, err := lru.New[uuid.UUID, *accountSeat](maxAccountChecks)
	if err != nil {
		panic(err) // of a size that is none
	}
	return accountChecks{known}
}

// get returns the last answer about the gateway where that is new enough and of the same
// settings, and what ask answers otherwise. One asks at a time.
func (a accountChecks) get(ctx context.Context, g pay.PaymentGateway, clock pay.Clock, ask func() pay.AccountCheck) (pay.AccountCheck, error) {
	seat := &accountSeat{lock: make(chan struct{}, 1)}
	if other, there, _ := a.known.PeekOrAdd(g.ID, seat); there {
		seat = other
	}
	select {
	case seat.lock <- struct{}{}:
		defer func() { <-seat.lock }()
	case <-ctx.Done():
		return pay.AccountCheck{}, ctx.Err()
	}
	if last := seat.last; last != nil && last.GatewayVersion == g.Version && clock().Before(last.CheckedAt.Add(accountPause)) {
		return *last, nil
	}
	asked := ask()
	if ctx.Err() == nil { // or the caller gave up, which is no answer of the provider
		seat.last = &asked
	}
	return asked, nil
}
