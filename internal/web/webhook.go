package web

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// webhookPath is where providers report: the connector and the address of a gateway.
const webhookPath = "/webhooks/{connector}/{endpoint}"

// maxDelivery bounds what a provider sends at once.
const maxDelivery = 1 << 20

// webhooks takes deliveries of providers. Who sends is proven by the delivery's own
// signature, over the body as it came; nothing is read of it before.
func webhooks(o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := o.begin(w, r, webhookPath, operationWebhook)
		defer a.end()
		id, r := a.id, a.request
		w, ctx := http.ResponseWriter(a), r.Context()
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDelivery))
		if err != nil {
			err = fmt.Errorf("%w: %w", gateway.ErrUnreadable, err)
		} else {
			err = o.Deliver(ctx, r.PathValue("connector"), r.PathValue("endpoint"), r.Header, body)
		}
		if err == nil {
			writeStatus(w, http.StatusOK, "ok")
			return
		}
		f := deliveryFault(err)
		if f.status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "5")
		}
		o.Log.Log(ctx, unlessGone(r, f.level()), "webhook refused", "status", f.status, "error", err)
		writeFault(w, id, f.status, f.code, f.message)
	})
}

// deliveryFault is what a provider is told. It sends again what was not accepted,
// which is right for all of these.
func deliveryFault(err error) fault {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fault{http.StatusRequestEntityTooLarge, "INVALID_INPUT", "The delivery is larger than 1 MiB."}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fault{http.StatusRequestTimeout, "UNAVAILABLE", "The delivery did not arrive in time. Send it again."}
	case errors.Is(err, pay.ErrNoEndpoint):
		return fault{http.StatusNotFound, "NOT_FOUND", "There is nothing at this address."}
	case errors.Is(err, gateway.ErrForged):
		return fault{http.StatusUnauthorized, "UNAUTHENTICATED", "The delivery is not signed by its sender, or is stale."}
	case errors.Is(err, gateway.ErrNoSecret):
		return fault{http.StatusServiceUnavailable, "UNAVAILABLE", "Deliveries cannot be checked here yet."}
	case errors.Is(err, pay.ErrContradicted):
		return fault{http.StatusConflict, "INVALID_STATE", "The event was delivered before with other content."}
	case errors.Is(err, pay.ErrUnavailable):
		return fault{http.StatusServiceUnavailable, "UNAVAILABLE", "The service cannot answer now. Send it again."}
	}
	if errors.Is(err, gateway.ErrUnreadable) {
		return fault{http.StatusBadRequest, "INVALID_INPUT", "The delivery could not be read."}
	}
	return fault{http.StatusInternalServerError, "INTERNAL", "The delivery could not be kept. Send it again."}
}

// level says who should know: anybody can send what is refused, but what a provider
// itself sends in vain is for people.
func (f fault) level() slog.Level {
	switch f.status {
	case http.StatusBadRequest, http.StatusConflict, http.StatusInternalServerError:
		return slog.LevelError
	case http.StatusServiceUnavailable:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}
