//go:build unix

package databaseroles_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/databaseroles"
	"coffee-platform/components/secrets"
	"coffee-platform/internal/testkit"
)

// The tests of this file run the Job as it is registered, its containers as processes, against a real
// PostgreSQL that logs every statement. Only the AWS CLI and curl are stood in for.

const (
	// oldestMajor is the oldest version roles.sql is for: membership with INHERIT and SET is new in it.
	oldestMajor = 16

	databaseName = "coffee"
	masterUser   = "coffee_master"
	// masterPassword has in it what a password file, a shell and SQL each treat in their own way.
	masterPassword = `m:a\s't"e$r #1`
)

// server is a PostgreSQL set up as RDS sets it up: TLS, passwords by SCRAM only, and a master user that may
// create roles but is no superuser.
type server struct {
	directory string
	port      int
	log       string
	// authority is the file with the certificate that signed the server's.
	authority string
}

// binaries finds the directory of a PostgreSQL server that is recent enough.
func binaries(t *testing.T) string {
	t.Helper()
	for _, tool := range []string{"psql", "bash", "sh", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("not run: no %s here (the Job's images have it)", tool)
		}
	}
	candidates, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	require.NoError(t, err)
	if found, err := exec.LookPath("initdb"); err == nil {
		candidates = append([]string{filepath.Dir(found)}, candidates...)
	}
	var versions []string
	for _, directory := range candidates {
		text, err := exec.Command(filepath.Join(directory, "postgres"), "--version").Output()
		if err != nil {
			continue
		}
		version := regexp.MustCompile(`\d+`).FindString(string(text))
		if major, err := strconv.Atoi(version); err == nil && major >= oldestMajor {
			return directory
		}
		versions = append(versions, version)
	}
	t.Skipf("not run: it takes a PostgreSQL server of version %d or later, and here are %v. Have its initdb in PATH or in /usr/lib/postgresql/*/bin",
		oldestMajor, versions)
	return ""
}

// asNobody lets a process of root's be another's: PostgreSQL refuses to run as root.
func asNobody() *syscall.SysProcAttr {
	if os.Geteuid() != 0 {
		return &syscall.SysProcAttr{}
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
}

func start(t *testing.T) *server {
	t.Helper()
	bin := binaries(t)
	directory, err := os.MkdirTemp("", "pg") // short: it holds the socket, whose path may have 107 bytes
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(directory)) })
	s := &server{directory: directory, port: freePort(t), log: filepath.Join(directory, "log"), authority: filepath.Join(directory, "ca.pem")}
	certify(t, directory)
	if os.Geteuid() == 0 {
		for _, path := range []string{directory, filepath.Join(directory, "server.pem"), filepath.Join(directory, "server.key")} {
			require.NoError(t, os.Chown(path, 65534, 65534))
		}
	}
	require.NoError(t, os.Chmod(directory, 0o755))

	data := filepath.Join(directory, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "--pgdata", data, "--username", "rdsadmin", "--auth", "trust",
		"--no-sync", "--locale", "C", "--encoding", "UTF8")
	initdb.SysProcAttr, initdb.Dir = asNobody(), directory
	output, err := initdb.CombinedOutput()
	require.NoError(t, err, string(output))
	require.NoError(t, os.WriteFile(filepath.Join(data, "pg_hba.conf"),
		[]byte("local all rdsadmin trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"), 0o600))

	log, err := os.Create(s.log)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, log.Close()) })
	postgres := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(s.port), "-k", directory,
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "log_statement=all", "-c", "log_min_duration_statement=0",
		"-c", "ssl=on", "-c", "ssl_cert_file="+filepath.Join(directory, "server.pem"), "-c", "ssl_key_file="+filepath.Join(directory, "server.key"))
	postgres.SysProcAttr, postgres.Dir, postgres.Stdout, postgres.Stderr = asNobody(), directory, log, log
	require.NoError(t, postgres.Start())
	t.Cleanup(func() {
		require.NoError(t, postgres.Process.Signal(syscall.SIGQUIT))
		_ = postgres.Wait() // it exits with an error when it is told to quit at once
	})
	require.Eventually(t, func() bool {
		_, err := s.administer("SELECT 1")
		return err == nil
	}, 30*time.Second, 100*time.Millisecond, "PostgreSQL does not start")

	// The role and the database that RDS makes with an instance; of what rds_superuser may do, nothing is needed
	// (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.rds_superuser.html).
	s.mustAdminister(t, "SET log_statement = 'none'; SET log_min_duration_statement = -1; "+
		"CREATE ROLE "+masterUser+" LOGIN CREATEDB CREATEROLE PASSWORD '"+strings.ReplaceAll(masterPassword, "'", "''")+"'")
	s.mustAdminister(t, "CREATE DATABASE "+databaseName+" OWNER "+masterUser)
	return s
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	return listener.Addr().(*net.TCPAddr).Port
}

