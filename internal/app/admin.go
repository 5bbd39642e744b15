package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/paygraph/paygraph/internal/config"
	"github.com/paygraph/paygraph/internal/observe"
	"github.com/paygraph/paygraph/internal/pay"
)

// openObserver makes the observer, with traces where they are wanted.
func (a *App) openObserver(ctx context.Context) error {
	if a.config.TracesURL != "" {
		collector, err := observe.Collector(ctx, a.config.TracesURL)
		if err != nil {
			return err
		}
		a.spans = append(a.spans, collector)
	}
	var err error
	a.observer, err = observe.New(a.log, a.spans...)
	return err
}

// closeTimeout is how long the end of the program waits for a collector to take the
// last spans: what runs a program kills it when it takes too long to stop.
const closeTimeout = time.Second

func (a *App) closeObserver() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if err := a.observer.Close(ctx); err != nil {
		a.log.Warn("the last traces were lost", "error", err)
	}
}

// Admin is what people who run the program look at: metrics and, with profiles, those.
// It may be asked for once.
func (a *App) Admin(profiles bool) (http.Handler, error) {
	err := a.observer.Watch(build(), a.database.DB, func(ctx context.Context) ([]pay.Backlog, time.Time, error) {
		now := a.clock()
		list, err := a.Store.Backlog(ctx, now)
		return list, now, err
	}, a.OpenStreams)
	return a.observer.Admin(profiles), err
}

// adminListener is where Admin is served; the zero value where it is not.
type adminListener struct {
	net.Listener
	exposed bool
}

func listenAdmin(c config.Config) (adminListener, error) {
	if c.AdminAddr == "" {
		return adminListener{}, nil
	}
	l, err := net.Listen("tcp", c.AdminAddr)
	if err != nil {
		return adminListener{}, fmt.Errorf("PAYGRAPH_ADMIN_ADDR: %w", err)
	}
	return adminListener{l, c.AdminExposed}, nil
}

// Close stops listening, if that was begun.
func (l adminListener) Close() error {
	if l.Listener == nil {
		return nil
	}
	return l.Listener.Close()
}

// serveAdmin answers at l until stop is called. It needs no time to finish: nobody
// loses anything when a scrape is cut off.
func (a *App) serveAdmin(l adminListener) (stop func(), err error) {
	if l.Listener == nil {
		return func() {}, nil
	}
	handler, err := a.Admin(!l.exposed)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 4 * time.Second,
		WriteTimeout: 5 * time.Minute} // a profile may be asked for that takes as long
	go server.Serve(l)
	a.log.Info("metrics", "address", l.Addr().String())
	return func() { server.Close() }, nil
}
