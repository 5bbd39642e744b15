package gatewaytest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// believer takes webhooks with one fault, or with none.
type believer struct {
	gateway.Connector
	fault string
}

const window = time.Minute

func mac(secret, stamp string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(stamp + "." + string(body)))
	return hex.EncodeToString(h.Sum(nil))
}

func (b believer) Receive(d gateway.Delivery) ([]pay.Report, error) {
	secret, stamp, signature := d.Settings.Value("secret"), d.Header.Get("Stamp"), d.Header.Get("Signature")
	body := d.Body
	switch b.fault {
	case "takes the secret to be there":
	default:
		if secret == "" {
			return nil, gateway.ErrNoSecret
		}
	}
	if b.fault == "trims the body" {
		body = []byte(strings.TrimSpace(string(body)))
	}
	genuine := hmac.Equal([]byte(mac(secret, stamp, body)), []byte(signature))
	switch b.fault {
	case "believes everything":
		genuine = true
	case "believes what is unsigned":
		genuine = genuine || signature == ""
	case "has one secret for all":
		genuine = genuine || mac("one", stamp, body) == signature
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	age := d.Now.Sub(time.Unix(seconds, 0))
	if b.fault == "believes the future" {
		age = max(age, 0)
	}
	if b.fault != "has no clock" && (err != nil || age > window || age < -window) {
		genuine = false
	}
	if !genuine {
		return nil, gateway.ErrForged
	}
	if b.fault == "names no event" {
		return []pay.Report{{}}, nil
	}
	return []pay.Report{{EventID: "evt"}}, nil
}

func reportsOf(fault string) Reports {
	settings := func(secret string) pay.GatewayParameters {
		return pay.GatewayParameters{{ParameterID: "secret", TenantDefaultValue: &secret}}
	}
	return Reports{Connector: believer{fault: fault}, Signatures: []string{"Stamp", "Signature"}, Tolerance: window,
		Otherwise: func() pay.GatewayParameters { return settings("two") },
		Delivery: func(at time.Time) gateway.Delivery {
			body, stamp := []byte(`{"a": 1} `), fmt.Sprint(at.Unix())
			return gateway.Delivery{Body: body, Now: at, Settings: settings("one"),
				Header: http.Header{"Stamp": {stamp}, "Signature": {mac("one", stamp, body)}}}
		}}
}

// TestBelieversAreCaught proves that each way to believe too much is found, and that
// nothing is found where there is nothing.
func TestBelieversAreCaught(t *testing.T) {
	t.Parallel()
	if problems := receive(reportsOf("")); len(problems) > 0 {
		t.Errorf("an honest connector: %q", problems)
	}
	for _, fault := range []string{"believes everything", "believes what is unsigned", "has one secret for all", "takes the secret to be there",
		"trims the body", "has no clock", "believes the future", "names no event"} {
		if problems := receive(reportsOf(fault)); len(problems) == 0 {
			t.Errorf("one that %s is not caught", fault)
		}
	}
}
