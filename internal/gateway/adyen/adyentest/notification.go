package adyentest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
)

// HMACKey and OtherKey sign notifications.
const (
	HMACKey  = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
	OtherKey = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00"
)

// Amount is one as Adyen writes it.
type Amount struct {
	Currency string `json:"currency"`
	Value    int64  `json:"value"`
}

// Item is what happened, as Adyen tells it.
type Item struct {
	AdditionalData      map[string]string `json:"additionalData"`
	Amount              Amount            `json:"amount"`
	EventCode           string            `json:"eventCode"`
	EventDate           string            `json:"eventDate"`
	MerchantAccountCode string            `json:"merchantAccountCode"`
	MerchantReference   string            `json:"merchantReference"`
	OriginalReference   string            `json:"originalReference,omitempty"`
	PaymentMethod       string            `json:"paymentMethod"`
	PSPReference        string            `json:"pspReference"`
	Reason              string            `json:"reason"`
	Success             string            `json:"success"`

	// attempt is our attempt's id.
	attempt string
}

// tell remembers a notification.
func (s *Server) tell(i Item, p *payment, reference string, value int64) {
	i.MerchantAccountCode, i.MerchantReference, i.Amount = Account, reference, Amount{p.currency, value}
	i.EventDate, i.PaymentMethod, i.attempt = "2026-03-04T06:06:07+01:00", "visa", attemptOf(p.reference)
	s.items = append(s.items, i)
}

// Items are the notifications about an attempt, in the order in which it all happened.
func (s *Server) Items(attempt string) (list []Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.items {
		if i.attempt == attempt {
			list = append(list, i)
		}
	}
	return list
}

// Signed is the item with its signature.
func (i Item) Signed(key string) Item {
	secret, err := hex.DecodeString(key)
	if err != nil {
		panic(err)
	}
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(strings.Join([]string{i.PSPReference, i.OriginalReference, i.MerchantAccountCode, i.MerchantReference,
		fmt.Sprint(i.Amount.Value), i.Amount.Currency, i.EventCode, i.Success}, ":")))
	i.AdditionalData = map[string]string{"hmacSignature": base64.StdEncoding.EncodeToString(h.Sum(nil)), "cardSummary": "1111"}
	return i
}

// Body is a delivery with the items as they are.
func Body(live bool, items ...Item) []byte {
	list := []any{}
	for _, i := range items {
		list = append(list, map[string]any{"NotificationRequestItem": i})
	}
	text, err := json.Marshal(map[string]any{"live": fmt.Sprint(live), "notificationItems": list})
	if err != nil {
		panic(err)
	}
	return text
}

// decimals are how many decimals a currency has, by Adyen's page on currencies.
var decimals = map[string]int{"EUR": 2, "USD": 2, "HUF": 2, "TWD": 2, "BDT": 2, "JPY": 0, "UGX": 0, "KWD": 3, "ISK": 2, "CLP": 2, "IDR": 0, "CVE": 0}

// Books are what the server has of an attempt, in decimals of the currency.
type Books struct {
	Held, Captured, Refunded string
	// Payments is how many there are.
	Payments int
}

// Books says what the server has of an attempt.
func (s *Server) Books(attempt string) (b Books) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.payments {
		if attemptOf(p.reference) != attempt {
			continue
		}
		b.Payments++
		unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals[p.currency])), nil)
		text := func(value int64) string {
			return new(big.Rat).SetFrac(big.NewInt(value), unit).FloatString(decimals[p.currency])
		}
		b.Held, b.Captured, b.Refunded = text(p.held), text(p.captured), text(p.refunded)
	}
	return b
}
