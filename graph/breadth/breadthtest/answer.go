package breadthtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Alike writes an answer so that two of the same are the same text. Only the order of errors
// is not kept: gqlgen has them in the order in which its goroutines end, which is another
// each time. Data, and each error with its path, words and extensions, stay to the byte.
func Alike(body []byte) (string, error) {
	var parts struct {
		Errors []json.RawMessage `json:"errors"`
	}
	if err := json.Unmarshal(body, &parts); err != nil {
		return "", fmt.Errorf("no answer: %w: %s", err, body)
	}
	if len(parts.Errors) < 2 {
		return string(body), nil
	}
	written := bytes.Join(rawOf(parts.Errors), []byte(","))
	if !bytes.Contains(body, written) {
		return "", fmt.Errorf("errors are not written together: %s", body)
	}
	slices.SortFunc(parts.Errors, func(a, b json.RawMessage) int { return strings.Compare(string(a), string(b)) })
	return string(bytes.Replace(body, written, bytes.Join(rawOf(parts.Errors), []byte(",")), 1)), nil
}

func rawOf(list []json.RawMessage) [][]byte {
	raw := make([][]byte, len(list))
	for i := range list {
		raw[i] = list[i]
	}
	return raw
}
