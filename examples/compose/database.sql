-- What the image of PostgreSQL runs with psql, as its superuser, when it sets up an empty
-- volume: the program's own login and database. The login is an ordinary one, since row
-- level security does not hold for superusers, and owns the database, since migrations
-- make tables. Without the variable the script ends with an error, and nothing starts.
\getenv password DATABASE_PASSWORD
CREATE ROLE paygraph LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE paygraph OWNER paygraph;
REVOKE CONNECT, TEMPORARY ON DATABASE paygraph FROM PUBLIC;
