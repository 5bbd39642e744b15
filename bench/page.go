package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
)

// Pages are the first and the last whole page of the first company's payments.
func (s *Stage) Pages(ctx context.Context) ([]Question, error) {
	// Behind the eleventh from the end are the last ten.
	ask := s.askProduct(Question{Only: 1, Document: `{ payments(last: 11) { pageInfo { startCursor } } }`})
	var body bytes.Buffer
	if err := send(ctx, http.DefaultClient, ask(0), &body); err != nil {
		return nil, err
	}
	var answer struct {
		Data struct {
			Payments struct{ PageInfo struct{ StartCursor string } }
		}
	}
	if err := json.Unmarshal(body.Bytes(), &answer); err != nil {
		return nil, err
	}
	return []Question{page("page 1", nil), page("last page", &answer.Data.Payments.PageInfo.StartCursor)}, nil
}

// page is one page of ten of the first company's payments, behind a cursor.
func page(name string, after *string) Question {
	return Question{Name: name, Only: 1, Document: `query($after: String) { payments(first: 10, after: $after) { nodes { id status amount { decimal currency } } pageInfo { endCursor } } }`,
		Variables: func(int) map[string]any { return map[string]any{"after": after} }}
}
