package plaintext

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSecretArguments(t *testing.T) {
	for _, c := range []struct{ before, text string }{
		{"", "--db-password=hunter2"},
		{"", "-token=hunter2"},
		{"", "--dbPassword='hunter2'"},
		{"", "PGPASSWORD=hunter2"},
		{"", "auth.password=hunter2"},
		{"", "--set=auth.password=hunter2"},
		{"", "--set=image.tag=1,auth.password=hunter2"},
		{"", `"PGPASSWORD=hunter2"`},
		{"", "host=db password=hunter2"},
		{"", "(PGPASSWORD=hunter2 psql -h db)"},
		{"", "set -e\nmysql --user=app --password=hunter2\n"},
		{"", "mysql --password hunter2"},
		{"", "mysql --password \\\n  hunter2"},
		{"", "docker run -e PGPASSWORD=hunter2 app"},
		{"--password", "hunter2"},
		{"--password", "correct horse"},
		{"-secretKey", "hunter2"},
	} {
		assert.Equal(t, "is called like a secret", Arguments(c.before, c.text), "%q after %q", c.text, c.before)
	}
}

func TestArgumentsThatAreNotSecret(t *testing.T) {
	for _, c := range []struct{ before, text string }{
		{"", ""},
		{"", "--password"},
		{"", "--password="},
		{"", "--password=$(PASSWORD)"},
		{"", "--password=${PASSWORD}"},
		{"", "--password='$PASSWORD'"},
		{"", "--password-file=/run/secrets/password"},
		{"", "--token=/run/secrets/token"},
		{"", "--use-token=true"},
		{"", "--dsn=postgresql://$(USER):$(PASSWORD)@db/coffee"},
		{"", "TOKEN=$(cat /run/secrets/token) app"},
		{"", "psql --no-password coffee"},
		{"", "adduser --disabled-password app"},
		{"", "kubectl get secret token"},
		{"", "# --token is what they sign in with"},
		{"", "app # --token is what they sign in with"},
		{"", "mysql --password\necho done"},
		{"password", "hunter2"},
		{"--password", "--user=app"},
		{"--password", "$(PASSWORD)"},
		{"--password", "/run/secrets/password"},
		{"--password=", "app"},
		{"--password=$(PASSWORD)", "app"},
		{"--token-limit", "4096"},
	} {
		assert.Empty(t, Arguments(c.before, c.text), "%q after %q", c.text, c.before)
	}
}

// The name is the word's before it, and no word's after that.
func TestAFlagNamesOneWord(t *testing.T) {
	assert.Empty(t, Arguments("--password", "$(PASSWORD) hunter2"))
}
