package gatewaytest

import "testing"

// Promise is something that the suite looks at beside the behaviours: what a connector was
// seen to keep is logged as they are.
type Promise string

// The promises.
const (
	// DescriptionSound is a description that the program and merchants can rely on.
	DescriptionSound Promise = "description that can be relied on"
	// SameKey is a charge that is asked for again under its key, SameKeyLater the same when
	// the provider may have forgotten the key, and SameKeyAtOnce by several at the same time.
	SameKey       Promise = "same key again"
	SameKeyLater  Promise = "same key long after"
	SameKeyAtOnce Promise = "same key at the same time"
	// AmountsExact are amounts in currencies with no, two and three decimals.
	AmountsExact Promise = "exact amounts in its currencies"
	// CapturePart captures a part of what is held and releases the rest, CaptureParts captures
	// several parts, and RefundParts gives back several.
	CapturePart  Promise = "capture of a part"
	CaptureParts Promise = "captures in several parts"
	RefundParts  Promise = "refunds in several parts"
	// WebhookGenuine is a webhook of the provider's that is believed, WebhookForged one of
	// somebody else's, or changed on its way, that is not.
	WebhookGenuine Promise = "webhook that is genuine"
	WebhookForged  Promise = "webhook that is forged or changed"
	// WebhookReplayed was recorded and comes when it is too old: it is not believed.
	WebhookReplayed Promise = "webhook that is replayed too late"
	// WebhooksReordered come in any order and twice, and come to the same.
	WebhooksReordered Promise = "webhooks in any order, and twice"
)

// keep notes that the promise was looked at.
func (f *findings) keep(p Promise) { f.kept = append(f.kept, p) }

// logShown is how .ci/conformance hears of what was shown.
func logShown[T ~string](t *testing.T, list []T) {
	t.Helper()
	for _, what := range list {
		t.Logf("shown: %q", what)
	}
}
