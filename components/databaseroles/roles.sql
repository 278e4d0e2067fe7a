-- The roles of the database. The master user runs this with psql (apply.sh), as often as it likes: it makes
-- what is missing and ends what is over.
--
--   coffee_owner   owns the schema and all that is in it; nobody logs in as it
--   coffee_app     reads and writes data; nobody logs in as it
--   :migrator      logs in, and is coffee_owner from then on
--   :app           logs in, with the rights of coffee_app
--
-- Login roles are of an epoch. Those of :migrator_previous and :app_previous stay, all others go.
-- Standard input holds the passwords, each twice: that of :app, then that of :migrator.

\set ON_ERROR_STOP on
-- That something is there already is worth no notice.
SET client_min_messages = warning;

-- Everything new at once or not at all.
BEGIN;

SELECT format('CREATE ROLE %I', role)
FROM unnest(ARRAY['coffee_owner', 'coffee_app', :'app', :'migrator']) AS role
WHERE role NOT IN (SELECT rolname FROM pg_roles)
\gexec

-- Who creates a role may grant it to anyone, and has to grant it to themselves before they can act for it
-- (https://www.postgresql.org/docs/16/role-attributes.html).
GRANT coffee_owner TO CURRENT_USER WITH INHERIT TRUE, SET TRUE;

-- \password makes the verifier here and sends only that: a password in a statement would be in the log.
SET LOCAL password_encryption = 'scram-sha-256';
\password :app
\password :migrator
ALTER ROLE :"app" LOGIN;
ALTER ROLE :"migrator" LOGIN;

-- An application's login has the rights of its group and is nobody else.
GRANT coffee_app TO :"app" WITH INHERIT TRUE, SET FALSE;
-- A migrator has no rights but to be the owner, and is from its login on, so that what it makes is the
-- owner's and outlives it.
GRANT coffee_owner TO :"migrator" WITH INHERIT FALSE, SET TRUE;
ALTER ROLE :"migrator" SET role = 'coffee_owner';

-- Nobody gets in but who is named here. The owner may create schemas, and extensions that need no superuser.
GRANT CONNECT ON DATABASE :"DBNAME" TO coffee_app, :"migrator";
GRANT CREATE, TEMPORARY ON DATABASE :"DBNAME" TO coffee_owner;
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
ALTER SCHEMA public OWNER TO coffee_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

-- What the owner will make is coffee_app's to read and write, in whatever schema.
ALTER DEFAULT PRIVILEGES FOR ROLE coffee_owner GRANT USAGE ON SCHEMAS TO coffee_app;
ALTER DEFAULT PRIVILEGES FOR ROLE coffee_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO coffee_app;
ALTER DEFAULT PRIVILEGES FOR ROLE coffee_owner GRANT USAGE, SELECT ON SEQUENCES TO coffee_app;

COMMIT;

CREATE TEMPORARY TABLE retired AS
SELECT rolname AS login
FROM pg_roles
WHERE rolname ~ '^coffee_(app|migrator)_[0-9]{8}$'
  AND rolname NOT IN (:'app', :'app_previous', :'migrator', :'migrator_previous');

DO $$
DECLARE
    ended name;
BEGIN
    FOR ended IN SELECT login FROM retired ORDER BY login LOOP
        -- Committed before its sessions are ended, or they would come back. Who has its rights may end them.
        EXECUTE format('ALTER ROLE %I NOLOGIN', ended);
        EXECUTE format('GRANT %I TO CURRENT_USER WITH INHERIT TRUE', ended);
        COMMIT;
        PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = ended;
        COMMIT; -- which forgets the list of sessions as it was
        IF EXISTS (SELECT FROM pg_stat_activity WHERE usename = ended) THEN
            RAISE EXCEPTION 'sessions of % do not end', ended;
        END IF;
        -- It should own nothing; what it does own is not lost with it. DROP OWNED then takes its rights.
        EXECUTE format('REASSIGN OWNED BY %I TO coffee_owner', ended);
        EXECUTE format('DROP OWNED BY %I', ended);
        EXECUTE format('DROP ROLE %I', ended);
    END LOOP;
END
$$;

-- What the owner had before there were default privileges, or has just been given.
SELECT format('GRANT USAGE ON SCHEMA %I TO coffee_app', nspname)
FROM pg_namespace
WHERE nspowner = 'coffee_owner'::regrole
\gexec
SELECT format('GRANT %s %s TO coffee_app',
              CASE relkind WHEN 'S' THEN 'USAGE, SELECT ON SEQUENCE' ELSE 'SELECT, INSERT, UPDATE, DELETE ON TABLE' END,
              oid::regclass)
FROM pg_class
WHERE relowner = 'coffee_owner'::regrole AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
\gexec

\echo Login roles, and the sessions they have:
SELECT rolname AS login, count(pid) AS sessions
FROM pg_roles LEFT JOIN pg_stat_activity ON usename = rolname
WHERE rolname ~ '^coffee_(app|migrator)_[0-9]{8}$'
GROUP BY rolname
ORDER BY rolname;
