package config_test

import (
	"maps"
	"testing"

	"github.com/lib/pq"
)

// bounded is what requests' connections get and direct ones do not.
var bounded = map[string]string{
	"statement_timeout": "5000", "lock_timeout": "2000", "idle_in_transaction_session_timeout": "10000",
}

func parsed(t *testing.T, dsn string) pq.Config {
	t.Helper()
	c, err := pq.NewConfig(dsn)
	if err != nil {
		t.Fatalf("%q: %v", dsn, err)
	}
	return c
}

// runtime is UTC with the given parameters.
func runtime(parameters ...map[string]string) map[string]string {
	all := map[string]string{"timezone": "UTC"}
	for _, p := range parameters {
		maps.Copy(all, p)
	}
	return all
}

func TestConnectionIsCompleted(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]pq.Config{
		"postgres://app:hunter2%20x@db.example:5433/pay": {Host: "db.example", Port: 5433, User: "app", Password: "hunter2 x", Database: "pay", SSLMode: "require"},
		"postgresql://app@db.example":                    {Host: "db.example", Port: 5432, User: "app", SSLMode: "require"},
		"postgres://app@db/pay?sslmode=verify-full":      {Host: "db", Port: 5432, User: "app", Database: "pay", SSLMode: "verify-full"},
		"postgres://app@db/pay?sslmode=disable":          {Host: "db", Port: 5432, User: "app", Database: "pay", SSLMode: "disable"},
		"postgres://app@db/pay?sslmode=":                 {Host: "db", Port: 5432, User: "app", Database: "pay", SSLMode: "require"},
		"postgres://app@db/pay?sslrootcert=system":       {Host: "db", Port: 5432, User: "app", Database: "pay", SSLMode: "verify-full"},
		"postgres://app@localhost/pay":                   {Host: "localhost", Port: 5432, User: "app", Database: "pay", SSLMode: "disable"},
		"postgres://app@localhost/pay?sslmode=require":   {Host: "localhost", Port: 5432, User: "app", Database: "pay", SSLMode: "require"},
		"postgres://app@127.0.0.2:6432/pay":              {Host: "127.0.0.2", Port: 6432, User: "app", Database: "pay", SSLMode: "disable"},
		"postgres://app@[::1]:5432/pay":                  {Host: "::1", Port: 5432, User: "app", Database: "pay", SSLMode: "disable"},
		"postgres://app@localhost.example/pay":           {Host: "localhost.example", Port: 5432, User: "app", Database: "pay", SSLMode: "require"},
		"postgres://?host=/run/postgresql&user=app":      {Host: "/run/postgresql", Port: 5432, User: "app", SSLMode: "disable"},
		"postgres://app@/pay?host=/run/postgresql":       {Host: "/run/postgresql", Port: 5432, User: "app", Database: "pay", SSLMode: "disable"},
		"user=app dbname=pay":                            {Host: "localhost", Port: 5432, User: "app", Database: "pay", SSLMode: "disable"},
		"user=app host=db dbname=pay":                    {Host: "db", Port: 5432, User: "app", Database: "pay", SSLMode: "require"},
		"user=app host=db sslmode=prefer":                {Host: "db", Port: 5432, User: "app", SSLMode: "prefer"},
		"user=app host=/run dbname=pay":                  {Host: "/run", Port: 5432, User: "app", Database: "pay", SSLMode: "disable"},
		"user=app host=@abstract":                        {Host: "@abstract", Port: 5432, User: "app", SSLMode: "disable"},
		"user=app host=db password='a b\\'c\\\\d'":       {Host: "db", Port: 5432, User: "app", Password: `a b'c\d`, SSLMode: "require"},
		"user=app host=db password=":                     {Host: "db", Port: 5432, User: "app", SSLMode: "require"},
		"user=app timezone=utc binary_parameters=1":      {Host: "localhost", Port: 5432, User: "app", SSLMode: "disable"},
	} {
		t.Run(dsn, func(t *testing.T) {
			t.Parallel()
			c, err := production.with(env{"DATABASE_URL": dsn}).read()
			if err != nil {
				t.Fatal(err)
			}
			for _, got := range []pq.Config{parsed(t, c.DatabaseURL), parsed(t, c.DirectURL)} {
				if got.Host != want.Host || got.Port != want.Port || got.User != want.User || got.Password != want.Password ||
					got.Database != want.Database || got.SSLMode != want.SSLMode || !got.BinaryParameters {
					t.Errorf("got %+v", got)
				}
			}
		})
	}
}

