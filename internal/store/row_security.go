package store

import "context"

// LockGaps says why row level security does not hold for the program's login, where it
// does not: the first lock is then the only one.
func (s *Store) LockGaps(ctx context.Context) ([]string, error) {
	const query = `SELECT 'the login is a superuser or has BYPASSRLS: use an ordinary one that owns the tables' FROM pg_roles
			WHERE rolname = current_user AND (rolsuper OR rolbypassrls)
		UNION ALL SELECT 'a table is not locked: SELECT lock_table(' || quote_literal(c.relname) || ')' FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
			WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attname = 'tenant_id' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
		UNION ALL SELECT 'paygraph.tenant is set for the database or the login: RESET it' FROM pg_db_role_setting
			WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) AND setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user))
				AND array_to_string(setconfig, ' ') ~* '(^| )paygraph[.]tenant='`
	var gaps []string
	if err := s.reader(ctx).SelectContext(outside(ctx), &gaps, query); err != nil {
		return nil, translate(err, "look at row level security")
	}
	return gaps, nil
}