// certify makes an authority and has it sign the certificate of a server called localhost.
func certify(t *testing.T, directory string) {
	t.Helper()
	template := func(name string, serial int64) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		}
	}
	write := func(file, kind string, der []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(directory, file), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	}
	authority := template("authority of "+directory, 1)
	authority.IsCA, authority.BasicConstraintsValid, authority.KeyUsage = true, true, x509.KeyUsageCertSign
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, &authorityKey.PublicKey, authorityKey)
	require.NoError(t, err)
	write("ca.pem", "CERTIFICATE", der)

	leaf := template("localhost", 2)
	leaf.DNSNames = []string{"localhost"}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err = x509.CreateCertificate(rand.Reader, leaf, authority, &key.PublicKey, authorityKey)
	require.NoError(t, err)
	write("server.pem", "CERTIFICATE", der)
	der, err = x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	write("server.key", "EC PRIVATE KEY", der)
}

// administer is what only AWS can do.
func (s *server) administer(sql string) (string, error) {
	return query(fmt.Sprintf("host=%s port=%d user=rdsadmin dbname=postgres", s.directory, s.port), "", sql)
}

func (s *server) mustAdminister(t *testing.T, sql string) string {
	t.Helper()
	answer, err := s.administer(sql)
	require.NoError(t, err, answer)
	return answer
}

// as runs SQL as a login, over TLS.
func (s *server) as(login credentials, sql string) (string, error) {
	return query(s.address(login.Username), login.Password, sql)
}

func (s *server) mustAs(t *testing.T, login credentials, sql string) string {
	t.Helper()
	answer, err := s.as(login, sql)
	require.NoError(t, err, "%s: %s: %s", login.Username, sql, answer)
	return answer
}

// refused asserts that a login may not do something.
func (s *server) refused(t *testing.T, login credentials, sql, want string) {
	t.Helper()
	answer, err := s.as(login, sql)
	assert.Error(t, err, "%s may: %s", login.Username, sql)
	assert.Contains(t, answer, want, "%s: %s", login.Username, sql)
}

func (s *server) address(user string) string {
	return fmt.Sprintf("host=localhost port=%d user=%s dbname=%s sslmode=verify-full sslrootcert=%s", s.port, user, databaseName, s.authority)
}

func query(address, password, sql string) (string, error) {
	psql := exec.Command("psql", "-XqAtw", "-v", "ON_ERROR_STOP=1", "-d", address, "-c", sql)
	psql.Env = append(os.Environ(), "PGPASSWORD="+password)
	output, err := psql.CombinedOutput()
	return strings.TrimSpace(string(output)), err
}

// roleState is everything the Job decides about: logins, members, and who may do what.
func (s *server) roleState(t *testing.T) string {
	t.Helper()
	state := s.mustAdminister(t, `SELECT rolname, rolcanlogin, rolinherit, rolcreatedb, rolcreaterole, rolconfig FROM pg_roles WHERE rolname LIKE 'coffee%' ORDER BY 1`) +
		s.mustAdminister(t, `SELECT roleid::regrole, member::regrole, grantor::regrole, admin_option, inherit_option, set_option FROM pg_auth_members ORDER BY 1, 2, 3`) +
		s.mustAdminister(t, `SELECT datname, datacl FROM pg_database ORDER BY 1`)
	inside, err := query(fmt.Sprintf("host=%s port=%d user=rdsadmin dbname=%s", s.directory, s.port, databaseName), "", `
		SELECT nspname, nspowner::regrole, nspacl FROM pg_namespace WHERE nspname !~ '^pg_' UNION ALL
		SELECT oid::regclass::text, relowner::regrole, relacl FROM pg_class WHERE relnamespace = 'public'::regnamespace UNION ALL
		SELECT defaclobjtype::text, defaclrole::regrole, defaclacl FROM pg_default_acl ORDER BY 1, 2`)
	require.NoError(t, err, inside)
	return state + inside
}

