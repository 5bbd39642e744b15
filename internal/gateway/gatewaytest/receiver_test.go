package gatewaytest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
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
	switch b.fault {
	case "trims the body":
		body = []byte(strings.TrimSpace(string(body)))
	case partly:
		body = signedPart(partly, body)
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
	return b.read(d.Body)
}

// read takes the body for an event of its own or, where it is a fact, for what it says.
func (b believer) read(body []byte) ([]pay.Report, error) {
	var said struct {
		Event string
		Fact  *pay.Fact
	}
	if json.Unmarshal(body, &said) != nil || said.Fact == nil {
		return []pay.Report{{EventID: "evt"}}, nil
	}
	switch {
	case b.fault == "has one id for all":
		said.Event = "evt"
	case b.fault == "counts what it told":
		told.Add(1)
		said.Fact.AmountMinor = told.Load()
	case b.fault == "tells what is left of a hold" && said.Fact.To == pay.TransactionCaptured:
		said.Fact.To, said.Fact.AmountMinor = pay.TransactionAuthorized, 600
	}
	return []pay.Report{{EventID: said.Event, Fact: said.Fact}}, nil
}

var told atomic.Int64

func reportsOf(fault string) Reports {
	settings := func(secret string) pay.GatewayParameters {
		return pay.GatewayParameters{{ParameterID: "secret", TenantDefaultValue: &secret}}
	}
	return Reports{Connector: believer{fault: fault}, Signatures: []string{"Stamp", "Signature"}, Tolerance: window,
		Otherwise: func() pay.GatewayParameters { return settings("two") },
		Amount:    money.Money{Minor: 1234, Currency: "EUR"},
		Delivery: func(at time.Time) gateway.Delivery {
			return signed(at, `{"a": 1, "b": [2, 3, {"c": "the rest of it", "d": 1111}]} `, settings("one"), fault)
		},
		Story: func(at time.Time) (list []gateway.Delivery) {
			for i, to := range []pay.TransactionStatus{pay.TransactionPending, pay.TransactionAuthorized, pay.TransactionCaptured} {
				amount := 1234
				if to == pay.TransactionPending {
					amount = 0
				}
				list = append(list, signed(at, fmt.Sprintf(`{"event": "evt-%d", "fact": {"To": %q, "AmountMinor": %d}}`, i, to, amount), settings("one"), fault))
			}
			return list
		}}
}

// settings are the settings of genuine deliveries.
func settings() pay.GatewayParameters { return reportsOf("").Delivery(time.Unix(0, 0)).Settings }

// partly is the fault that only the beginning is signed.
const partly = "signs the beginning"

func signedPart(fault string, body []byte) []byte {
	if fault == partly {
		return body[:min(len(body), 40)]
	}
	return body
}

func signed(at time.Time, content string, settings pay.GatewayParameters, fault string) gateway.Delivery {
	body, stamp := []byte(content), fmt.Sprint(at.Unix())
	return gateway.Delivery{Body: body, Now: at, Settings: settings,
		Header: http.Header{"Stamp": {stamp}, "Signature": {mac("one", stamp, signedPart(fault, body))}}}
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

// TestChangedDeliveriesAreCounted proves that a connector that checks part of a delivery
// is found, by how many changed ones it believes.
func TestChangedDeliveriesAreCounted(t *testing.T) {
	t.Parallel()
	if problems := reportsOf("").mutate(1000); len(problems) > 0 {
		t.Errorf("an honest connector: %q", problems)
	}
	for _, fault := range []string{"believes everything", partly} {
		if problems := reportsOf(fault).mutate(1000); len(problems) != 1 || !strings.Contains(problems[0], "of 1000 changed deliveries are not refused") {
			t.Errorf("one that %s: %q", fault, problems)
		}
	}
}

// TestContentIsEnough proves that a provider may sign what it says alone, as long as nothing
// else is believed.
func TestContentIsEnough(t *testing.T) {
	t.Parallel()
	trims := reportsOf("trims the body")
	trims.SignsContent = true
	trims.Delivery = func(at time.Time) gateway.Delivery {
		return signed(at, `{"a": 1, "b": "the rest of it"}`, settings(), "")
	}
	if problems := append(receive(trims), trims.mutate(1000)...); len(problems) > 0 {
		t.Errorf("one that signs the content: %q", problems)
	}
	for _, fault := range []string{"believes everything", "has one secret for all", partly} {
		r := reportsOf(fault)
		r.SignsContent = true
		r.Delivery = func(at time.Time) gateway.Delivery {
			return signed(at, `{"fact": {"To": "CAPTURED", "AmountMinor": 1234, "VoucherMinor": 0}, "event": "evt-1"}`, settings(), fault)
		}
		if problems := append(receive(r), r.mutate(1000)...); len(problems) == 0 {
			t.Errorf("one that %s is not caught", fault)
		}
	}
}

// TestDisorderIsCaught proves that reports that do not come to the same in every order,
// or that are not told apart, are found.
func TestDisorderIsCaught(t *testing.T) {
	t.Parallel()
	if problems := reportsOf("").reorder(); len(problems) > 0 {
		t.Errorf("an honest connector: %q", problems)
	}
	for fault, want := range map[string]string{
		"has one id for all":           `two events have the id "evt"`,
		"counts what it told":          "reports something else when it comes again",
		"tells what is left of a hold": "in the right one to",
	} {
		if problems := reportsOf(fault).reorder(); !strings.Contains(strings.Join(problems, "; "), want) {
			t.Errorf("one that %s: %q, want %q", fault, problems, want)
		}
	}
	if n := len(orders(4)); n != 24 {
		t.Errorf("4 things have %d orders", n)
	}
}
