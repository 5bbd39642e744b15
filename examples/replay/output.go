package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// writeJSON prints the report as one object; keys of its maps come sorted.
func writeJSON(out io.Writer, r report) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	_, err = fmt.Fprintf(out, "%s\n", text)
	return err
}

// writeTable prints the report for people.
func writeTable(out io.Writer, r report) error {
	totals := [][]string{
		{"orders", strconv.Itoa(r.Orders)},
		{"payments", strconv.Itoa(r.Payments)},
		{"ordered " + currency, r.OrderedMinor.String()},
		{"paid " + currency, r.PaidMinor.String()},
		{"outstanding " + currency, r.OutstandingMinor.String()},
	}
	for _, code := range sortedKeys(r.Refused) {
		totals = append(totals, []string{"refused " + code, strconv.Itoa(r.Refused[code])})
	}
	kinds := [][]string{{"type", "payments", "paid " + currency}}
	for _, kind := range sortedKeys(r.ByType) {
		t := r.ByType[kind]
		kinds = append(kinds, []string{kind, strconv.Itoa(t.Payments), t.PaidMinor.String()})
	}
	months := [][]string{{"month", "orders", "paid " + currency}}
	for _, month := range sortedKeys(r.ByMonth) {
		m := r.ByMonth[month]
		months = append(months, []string{month, strconv.Itoa(m.Orders), m.PaidMinor.String()})
	}
	_, err := io.WriteString(out, aligned(totals)+"\n"+aligned(kinds)+"\n"+aligned(months))
	return err
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// aligned sets the first column to the left and the numbers after it to the right.
func aligned(rows [][]string) string {
	var widths [3]int
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var text strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&text, "%-*s", widths[0], row[0])
		for i, cell := range row[1:] {
			fmt.Fprintf(&text, "  %*s", widths[i+1], cell)
		}
		text.WriteByte('\n')
	}
	return text.String()
}
