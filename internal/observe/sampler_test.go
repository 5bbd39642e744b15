package observe

import (
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// TestSampler proves that the library's variables say what is sampled, also of a trace
// whose caller's flag says something else.
func TestSampler(t *testing.T) {
	t.Parallel()
	low, high := trace.TraceID{15: 1}, trace.TraceID{8: 0xff, 15: 1}
	for _, c := range []struct {
		name, argument string
		low, high      bool
	}{
		{"", "", true, true},
		{"always_on", "", true, true},
		{"always_off", "", false, false},
		{"parentbased_always_on", "", true, true},
		{"parentbased_always_off", "", false, false},
		{"traceidratio", "0.5", true, false},
		{" ParentBased_TraceIDRatio ", " 0.5 ", true, false},
		{"traceidratio", "0", false, false},
		{"traceidratio", "half", true, true},
		{"nothing", "", true, true},
	} {
		for id, want := range map[trace.TraceID]bool{low: c.low, high: c.high} {
			for _, flags := range []trace.TraceFlags{0, trace.FlagsSampled} {
				caller := trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: trace.SpanID{1}, TraceFlags: flags, Remote: true})
				got := sampler(c.name, c.argument).ShouldSample(sdktrace.SamplingParameters{ParentContext: trace.ContextWithRemoteSpanContext(t.Context(), caller), TraceID: id})
				if sampled := got.Decision == sdktrace.RecordAndSample; sampled != want {
					t.Errorf("%q %q: trace %s with the flag %s is sampled: %v", c.name, c.argument, id, flags, sampled)
				}
			}
		}
	}
}
