package app

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// settlementColumns are the columns of a settlement file, in any order.
var settlementColumns = []string{"external_id", "amount", "currency", "fee", "settled_on"}

// settlementRow is one row of a settlement file and the line that it stands in.
type settlementRow struct {
	line  int
	input service.SettlementLineInput
}

// readSettlementFile reads a whole file. faults name all rows that are bad, by their
// lines: a person corrects the file once, not once for each.
func readSettlementFile(name string) (rows []settlementRow, faults []string, err error) {
	file, err := os.Open(name) // #nosec G304 -- an argument of who runs the command
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	return readSettlement(name, file)
}

// readSettlement reads a settlement file of that name.
func readSettlement(name string, file io.Reader) (rows []settlementRow, faults []string, err error) {
	reader := csv.NewReader(file)
	reader.FieldsPerRecord = -1
	header, err := reader.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: no header: %w", name, err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff") // spreadsheets put it there
	if !slices.Equal(slices.Sorted(slices.Values(header)), slices.Sorted(slices.Values(settlementColumns))) {
		return nil, nil, fmt.Errorf("%s: the header must name the columns %s, in any order; it names %s", name, strings.Join(settlementColumns, ","), strings.Join(header, ","))
	}
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, faults, nil
		}
		if err != nil {
			return nil, append(faults, err.Error()), nil // what follows a torn quote cannot be told apart
		}
		line, _ := reader.FieldPos(0)
		if len(record) != len(header) {
			faults = append(faults, fmt.Sprintf("line %d: %d fields instead of %d", line, len(record), len(header)))
			continue
		}
		fields := map[string]string{}
		for i, column := range header {
			fields[column] = strings.TrimSpace(record[i])
		}
		input, fault := readSettlementRow(fields)
		if fault != "" {
			faults = append(faults, fmt.Sprintf("line %d: %s", line, fault))
		}
		rows = append(rows, settlementRow{line, input})
	}
}

// readSettlementRow reads one row, or says what is wrong with it.
func readSettlementRow(fields map[string]string) (in service.SettlementLineInput, fault string) {
	in.ExternalID = fields["external_id"]
	currency, err := money.ParseCurrency(fields["currency"])
	switch {
	case in.ExternalID == "" || !utf8.ValidString(in.ExternalID) || utf8.RuneCountInString(in.ExternalID) > 255 || strings.ContainsRune(in.ExternalID, 0):
		return in, "external_id: must have 1 to 255 characters"
	case pay.MentionsIBAN(in.ExternalID):
		return in, "external_id: account numbers are not accepted"
	case pay.MentionsCardNumber(in.ExternalID):
		return in, "external_id: card numbers are not accepted"
	case err != nil:
		return in, fmt.Sprintf("currency: %q is no ISO 4217 code", fields["currency"])
	}
	if in.Amount, fault = decimalField(fields["amount"], currency, 1); fault != "" {
		return in, "amount: " + fault
	}
	if fields["fee"] != "" {
		fee, fault := decimalField(fields["fee"], currency, 0)
		if fault != "" {
			return in, "fee: " + fault
		}
		in.Fee = &fee
	}
	if in.SettledOn, err = time.Parse(time.DateOnly, fields["settled_on"]); err != nil {
		return in, fmt.Sprintf("settled_on: %q is no date such as 2026-01-31", fields["settled_on"])
	}
	if pay.SettledAhead(in.SettledOn, pay.SystemClock()) {
		return in, fmt.Sprintf("settled_on: %s lies ahead", fields["settled_on"])
	}
	return in, ""
}

// decimalField reads an amount of at least so many minor units.
func decimalField(text string, currency money.Currency, least int64) (pay.MoneyInput, string) {
	in := pay.MoneyInput{Decimal: &text, Currency: &currency}
	minor, refusal := in.In(currency, nil)
	switch {
	case refusal != nil:
		return in, fmt.Sprintf("%q: %s", text, refusal.Message)
	case minor < least:
		return in, fmt.Sprintf("%q is too little", text)
	}
	return in, ""
}
