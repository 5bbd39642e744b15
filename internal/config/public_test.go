package config_test

import "testing"

// TestPublicURLOfDevelopment proves that links of a server in development lead to it.
func TestPublicURLOfDevelopment(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		":8081": "http://127.0.0.1:8081", "0.0.0.0:80": "http://127.0.0.1:80", "[::]:80": "http://127.0.0.1:80",
		"[::1]:80": "http://[::1]:80", "localhost:90": "http://localhost:90", "127.0.0.1:0": "",
	} {
		if got, err := (env{"PAYGRAPH_ADDR": addr}).read(); err != nil || got.PublicURL != want {
			t.Errorf("%s: %q, %v", addr, got.PublicURL, err)
		}
	}
	if got, err := (env{"PAYGRAPH_PUBLIC_URL": "http://192.0.2.7:8080"}).read(); err != nil || got.PublicURL != "http://192.0.2.7:8080" {
		t.Errorf("given in development: %q, %v", got.PublicURL, err)
	}
}