func TestAddressCountsMoreThanName(t *testing.T) {
	t.Parallel()
	for dsn, mode := range map[string]pq.SSLMode{
		"user=app host=db hostaddr=127.0.0.1":        "disable",
		"user=app host=localhost hostaddr=192.0.2.1": "require",
		"user=app hostaddr=::ffff:127.0.0.1":         "disable",
		"user=app host=localhost,127.0.0.1":          "disable",
		"user=app host=localhost,db":                 "require",
		"user=app host=localhost,/run,@abstract":     "disable",
	} {
		c, err := production.with(env{"DATABASE_URL": dsn}).read()
		if err != nil {
			t.Fatal(err)
		}
		if got := parsed(t, c.DatabaseURL).SSLMode; got != mode {
			t.Errorf("%s: sslmode %s, want %s", dsn, got, mode)
		}
	}
}

func TestOnlyRequestsAreBounded(t *testing.T) {
	t.Parallel()
	const own = "postgres://app@db/pay?statement_timeout=100&Lock_Timeout=200&application_name=x"
	users := map[string]string{"statement_timeout": "100"}
	for outcome, c := range map[string]struct {
		dsn            string
		pooled, direct map[string]string
	}{
		"by default, URL":       {"postgres://app@db/pay", runtime(bounded), runtime()},
		"by default, key=value": {"user=app host=db", runtime(bounded), runtime()},
		"but what is set stays, URL": {own,
			runtime(bounded, users, map[string]string{"Lock_Timeout": "200", "lock_timeout": ""}),
			runtime(users, map[string]string{"Lock_Timeout": "200"})},
		"but what is set stays, key=value": {"user=app host=db statement_timeout=100", runtime(bounded, users), runtime(users)},
		"but what is set stays, in any case": {"user=app host=db Statement_Timeout=100",
			runtime(bounded, map[string]string{"Statement_Timeout": "100", "statement_timeout": ""}),
			runtime(map[string]string{"Statement_Timeout": "100"})},
		"but not when set to nothing": {"postgres://app@db/pay?statement_timeout=&lock_timeout=&idle_in_transaction_session_timeout=",
			runtime(), runtime()},
		"but what options set stays": {"user=app options='-c statement_timeout=100'",
			runtime(map[string]string{"lock_timeout": "2000", "idle_in_transaction_session_timeout": "10000"}), runtime()},
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			for name, value := range c.pooled {
				if value == "" {
					delete(c.pooled, name)
				}
			}
			got, err := production.with(env{"DATABASE_URL": c.dsn}).read()
			if err != nil {
				t.Fatal(err)
			}
			if r := parsed(t, got.DatabaseURL).Runtime; !maps.Equal(r, c.pooled) {
				t.Errorf("requests: got %v, want %v", r, c.pooled)
			}
			if r := parsed(t, got.DirectURL).Runtime; !maps.Equal(r, c.direct) {
				t.Errorf("direct: got %v, want %v", r, c.direct)
			}
		})
	}
}

func TestDirectURLIsUsed(t *testing.T) {
	t.Parallel()
	c, err := production.with(env{"DATABASE_DIRECT_URL": "user=owner host=db2"}).read()
	if err != nil {
		t.Fatal(err)
	}
	pooled, direct := parsed(t, c.DatabaseURL), parsed(t, c.DirectURL)
	if pooled.Host != "db.example" || direct.Host != "db2" || direct.User != "owner" || !direct.BinaryParameters ||
		direct.SSLMode != "require" || !maps.Equal(direct.Runtime, runtime()) {
		t.Errorf("got %+v", direct)
	}
}
