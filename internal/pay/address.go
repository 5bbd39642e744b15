package pay

import (
	"encoding/json"
	"fmt"
)

// Address is a postal address, copied where it is used so that a later change
// does not rewrite history.
type Address struct {
	Name       *string `json:"name,omitempty"`
	Line1      *string `json:"line1,omitempty"`
	Line2      *string `json:"line2,omitempty"`
	City       *string `json:"city,omitempty"`
	Region     *string `json:"region,omitempty"`
	PostalCode *string `json:"postalCode,omitempty"`
	// Country is an ISO 3166-1 alpha-2 code.
	Country *string `json:"country,omitempty"`
}

// Scan reads the address from the text of a JSON column.
func (a *Address) Scan(src any) error { return scanJSON(src, a) }

// MetadataEntry is one key and value that the caller attached to an object.
type MetadataEntry struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Metadata is what a caller attached to an object, in the caller's order, keys
// unique. Limits are S4's: 10 entries, keys of 40, values of 400 characters.
type Metadata []MetadataEntry

// Limits on metadata (S4), in entries and Unicode characters.
const (
	MaxMetadataEntries = 10
	MaxMetadataKey     = 40
	MaxMetadataValue   = 400
)

// Scan reads the entries from the text of a JSON column.
func (m *Metadata) Scan(src any) error { return scanJSON(src, m) }

// Get returns the value of key, or nil.
func (m Metadata) Get(key string) *string {
	for _, e := range m {
		if e.Key == key {
			return &e.Value
		}
	}
	return nil
}

// scanJSON decodes a JSON column; a null leaves dst as it is.
func scanJSON(src, dst any) error {
	switch raw := src.(type) {
	case nil:
		return nil
	case []byte:
		return json.Unmarshal(raw, dst)
	case string:
		return json.Unmarshal([]byte(raw), dst)
	default:
		return fmt.Errorf("JSON column of type %T", src)
	}
}
