package pgtest

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestTemplate(t *testing.T) {
	t.Parallel()
	main, err := shared()
	check(t, err)
	hash := newName()
	errBroken := errors.New("broken migration")
	make := func(up func(context.Context, string) error) (*server, error) {
		s, err := newServer(main.settings.String())
		check(t, err)
		t.Cleanup(func() { s.session.Close(); s.admin.Close() })
		return s, s.makeTemplate(t.Context(), hash, up)
	}

	_, err = make(func(context.Context, string) error { return errBroken })
	if !errors.Is(err, errBroken) {
		t.Fatalf("got %v", err)
	}
	migrations := 0
	up := func(ctx context.Context, url string) error {
		migrations++
		s, err := newServer(url)
		check(t, err)
		_, err = s.admin.ExecContext(ctx, "create table money as select 42 as cents")
		return err // with its connection left open, as a careless migration might
	}
	first, err := make(up)
	check(t, err)
	second, err := make(up)
	check(t, err)
	if migrations != 1 {
		t.Errorf("migrated %d times", migrations)
	}

	name := newName()
	check(t, second.clone(t.Context(), name))
	copied, err := newServer(second.url(name))
	check(t, err)
	var cents int
	check(t, copied.admin.QueryRowContext(t.Context(), "select cents from money").Scan(&cents))
	copied.admin.Close()
	check(t, second.drop(t.Context(), name))

	check(t, prune(t.Context(), main.settings.String()))
	if !exists(t, main, first.template) {
		t.Error("a template in use was dropped")
	}
	for _, s := range []*server{first, second} {
		s.session.Close()
		s.admin.Close()
	}
	for range 100 { // the server notices the end of a session a moment later
		check(t, prune(t.Context(), main.settings.String()))
		if !exists(t, main, first.template) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("an unused template stays")
}

func TestParse(t *testing.T) {
	t.Parallel()
	const added = " binary_parameters=yes timezone=UTC"
	for name, c := range map[string]struct{ in, want string }{
		"key=value stays as it is":      {`host=/run/a user='it\'s' dbname=x`, `host=/run/a user='it\'s' dbname=x` + added},
		"own settings win":              {"host=h timezone=Asia/Dhaka binary_parameters=no", "host=h timezone=Asia/Dhaka binary_parameters=no"},
		"a URL is taken apart":          {"postgres://me:a%27b@h:5433/x?sslmode=disable", `host='h' port='5433' user='me' password='a\'b' dbname='x' sslmode='disable'` + added},
		"a socket in a URL's query too": {"postgresql:///x?host=/run/a", "dbname='x' host='/run/a'" + added},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parse(c.in)
			check(t, err)
			if got.String() != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	t.Run("another text is refused without repeating it", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{"secret", "postgres://me:secret@[/x"} {
			if _, err := parse(text); err == nil || errors.Unwrap(err) != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
	})
	t.Run("a setting can be replaced", func(t *testing.T) {
		t.Parallel()
		got := settings{{"dbname", "a"}, {"host", "h"}}.with("dbname", "b").String()
		if got != "host=h dbname=b" {
			t.Errorf("got %s", got)
		}
	})
}
