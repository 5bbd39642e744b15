package main

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// appendID begins an object with its id.
func appendID(b []byte, kind pay.Kind, id uuid.UUID) []byte {
	return append(append(append(b, `{"id":"`...), pay.FormatID(kind, id)...), '"')
}

// appendText adds a member; nil is null.
func appendText(b []byte, name string, text *string) []byte {
	b = append(append(append(b, `,"`...), name...), `":`...)
	if text == nil {
		return append(b, "null"...)
	}
	for i := range len(*text) {
		if c := (*text)[i]; c < ' ' || c > '~' || c == '"' || c == '\\' { // seldom, and left to who knows how
			quoted, _ := json.Marshal(*text)
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), *text...), '"')
}

func appendTime(b []byte, name string, at time.Time) []byte {
	b = append(append(append(b, `,"`...), name...), `":"`...)
	return append(at.UTC().AppendFormat(b, time.RFC3339Nano), '"')
}

// appendMoney adds an amount of a currency with two decimals, as all of the set are.
func appendMoney(b []byte, name string, minor int64, currency string) []byte {
	b = append(append(append(b, `,"`...), name...), `":{"decimal":"`...)
	b = append(strconv.AppendInt(b, minor/100, 10), '.', byte('0'+minor/10%10), byte('0'+minor%10))
	return append(append(append(b, `","currency":"`...), currency...), `"}`...)
}

// appendComma divides elements of a list.
func appendComma(b []byte, i int) []byte {
	if i > 0 {
		return append(b, ',')
	}
	return b
}

// column is the name of the column that a field is read from: CreatedAt is created_at.
func column(field string) string {
	var b strings.Builder
	for i, r := range field {
		if unicode.IsUpper(r) && i > 0 && !unicode.IsUpper(rune(field[i-1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