// credentials are what is in a secret.
type credentials struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// login are the credentials of a role of an epoch.
func login(role, epoch string) credentials {
	return credentials{secrets.RoleName(role, epoch), role + "-password-of-" + epoch}
}

func appOf(epoch string) credentials      { return login(databaseroles.App, epoch) }
func migratorOf(epoch string) credentials { return login(databaseroles.Migrator, epoch) }

// run plays the Job of the arguments with what is in the secrets at that moment. It returns its log.
func (s *server) run(t *testing.T, args *databaseroles.Args, app, migrator credentials) (string, error) {
	t.Helper()
	args.DatabaseName, args.DatabasePort = databaseName, s.port
	r := testkit.MustRun(t, testkit.Update, program(args))
	job := r.One(t, jobType, "database-roles")

	machine := t.TempDir()
	scripts, credentialsDirectory, bin, stored := filepath.Join(machine, "scripts"), filepath.Join(machine, "credentials"),
		filepath.Join(machine, "bin"), filepath.Join(machine, "stored")
	for _, directory := range []string{scripts, credentialsDirectory, bin, stored} {
		require.NoError(t, os.Mkdir(directory, 0o700))
	}
	for name, text := range r.One(t, configMapType, "database-roles").Get(t, "data").(map[string]any) {
		require.NoError(t, os.WriteFile(filepath.Join(scripts, name), []byte(text.(string)), 0o400))
	}
	version := "aws:secretsmanager/secretVersion:SecretVersion"
	for arn, value := range map[string]credentials{
		masterSecret: {masterUser, masterPassword},
		r.One(t, version, "secrets-app").Get(t, "secretId").(string):      app,
		r.One(t, version, "secrets-migrator").Get(t, "secretId").(string): migrator,
	} {
		text, err := json.Marshal(value)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(stored, arn), text, 0o400))
	}
	arguments := filepath.Join(machine, "arguments")
	standIn := func(name, script string) {
		script = "#!/bin/sh\nset -eu\nprintf '%s\\n' \"$0 $*\" >> '" + arguments + "'\n" + script
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte(script), 0o500))
	}
	standIn("aws", `test "$1 $2 $3 $5 $6 $7 $8" = "secretsmanager get-secret-value --secret-id --query SecretString --output text"; cat "`+stored+`/$4"`)
	standIn("curl", `for last; do :; done
test "$last" = https://truststore.pki.rds.amazonaws.com/us-east-1/us-east-1-bundle.pem
while test "$1" != --output; do shift; done
cat '`+s.authority+`' > "$2"`)
	for _, tool := range []string{"jq", "psql"} {
		path, err := exec.LookPath(tool)
		require.NoError(t, err)
		standIn(tool, "exec '"+path+`' "$@"`)
	}

	var log strings.Builder
	for _, container := range containers(t, job) {
		var command []string
		for _, word := range container["command"].([]any) {
			command = append(command, strings.Replace(word.(string), "/scripts", scripts, 1))
		}
		process := exec.Command(command[0], command[1:]...)
		process.Stdout, process.Stderr = &log, &log
		process.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no terminal, as in a container
		process.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH")}
		for name, value := range environment(container) {
			value = strings.Replace(value, "/scripts", scripts, 1)
			process.Env = append(process.Env, name+"="+strings.Replace(value, "/fetched", credentialsDirectory, 1))
		}
		if err := process.Run(); err != nil {
			return log.String(), fmt.Errorf("container %s: %w", container["name"], err)
		}
	}
	seen, err := os.ReadFile(arguments)
	require.NoError(t, err)
	assert.Contains(t, string(seen), "psql --no-psqlrc")
	for _, where := range []string{string(seen), log.String()} {
		for _, secret := range []string{masterPassword, app.Password, migrator.Password} {
			assert.NotContains(t, where, secret, "a password is in an argument or in the Job's log")
		}
	}
	return log.String(), nil
}

