package app

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/paygraph/paygraph/internal/config"
	"github.com/paygraph/paygraph/internal/jobs"
	"github.com/paygraph/paygraph/internal/store"
)

// StartJobs begins what the program does by itself, looking for it every interval.
// stop lets what runs end, until its context does.
func (a *App) StartJobs(ctx context.Context, interval time.Duration) (stop func(context.Context) error, err error) {
	db, own := a.database, false
	if a.config.Pooled { // the engine cannot work behind a proxy that pools transactions
		if db, err = a.directDatabase(); err != nil {
			return nil, err
		}
		own = true
	}
	var engine *jobs.Engine
	err = a.steady(ctx, func() (err error) {
		engine, err = jobs.Start(context.WithoutCancel(ctx), db.DB, a.Service, a.log, interval)
		return err
	})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		err := engine.Stop(ctx)
		if own {
			db.Close()
		}
		return err
	}, nil
}

// jobConns is the size of the job engine's own pool.
const jobConns = 4

func (a *App) directDatabase() (*sqlx.DB, error) {
	url, err := config.Limited(a.config.DirectURL)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(url, true, nil)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(jobConns)
	return db, nil
}
