package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/paygraph/paygraph/internal/config"
	"github.com/paygraph/paygraph/internal/pg"
)

// healthTimeout is longer than the server itself takes to find out.
const healthTimeout = 4 * time.Second

// health asks the server at PAYGRAPH_ADDR whether it can answer requests, for containers
// that have no other program to ask with. Exit code 1 says that it cannot.
func health(ctx context.Context, p Process, args []string) error {
	if err := parse(p, newFlags("health"), args); err != nil {
		return err
	}
	c, err := config.WithoutTokens(p.Getenv, pg.DefaultDir())
	if err != nil {
		return err
	}
	address, err := ownAddress(c.Addr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return err
	}
	own := http.Client{Transport: &http.Transport{}} // never by a proxy: it would ask another machine
	response, err := own.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, 1<<10)); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready: HTTP %d", response.StatusCode)
	}
	fmt.Fprintln(p.Stdout, "ready")
	return nil
}

// ownAddress is how to reach a server on this machine that listens there: one that
// listens on all addresses has none to go to.
func ownAddress(listens string) (string, error) {
	host, port, err := net.SplitHostPort(listens)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), err
}