// mustRun plays the Job of two epochs, the second of which may be "".
func (s *server) mustRun(t *testing.T, epoch, previous string) string {
	t.Helper()
	log, err := s.run(t, rotation(epoch, previous), appOf(epoch), migratorOf(epoch))
	require.NoError(t, err, log)
	return log
}

func rotation(epoch, previous string) *databaseroles.Args {
	args := validArgs()
	args.DatabaseHost = pulumi.String("localhost")
	args.App = secrets.Rotation{Epoch: epoch, PreviousEpoch: previous}
	args.Migrator = args.App
	return args
}

const (
	first  = "2026-08-01"
	second = "2026-11-01"
	third  = "2027-02-01"
)

func TestApplicationReadsAndWritesWhatMigrationsMake(t *testing.T) {
	s := start(t)
	s.mustRun(t, first, "")
	app, migrator := appOf(first), migratorOf(first)

	assert.Equal(t, "coffee_owner", s.mustAs(t, migrator, "SELECT current_user"))
	s.mustAs(t, migrator, "CREATE TABLE video (id serial PRIMARY KEY, title text); CREATE SCHEMA report; CREATE TABLE report.day (day date)")
	assert.Equal(t, "coffee_owner", s.mustAs(t, migrator, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('public', 'report')"))
	s.mustAs(t, migrator, "CREATE EXTENSION pgcrypto")

	assert.Equal(t, app.Username, s.mustAs(t, app, "SELECT current_user"))
	assert.Equal(t, "1|a\n1|b", s.mustAs(t, app, "INSERT INTO video (title) VALUES ('a') RETURNING id, title; UPDATE video SET title = 'b' RETURNING id, title"))
	s.mustAs(t, app, "DELETE FROM video; INSERT INTO report.day VALUES (now())")

	for _, sql := range []string{
		"CREATE TABLE mine (id int)", "CREATE TABLE report.mine (id int)", "CREATE SCHEMA mine", "CREATE TEMPORARY TABLE mine (id int)",
		"SET ROLE coffee_owner", "SET ROLE coffee_app", "TRUNCATE video", "CREATE ROLE mine",
	} {
		s.refused(t, app, sql, "permission denied")
	}
	for _, sql := range []string{"DROP TABLE video", "ALTER TABLE video ADD COLUMN mine int", "CREATE INDEX ON video (title)"} {
		s.refused(t, app, sql, "must be owner of table video")
	}
	// What a migrator makes is never its own, so that it can be dropped.
	s.refused(t, migrator, "SET ROLE NONE; CREATE TABLE mine (id int)", "no schema has been selected to create in")
	s.refused(t, migrator, "SET ROLE NONE; SELECT * FROM public.video", "permission denied")
	s.refused(t, migrator, "CREATE ROLE mine", "permission denied")
}

func TestNobodyElseGetsIn(t *testing.T) {
	s := start(t)
	stranger := credentials{"stranger", "password"}
	s.mustAdminister(t, "CREATE ROLE stranger LOGIN PASSWORD 'password'")
	s.mustAs(t, stranger, "SELECT 1")
	s.mustRun(t, first, "")
	s.refused(t, stranger, "SELECT 1", `permission denied for database "coffee"`)
	assert.Equal(t, "f|f", s.mustAs(t, credentials{masterUser, masterPassword},
		"SELECT has_schema_privilege('stranger', 'public', 'CREATE'), has_database_privilege('stranger', 'coffee', 'CONNECT')"))
	for _, group := range []string{"coffee_owner", "coffee_app"} {
		s.refused(t, credentials{group, ""}, "SELECT 1", "failed")
	}
}

func TestRunningTwiceChangesNothing(t *testing.T) {
	s := start(t)
	s.mustRun(t, first, "")
	s.mustAs(t, migratorOf(first), "CREATE TABLE video (id serial PRIMARY KEY)")
	before := s.roleState(t)
	log := s.mustRun(t, first, "")
	assert.Equal(t, before, s.roleState(t))
	assert.NotContains(t, log, "NOTICE")
	assert.NotContains(t, log, "WARNING")
	s.mustAs(t, appOf(first), "INSERT INTO video DEFAULT VALUES")
}

// Old and new logins work side by side until the old ones are not named any more, which ends them and
// whatever they are doing.
func TestRotation(t *testing.T) {
	s := start(t)
	s.mustRun(t, first, "")
	s.mustAs(t, migratorOf(first), "CREATE TABLE video (id serial PRIMARY KEY)")

	s.mustRun(t, second, first)
	s.mustAs(t, migratorOf(second), "ALTER TABLE video ADD COLUMN title text; CREATE TABLE caption (id serial PRIMARY KEY)")
	s.mustAs(t, migratorOf(first), "ALTER TABLE caption ADD COLUMN title text")
	for _, epoch := range []string{first, second} {
		s.mustAs(t, appOf(epoch), "INSERT INTO video (title) VALUES ('a'); INSERT INTO caption (title) VALUES ('a')")
	}

	ended := make(chan string)
	for _, login := range []credentials{appOf(first), migratorOf(first)} {
		go func() {
			answer, _ := s.as(login, "SELECT pg_sleep(120)")
			ended <- answer
		}()
	}
	require.Eventually(t, func() bool {
		return s.mustAdminister(t, "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(120)'") == "2"
	}, 10*time.Second, 100*time.Millisecond)
	log := s.mustRun(t, second, "")
	for range 2 {
		assert.Contains(t, <-ended, "terminating connection due to administrator command")
	}
	assert.Equal(t, "coffee_app\ncoffee_app_20261101\ncoffee_master\ncoffee_migrator_20261101\ncoffee_owner",
		s.mustAdminister(t, "SELECT rolname FROM pg_roles WHERE rolname LIKE 'coffee%' ORDER BY 1"))
	assert.Regexp(t, `coffee_app_20261101 +\| +0\n coffee_migrator_20261101 +\| +0\n`, log)
	for _, login := range []credentials{appOf(first), migratorOf(first)} {
		s.refused(t, login, "SELECT 1", "password authentication failed")
	}
	s.mustAs(t, migratorOf(second), "ALTER TABLE video ADD COLUMN more text")
	assert.Equal(t, "2", s.mustAs(t, appOf(second), "SELECT count(*) FROM video"))
}

// What an old login owns or was given by hand, against the rules, does not keep it and is not lost with it.
func TestOldLoginWithThingsOfItsOwn(t *testing.T) {
	s := start(t)
	s.mustRun(t, first, "")
	master := credentials{masterUser, masterPassword}
	s.mustAs(t, migratorOf(first), "CREATE TABLE video (id serial PRIMARY KEY)")
	s.mustAs(t, master, "GRANT CREATE, USAGE ON SCHEMA public TO coffee_migrator_20260801; GRANT TRUNCATE ON video TO coffee_app_20260801")
	s.mustAs(t, migratorOf(first), "SET ROLE NONE; CREATE TABLE stray (id serial PRIMARY KEY); INSERT INTO stray DEFAULT VALUES")
	s.mustAs(t, appOf(first), "SELECT lo_create(0)")

	s.mustRun(t, second, "")
	assert.Equal(t, "1", s.mustAs(t, appOf(second), "SELECT count(*) FROM stray"))
	s.mustAs(t, migratorOf(second), "DROP TABLE stray")
	assert.Equal(t, "0", s.mustAdminister(t, "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'coffee%20260801'"))
}

// The first run on a database that was migrated before there were default privileges.
func TestTablesThatAreThereAlready(t *testing.T) {
	s := start(t)
	s.mustAs(t, credentials{masterUser, masterPassword}, "CREATE ROLE coffee_owner; GRANT coffee_owner TO CURRENT_USER; "+
		"GRANT CREATE ON DATABASE coffee TO coffee_owner; ALTER SCHEMA public OWNER TO coffee_owner; "+
		"SET ROLE coffee_owner; CREATE TABLE video (id serial PRIMARY KEY); CREATE SCHEMA report; CREATE VIEW report.videos AS SELECT * FROM video")
	s.mustRun(t, first, "")
	s.mustAs(t, appOf(first), "INSERT INTO video DEFAULT VALUES")
	assert.Equal(t, "1", s.mustAs(t, appOf(first), "SELECT * FROM report.videos"))
	s.mustAs(t, migratorOf(first), "DROP SCHEMA report CASCADE")
}

// The server sees verifiers only, and every one of its statements is in this log.
func TestServerNeverSeesAPassword(t *testing.T) {
	s := start(t)
	s.mustRun(t, first, "")
	s.mustRun(t, second, first)
	log, err := os.ReadFile(s.log)
	require.NoError(t, err)
	assert.Equal(t, 4, strings.Count(string(log), "statement: ALTER USER coffee_"), "the log does not hold what it is searched for")
	assert.Equal(t, 4, strings.Count(string(log), "PASSWORD 'SCRAM-SHA-256$4096:"))
	for _, secret := range []string{
		masterPassword, appOf(first).Password, migratorOf(first).Password, appOf(second).Password, migratorOf(second).Password,
	} {
		assert.NotContains(t, string(log), secret)
	}
	assert.Equal(t, "4", s.mustAdminister(t, "SELECT count(*) FROM pg_authid WHERE rolname LIKE 'coffee%20%' AND rolpassword LIKE 'SCRAM-SHA-256$%'"))
}

// A Job that finds the secrets of another epoch, or none, leaves everything as it is.
func TestSecretsOfAnotherEpoch(t *testing.T) {
	s := start(t)
	s.mustRun(t, second, first)
	before := s.roleState(t)
	for _, c := range []struct {
		app, migrator credentials
		want          string
	}{
		{appOf(second), migratorOf(second), "the secret is of coffee_app_20261101, this Job of coffee_app_20270201"},
		{appOf(third), migratorOf(second), "the secret is of coffee_migrator_20261101, this Job of coffee_migrator_20270201"},
		{credentials{appOf(third).Username, ""}, migratorOf(third), "the secret of coffee_app_20270201 has no password"},
	} {
		log, err := s.run(t, rotation(third, ""), c.app, c.migrator)
		assert.ErrorContains(t, err, "container fetch")
		assert.Contains(t, log, c.want)
		assert.Equal(t, before, s.roleState(t))
	}
}

// The master's password goes to nobody but the database.
func TestDatabaseIsVerified(t *testing.T) {
	s := start(t)
	impostor := start(t)
	before := impostor.roleState(t)
	log, err := (&server{directory: s.directory, port: impostor.port, authority: s.authority}).run(t, rotation(first, ""), appOf(first), migratorOf(first))
	assert.ErrorContains(t, err, "container apply")
	assert.Contains(t, log, "certificate verify failed")
	assert.Equal(t, before, impostor.roleState(t))

	args := rotation(first, "")
	args.DatabaseHost = pulumi.String("127.0.0.1")
	log, err = s.run(t, args, appOf(first), migratorOf(first))
	assert.ErrorContains(t, err, "container apply")
	assert.Contains(t, log, "127.0.0.1")
	assert.NotContains(t, s.mustAdminister(t, "SELECT rolname FROM pg_roles"), "coffee_app")
}

// A Job that fails has made nothing, and says so.
func TestAllOrNothing(t *testing.T) {
	s := start(t)
	s.mustAdminister(t, "CREATE ROLE coffee_app") // by another than the master, who may not grant it
	before := s.roleState(t)
	log, err := s.run(t, rotation(first, ""), appOf(first), migratorOf(first))
	assert.ErrorContains(t, err, "container apply")
	assert.Contains(t, log, `permission denied to grant role "coffee_app"`)
	assert.Equal(t, before, s.roleState(t))
}
