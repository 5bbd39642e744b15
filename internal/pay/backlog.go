package pay

import "time"

// Queue is a sort of work that waits, of all companies together.
type Queue string

// The queues.
const (
	// QueueDue are rows whose time to be looked at has come.
	QueueDue Queue = "due"
	// QueueUnknown is what was asked of a gateway, and whose outcome is not known.
	QueueUnknown Queue = "unknown"
	// QueueUnsealed are entries of the audit log that are not in its chain yet.
	QueueUnsealed Queue = "unsealed"
)

// Backlog is how much waits in a queue, for those who watch the installation.
type Backlog struct {
	Queue Queue
	// Kind is the sort of row: a DueKind, or "entry" of the audit log.
	Kind string
	// Count is how many rows wait.
	Count int
	// Oldest is since when the one has waited that has waited longest; nil where none
	// does.
	Oldest *time.Time
}
