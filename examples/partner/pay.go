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
func pay(ctx context.Context, c *client, order, gateway, token string) (string, error) {
	input := map[string]any{
		// The key names the intent, not the request: who wants to pay this order with
		// this token. A real program stores it before it sends anything.
		"idempotencyKey": "partner-" + order + "-" + token,
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
		case "CAPTURED", "CONFIRMED":
			return fmt.Sprintf("payment %s: %s %s paid", paid.HumanID, paid.PaidAmount.Decimal, paid.PaidAmount.Currency), nil
		case "AUTHORIZED":
			return fmt.Sprintf("payment %s: the money is held", paid.HumanID), nil
		case "REQUIRES_ACTION":
			return fmt.Sprintf("payment %s: the payer must act: %s %s", paid.HumanID, made.Action.Type, made.Action.URL), nil
		case "CREATED", "PENDING", "UNKNOWN": // no result yet; it never means failed
		default:
			return "", fmt.Errorf("payment %s: %s%s", paid.HumanID, made.Status, made.why())
		}
		if err := c.wait(ctx, pause); err != nil {
			break
		}
		pause = min(2*pause, maxWait)
		looked, err := ask[struct{ Transaction *attempt }](ctx, c, lookDocument, map[string]any{"id": made.ID})
		if err != nil {
			return "", fmt.Errorf("%w: %w", errNotKnown, err)
		}
		made, paid = looked.Transaction, looked.Transaction.Payment
	}
	return "", fmt.Errorf("payment %s: %w: %s", paid.HumanID, errNotKnown, made.Status)
}

func (a *attempt) why() string {
	if a.Error == nil {
		return ""
	}
	return ", " + a.Error.Code + ": " + a.Error.Message
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
