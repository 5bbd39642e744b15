package adyen

import (
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/adyen/adyen-go-api-library/v21/src/hmacvalidator"
	"github.com/adyen/adyen-go-api-library/v21/src/webhook"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// notification is a delivery of Adyen's standard notifications.
type notification struct {
	Live  string `json:"live"`
	Items []struct {
		Item item `json:"NotificationRequestItem"`
	} `json:"notificationItems"`
}

// item is what happened, as far as Adyen signs it. Its time, its reason and all else are
// not signed, so they are not even read: whoever has one genuine delivery could change them.
type item struct {
	PSPReference        string `json:"pspReference"`
	OriginalReference   string `json:"originalReference"`
	MerchantAccountCode string `json:"merchantAccountCode"`
	MerchantReference   string `json:"merchantReference"`
	Amount              amount `json:"amount"`
	EventCode           string `json:"eventCode"`
	Success             string `json:"success"`
	AdditionalData      struct {
		Signature string `json:"hmacSignature"`
	} `json:"additionalData"`
}

// Receive takes deliveries each of whose items is signed with the gateway's key. Adyen signs
// no time, and sends what was not taken for days; that one comes again changes nothing, for
// its event has the same id. The body must be parsed before it can be verified, since the
// signatures are in it; nothing else is made of it before.
func (connector) Receive(d gateway.Delivery) ([]pay.Report, error) {
	key := d.Settings.Value(HMACKey)
	if !hmacForm.Matches(key) {
		return nil, gateway.ErrNoSecret
	}
	var n notification
	if json.Unmarshal(d.Body, &n) != nil || len(n.Items) == 0 {
		return nil, fmt.Errorf("%w: it is no signed notification", gateway.ErrForged)
	}
	for _, x := range n.Items {
		if !x.Item.isSigned(key) {
			return nil, fmt.Errorf("%w: a signature is missing or wrong", gateway.ErrForged)
		}
	}
	live := map[pay.Environment]string{pay.Live: "true", pay.Sandbox: "false"}
	switch n.Live {
	case live[d.Environment]:
	case "true", "false":
		return nil, fmt.Errorf("adyen notification: it is of the other environment than %s", d.Environment)
	default: // this is not signed, but Adyen writes nothing else
		return nil, fmt.Errorf("%w: it tells no environment", gateway.ErrForged)
	}
	return n.reports(d.Settings.Value(MerchantAccount))
}

// isSigned says that Adyen signed what the item says.
func (x item) isSigned(key string) bool {
	sum, err := hmacvalidator.CalculateHmac(webhook.NotificationRequestItem{PspReference: x.PSPReference, OriginalReference: x.OriginalReference,
		MerchantAccountCode: x.MerchantAccountCode, MerchantReference: x.MerchantReference, EventCode: x.EventCode, Success: x.Success,
		Amount: webhook.Amount{Currency: x.Amount.Currency, Value: x.Amount.Value}}, key)
	return err == nil && hmac.Equal([]byte(sum), []byte(x.AdditionalData.Signature))
}

// isClear says that what is signed can be read in one way only. The fields are joined by
// colons and not escaped, so a colon in one of them could move the others; nothing of ours
// has any.
func (x item) isClear() bool {
	return !strings.Contains(x.PSPReference+x.OriginalReference+x.MerchantAccountCode+x.MerchantReference+x.Amount.Currency+x.EventCode+x.Success, ":")
}

// reports says what all items report. Others may use the company's account at Adyen too:
// what is about another merchant account, or has no reference of ours, is none of ours.
func (n notification) reports(account string) (list []pay.Report, err error) {
	for _, x := range n.Items {
		ref, ours := parseReference(x.Item.MerchantReference)
		if !ours || !x.Item.isClear() || x.Item.MerchantAccountCode != account {
			continue
		}
		if x.Item.PSPReference == "" || x.Item.Success != "true" && x.Item.Success != "false" {
			return nil, errors.New("adyen notification: it has no id or no result")
		}
		report, err := x.Item.report(ref)
		if err != nil {
			return nil, err
		}
		if report != nil {
			report.EventID = x.Item.EventCode + ":" + x.Item.PSPReference + ":" + x.Item.Success
			list = append(list, *report)
		}
	}
	return list, nil
}
