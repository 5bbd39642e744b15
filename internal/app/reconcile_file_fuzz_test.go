package app

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// FuzzSettlementFile gives any text as a settlement file, and as the rows below a good
// header: it is refused with the lines that are bad, or all that it says can be sent.
func FuzzSettlementFile(f *testing.F) {
	const header = "external_id,amount,currency,fee,settled_on\n"
	for _, text := range []string{"", header, "x1,12.34,EUR,0.10,2026-01-31\n", "x1,1e3,EUR,,2026-01-31\n\"x,1\",1,JPY,,2026-02-30\n", "\"torn\n", "4242424242424242,1,EUR,,2026-01-31\n",
		"a,b\n", " x , 1.000 , KWD , -0 , 2026-01-31 \n", "\ufeffexternal_id,currency,amount,settled_on,fee\r\nx,EUR,9007199254740991.00,9999-12-31,\r\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, file := range []string{text, header + text} {
			rows, faults, err := readSettlement("file.csv", strings.NewReader(file))
			if err != nil || len(faults) > 0 {
				continue
			}
			for _, row := range rows {
				checkSettlementRow(t, row)
			}
		}
	})
}

func checkSettlementRow(t *testing.T, row settlementRow) {
	t.Helper()
	in := row.input
	if row.line < 2 || in.ExternalID == "" || !utf8.ValidString(in.ExternalID) || pay.MentionsIBAN(in.ExternalID) || pay.MentionsCardNumber(in.ExternalID) {
		t.Errorf("row %+v", row)
	}
	minor, err := money.ParseDecimal(*in.Amount.Decimal, *in.Amount.Currency)
	if err != nil || minor < 1 {
		t.Errorf("amount %q: %d, %v", *in.Amount.Decimal, minor, err)
	}
	if in.Fee != nil {
		if minor, err := money.ParseDecimal(*in.Fee.Decimal, *in.Fee.Currency); err != nil || minor < 0 {
			t.Errorf("fee %q: %d, %v", *in.Fee.Decimal, minor, err)
		}
	}
	if in.SettledOn.IsZero() || in.SettledOn.After(time.Now().AddDate(0, 0, 2)) {
		t.Errorf("settled on %s", in.SettledOn)
	}
}
