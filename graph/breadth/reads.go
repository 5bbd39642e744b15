package breadth

// Reads has which fields of rows are read for a field of the schema, "Payment.customer":
// {"Payment.CustomerID"}, by the names of Go. A row's name alone is all of its fields. Under ""
// is what is read whatever is asked. What has no entry reads no rows.
type Reads map[string][]string
