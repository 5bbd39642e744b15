package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

const templatePrefix = "paygraph_template_"

func templateName(hash string) string {
	sum := sha256.Sum256([]byte(hash))
	return templatePrefix + hex.EncodeToString(sum[:6])
}

// lockKey is the advisory lock of a template: exclusive for who makes or drops
// it, shared for every process that copies it.
func lockKey(template string) int64 {
	sum := sha256.Sum256([]byte(template))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// makeTemplate makes sure that the template for hash exists, migrated by up, and
// stays until this process ends.
func (s *server) makeTemplate(ctx context.Context, hash string, up func(context.Context, string) error) error {
	s.template = templateName(hash)
	version := 0
	err := s.admin.QueryRowContext(ctx, "select current_setting('server_version_num')::int").Scan(&version)
	if err != nil {
		return fmt.Errorf("connect to the test server: %w", err)
	}
	if version >= 150000 {
		s.copyBy = " strategy file_copy" // older ones know no other
	}
	if s.session, err = s.admin.Conn(ctx); err != nil {
		return fmt.Errorf("connect to the test server: %w", err)
	}
	// Exclusively only when there is something to make: other processes hold the
	// shared lock as long as they run.
	if err := s.lock(ctx, "pg_advisory_lock_shared"); err != nil {
		return err
	}
	if complete, err := s.complete(ctx); err != nil || complete {
		return err
	}
	if err := s.lock(ctx, "pg_advisory_unlock_shared", "pg_advisory_lock"); err != nil {
		return err
	}
	if err := s.build(ctx, up); err != nil {
		return errors.Join(err, s.lock(ctx, "pg_advisory_unlock"))
	}
	return s.lock(ctx, "pg_advisory_lock_shared", "pg_advisory_unlock")
}

// lock calls functions on the template's lock.
func (s *server) lock(ctx context.Context, functions ...string) error {
	for _, f := range functions {
		if _, err := s.session.ExecContext(ctx, fmt.Sprintf("select %s($1)", f), lockKey(s.template)); err != nil {
			return fmt.Errorf("lock the template: %w", err)
		}
	}
	return nil
}

// complete tells whether the template is ready to be copied. Only then it
// refuses connections, so that one of a killed process is never copied.
func (s *server) complete(ctx context.Context) (yes bool, err error) {
	err = s.session.QueryRowContext(ctx,
		"select exists (select from pg_database where datname = $1 and not datallowconn)", s.template).Scan(&yes)
	if err != nil {
		return false, fmt.Errorf("look for the template: %w", err)
	}
	return yes, nil
}

// build makes the template unless another process was faster.
func (s *server) build(ctx context.Context, up func(context.Context, string) error) error {
	if complete, err := s.complete(ctx); err != nil || complete {
		return err
	}
	for _, step := range []string{"drop database if exists %s with (force)", "create database %s"} {
		if _, err := s.session.ExecContext(ctx, fmt.Sprintf(step, s.template)); err != nil {
			return fmt.Errorf("make the template: %w", err)
		}
	}
	if err := up(ctx, s.url(s.template)); err != nil {
		return fmt.Errorf("migrate the template: %w", err)
	}
	_, err := s.session.ExecContext(ctx, fmt.Sprintf("alter database %s allow_connections false", s.template))
	if err != nil {
		return fmt.Errorf("close the template: %w", err)
	}
	// A session that the migrations left behind would make every copy fail.
	_, err = s.session.ExecContext(ctx, "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", s.template)
	if err != nil {
		return fmt.Errorf("close the template: %w", err)
	}
	return nil
}

func (s *server) clone(ctx context.Context, name string) error {
	_, err := s.admin.ExecContext(ctx, fmt.Sprintf("create database %s template %s%s", name, s.template, s.copyBy))
	if err != nil {
		return fmt.Errorf("copy the template: %w", err)
	}
	return nil
}

func (s *server) drop(ctx context.Context, name string) error {
	if _, err := s.admin.ExecContext(ctx, fmt.Sprintf("drop database %s with (force)", name)); err != nil {
		return fmt.Errorf("drop the test's database: %w", err)
	}
	return nil
}

// url returns the connection string of a database of the server.
func (s *server) url(name string) string { return s.settings.with("dbname", name).String() }
