package pay_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/pay"
)

// TestOrdinaryTexts counts how often texts that are good to keep are taken for such with
// a card number in them. The seed is fixed: the counts are the same in every run.
func TestOrdinaryTexts(t *testing.T) {
	t.Parallel()
	const tried = 20_000
	for name, test := range map[string]struct {
		make func(*rand.Rand) string
		// most is the greatest share, in thousandths, that may be taken for a card's.
		most int
	}{
		"times": {func(r *rand.Rand) string {
			return "2026-1" + digits(r, 1) + "-2" + digits(r, 1) + "T1" + digits(r, 1) + ":0" + digits(r, 1) + ":0" + digits(r, 1) + "." + digits(r, 6) + "Z"
		}, 0},
		"dates": {func(r *rand.Rand) string {
			return "2026/11/2" + digits(r, 1) + "-2026/12/2" + digits(r, 1) + ", 0" + digits(r, 1) + ".12.2027"
		}, 0},
		"amounts": {func(r *rand.Rand) string {
			return "4" + digits(r, 3) + ", 3" + digits(r, 3) + ", 5" + digits(r, 3) + ", 6" + digits(r, 3)
		}, 0},
		"large amounts": {func(r *rand.Rand) string {
			return "4.5" + digits(r, 2) + ".0" + digits(r, 2) + ",50; 3,2" + digits(r, 2) + ",000.99"
		}, 0},
		"order numbers": {func(r *rand.Rand) string {
			return "Orders 45" + digits(r, 2) + ", 45" + digits(r, 2) + ", 45" + digits(r, 2) + " and 45" + digits(r, 2)
		}, 0},
		"phone numbers": {func(r *rand.Rand) string {
			return "+49 30 " + digits(r, 4) + " " + digits(r, 4) + ", +351 9" + digits(r, 2) + " " + digits(r, 3) + " " + digits(r, 3)
		}, 0},
		"phone, with dots": {func(r *rand.Rand) string { return "+1.415." + digits(r, 3) + "." + digits(r, 4) }, 0},
		"versions":         {func(r *rand.Rand) string { return "v3.14.15-" + digits(r, 4) + "." + digits(r, 4) }, 0},
		"addresses": {func(r *rand.Rand) string {
			return "10." + digits(r, 2) + "." + digits(r, 2) + ".4:54321 2001:4860:4860::8888"
		}, 0},
		"places": {func(r *rand.Rand) string { return "41." + digits(r, 6) + ",-8." + digits(r, 6) }, 0},
		"pictures": {func(r *rand.Rand) string {
			return "https://cdn.example/a/" + versioned(r) + "/" + digits(r, 8) + "_640x480.jpg?v=17" + digits(r, 8)
		}, 0},
		"UUIDs in a URL": {func(r *rand.Rand) string { return "https://cdn.example/" + versioned(r) + ".png" }, 0},
		"ids of this API": {func(r *rand.Rand) string {
			return "https://shop.example/?payment=" + pay.FormatID(pay.KindPayment, random(r))
		}, 0},
		"invoices": {func(r *rand.Rand) string { return "INV-2026-" + digits(r, 6) + "/" + digits(r, 2) }, 0},
		"tracking numbers": {func(r *rand.Rand) string {
			return "1Z" + digits(r, 3) + "AA1" + digits(r, 10) + " RR" + digits(r, 9) + "PT"
		}, 0},
		"base62":      {func(r *rand.Rand) string { return "ch_" + base62(random(r)) + base62(random(r)) }, 0},
		"percentages": {func(r *rand.Rand) string { return "100%" + digits(r, 2) + " of 4" + digits(r, 3) + " at 20%" }, 0},
		"order numbers of shops": {func(r *rand.Rand) string {
			return "40" + digits(r, 1) + "-" + digits(r, 7) + "-" + digits(r, 7) + " GPA.33" + digits(r, 2) + "-" + digits(r, 4) + "-" + digits(r, 4) + "-" + digits(r, 5)
		}, 0},
		"orders and items":   {func(r *rand.Rand) string { return "45" + digits(r, 8) + "-" + digits(r, 6) }, 0},
		"orders and barcode": {func(r *rand.Rand) string { return "45" + digits(r, 4) + "/4" + digits(r, 12) }, 0},
		"orders of a day":    {func(r *rand.Rand) string { return "45" + digits(r, 2) + "-202611" + digits(r, 2) + "-" + digits(r, 4) }, 0},
		"from one to another": {func(r *rand.Rand) string {
			return "4" + digits(r, 7) + "-4" + digits(r, 7) + ", 5" + digits(r, 3) + "/2026 - 5" + digits(r, 3) + "/2026"
		}, 0},
		"carriers and prefixes": {func(r *rand.Rand) string {
			return "YT24" + digits(r, 14) + " GM6" + digits(r, 15) + " ORD4" + digits(r, 15)
		}, 0},
		"parcels":               {func(r *rand.Rand) string { return "USPS " + parcel("94"+digits(r, 19)) + "." }, 0},
		"keys of tax documents": {func(r *rand.Rand) string { return "NF-e " + strings.Join(inFours("41"+digits(r, 42)), " ") }, 0},
		"two phones of one": {func(r *rand.Rand) string {
			return "415-" + digits(r, 3) + "-" + digits(r, 4) + " - 510-" + digits(r, 3) + "-" + digits(r, 4)
		}, 0},
		"phones in pairs": {func(r *rand.Rand) string { return strings.Repeat("06 34 5"+digits(r, 1)+" 12 7"+digits(r, 1)+" ", 2) }, 0},
		"bank slips": {func(r *rand.Rand) string {
			return "34191." + digits(r, 5) + " " + digits(r, 5) + "." + digits(r, 6) + " " + digits(r, 5) + "." + digits(r, 6) + " 1 " + digits(r, 14)
		}, 0},
		"references in fives": {func(r *rand.Rand) string { return "21" + strings.Repeat(" 34"+digits(r, 3), 5) }, 0},
		"times in one piece":  {func(r *rand.Rand) string { return "176" + digits(r, 13) + " 176" + digits(r, 16) }, 0},
		"long lists": {func(r *rand.Rand) string {
			return strings.Join(inFours(digits(r, 44)), "/")
		}, 0},
		"dates in one piece": {func(r *rand.Rand) string { return "202611" + digits(r, 2) + " 202612" + digits(r, 2) }, 0},
		"ids with numbers": {func(r *rand.Rand) string {
			return "pay4" + digits(r, 15) + "x" + digits(r, 4) + " r2d4" + digits(r, 15) + " 4" + digits(r, 15) + "d" + digits(r, 2) + "f"
		}, 0},
		"rates": {func(r *rand.Rand) string { return "0.0004" + digits(r, 15) + " 0,000" + digits(r, 16) }, 0},
		"places in India": {func(r *rand.Rand) string {
			return "Bengaluru 560" + digits(r, 3) + " 98" + digits(r, 8) + ", Mumbai 400" + digits(r, 3) + "-" + "98" + digits(r, 8)
		}, 0},
		"dates of six digits": {func(r *rand.Rand) string {
			return "2611" + digits(r, 2) + "-2612" + digits(r, 2) + "-1" + digits(r, 3)
		}, 0},
		"padded numbers": {func(r *rand.Rand) string { return "000000000045" + digits(r, 6) + " 0000000045" + digits(r, 8) }, 0},
		"32 digits":      {func(r *rand.Rand) string { return digits(r, 32) }, 3},
		"numbers of trades": {func(r *rand.Rand) string {
			return "20261126" + digits(r, 24) + " 20261126" + digits(r, 20)
		}, 0},
		// These have the look of a card's number: of ten, the check digit of one is right.
		"16 digits":      {func(r *rand.Rand) string { return digits(r, 16) }, 43},
		"twice 8 digits": {func(r *rand.Rand) string { return digits(r, 8) + " " + digits(r, 8) }, 43},
		"17 digits":      {func(r *rand.Rand) string { return digits(r, 17) }, 19},
		"18 digits":      {func(r *rand.Rand) string { return digits(r, 18) }, 19},
		"19 digits":      {func(r *rand.Rand) string { return digits(r, 19) }, 33},
		"20 digits":      {func(r *rand.Rand) string { return digits(r, 20) }, 0},
		"list without gaps": {func(r *rand.Rand) string {
			return digits(r, 4) + "," + digits(r, 4) + "," + digits(r, 4) + "," + digits(r, 4)
		}, 60},
	} {
		found, source := 0, rand.New(rand.NewChaCha8([32]byte{1}))
		for range tried {
			if text := test.make(source); pay.MentionsCardNumber(text) {
				if found++; found == 1 {
					t.Logf("%s: %q", name, text)
				}
			}
		}
		if found*1000 > test.most*tried {
			t.Errorf("%s: %d of %d are taken for a card number", name, found, tried)
		}
	}
}

// parcel adds the check digit of GS1 to digits and parts them as the post prints them.
func parcel(digits string) string {
	sum := 0
	for i := range digits {
		sum += int(digits[i]-'0') * (1 + 2*((len(digits)-i)%2))
	}
	return strings.Join(inFours(fmt.Sprint(digits, (10-sum%10)%10)), " ")
}
