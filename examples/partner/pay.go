package main

import (
	"context"
	"fmt"
	"time"
)

// Values travel as variables only: text that is put into a document would have to be
// escaped, and what the payer typed could change what is asked.
const payDocument = `
mutation Pay($input: PayOrdersInput!) {
  payOrders(input: $input) {
    replayed
    payment { humanId paidAmount { decimal currency } }
    transaction { ...attempt }
    errors { code message path ... on IdempotencyError { retryAfterSeconds } }
  }
}
` + attemptFragment

const lookDocument = `
query Look($id: ID!) {
  transaction(id: $id) { ...attempt payment { humanId paidAmount { decimal currency } } }
}
` + attemptFragment

const attemptFragment = `
fragment attempt on Transaction { id status error { code message } action { type url } }
`

type payment struct {
	HumanID    string
	PaidAmount struct{ Decimal, Currency string }
}

type attempt struct {
	ID, Status string
	Error      *struct{ Code, Message string }
	Action     *struct{ Type, URL string }
	Payment    *payment // of Look only
}

// refusal is an error of a payload: the input is at fault, and nothing was stored.
type refusal struct {
	Code, Message     string
	Path              []string
	RetryAfterSeconds int
}

// maxLooks bounds how long the result is waited for, together with maxWait.
const maxLooks = 10

// pay pays an order and waits for the result.
func pay(ctx context.Context, c *client, order, gateway, token string, try int) (string, error) {
	input := map[string]any{
		// The key names the intent, not the request: a payer's wish to pay this order,
		// which after a decline is another one. A real program stores it before it sends
		// anything.
		"idempotencyKey": fmt.Sprintf("partner-%s-%d", order, try),
		"orders":         []map[string]any{{"orderId": order}},
		"gatewayId":      gateway,
	}
	if token != "" {
		input["paymentToken"] = token
	}
	made, paid, err := send(ctx, c, input)
	if err != nil {
		return "", err
	}
	pause := time.Second
	for range maxLooks {
		switch made.Status {
		case "CAPTURED", "CONFIRMED", "PARTIALLY_REFUNDED":
			return fmt.Sprintf("payment %s: %s %s paid", paid.HumanID, paid.PaidAmount.Decimal, paid.PaidAmount.Currency), nil
		case "AUTHORIZED":
			return fmt.Sprintf("payment %s: the money is held", paid.HumanID), nil
		case "REQUIRES_ACTION":
			return fmt.Sprintf("payment %s: the payer must act%s", paid.HumanID, made.where()), nil
		case "FAILED", "DROPPED", "CANCELLED", "EXPIRED", "VOIDED", "REFUNDED":
			return "", fmt.Errorf("payment %s: %s%s", paid.HumanID, made.Status, made.why())
		}
		// No result yet, which never means failed; nor does a status that is new.
		if c.wait(ctx, pause) != nil {
			break
		}
		pause = min(2*pause, maxWait)
		if made, paid, err = look(ctx, c, made.ID); err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("payment %s: %w: %s", paid.HumanID, errNotKnown, made.Status)
}

func (a *attempt) why() string {
	if a.Error == nil {
		return ""
	}
	return ", " + a.Error.Code + ": " + a.Error.Message
}

func (a *attempt) where() string {
	if a.Action == nil {
		return ""
	}
	return ": " + a.Action.Type + " " + a.Action.URL
}

// look reads an attempt again.
func look(ctx context.Context, c *client, id string) (*attempt, *payment, error) {
	answer, err := ask[struct{ Transaction *attempt }](ctx, c, lookDocument, map[string]any{"id": id})
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("%w: %w", errNotKnown, err)
	case answer.Transaction == nil || answer.Transaction.Payment == nil:
		return nil, nil, fmt.Errorf("%w: attempt %s cannot be read", errNotKnown, id)
	}
	return answer.Transaction, answer.Transaction.Payment, nil
}

// send makes the payment, or is told of the one that an earlier run made.
func send(ctx context.Context, c *client, input map[string]any) (*attempt, *payment, error) {
	for range maxTries {
		answer, err := ask[struct {
			PayOrders struct {
				Payment     *payment
				Transaction *attempt
				Errors      []refusal
			}
		}](ctx, c, payDocument, map[string]any{"input": input})
		if err != nil {
			return nil, nil, err
		}
		made := answer.PayOrders
		switch {
		case len(made.Errors) == 0 && made.Transaction != nil && made.Payment != nil:
			return made.Transaction, made.Payment, nil
		case len(made.Errors) == 0:
			return nil, nil, fmt.Errorf("%w: the answer is not whole", errNotKnown)
		case made.Errors[0].Code != "IDEMPOTENCY_IN_PROGRESS":
			return nil, nil, fmt.Errorf("%s at %v: %s", made.Errors[0].Code, made.Errors[0].Path, made.Errors[0].Message)
		}
		// Another process sends the same right now.
		if err := c.wait(ctx, time.Duration(made.Errors[0].RetryAfterSeconds)*time.Second); err != nil {
			break
		}
	}
	return nil, nil, fmt.Errorf("%w: the first request with this key has not ended", errNotKnown)
}
