package plaintext

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSecrets(t *testing.T) {
	jwt := "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "dozjgNryP4J3jVmNHl0w5N"
	for name, text := range map[string]string{
		"PASSWORD":              "x",
		"DATABASE_PASSWORD":     "x",
		"dbPassword":            "x",
		"db-password":           "x",
		"JWT_SECRET_PREVIOUS":   "x",
		"REDIS_TOKEN_2":         "x",
		"API_KEY":               "x",
		"apikey":                "x",
		"AWS_ACCESS_KEY_ID":     "x",
		"AWS_SECRET_ACCESS_KEY": "x",
		"SENTRY_DSN":            "x",
		"PGPASSWORD":            "x",
		"MYSQL_ROOTPASSWORD":    "x",
		"DB_PASS":               "x",
		"SMTP_PASSWD":           "x",
		"pass":                  "x",
		"REDISCLI_AUTH":         "x",
		"requirepass":           "x",
		"masterauth":            "x",
		"SECRET_KEY_BASE":       "x",
		"secretkeybase":         "x",
		"DBPassword":            "x",
		"aToken":                "x",
		"DBPass":                "x",
		"JWTSecret":             "x",
		"oauth2Token":           "x",
		"DB_PASSPHRASE":         "/x", // a file at the root is nothing anybody mounts
		"TOKEN_1":               "x/y/z",
		"DSN":                   "postgresql://app@db/coffee",
		"KEY":                   "AKIA" + strings.Repeat("A", 16),
		"WHO":                   jwt,
		"CERTIFICATE":           "-----BEGIN RSA PRIVATE KEY-----\nx",
		"DATABASE_URL":          "postgresql+asyncpg://app:hunter2@db:5432/coffee",
		"REDIS_URL":             "rediss://:hunter2@cache:6379/0",
		"BOT":                   "xoxb-1234567890-abc",
		"PUSH":                  "ghp_" + strings.Repeat("a1", 18),
		"BLOB":                  "kJ8s0aPq2Lw9ZxVb4NmRt6YcUe1HgFd3",
		"settings.yaml":         "host: db\npassword: hunter2\n",
		"settings.ini":          "[db]\nhost = db\npassword = hunter2\n",
		"settings.json":         "{\n  \"dbPassword\": \"hunter2\",\n}",
		"settings.env":          "HOST=db\nexport PGPASSWORD=hunter2\n",
	} {
		why := Secret(name, text)
		assert.NotEmpty(t, why, name)
		assert.NotContains(t, why, text, name)
	}
}

func TestNotSecrets(t *testing.T) {
	for name, text := range map[string]string{
		"PASSWORD":                  "",
		"REDIS_PASSWORD":            "$(OTHER)",
		"PASSWORD_FILE":             "/run/secrets/password",
		"SECRET_NAME":               "coffee/api",
		"BYPASS":                    "x",
		"COMPASS":                   "x",
		"ENABLE_BYPASS":             "x",
		"PASS_THROUGH":              "x",
		"NO_PASSWORD":               "x",
		"SKIP_TOKEN":                "x",
		"without-secret":            "x",
		"disabledPassword":          "x",
		"disable-token":             "x",
		"ALLOW_EMPTY_PASSWORD":      "yes",
		"USE_TOKEN":                 "True",
		"rotateSecret":              "false",
		"SHOW_PASSWORD":             "no",
		"JWT_PRIVATE_KEY":           "/run/secrets/jwt.pem",
		"DB_SECRET":                 "arn:aws:secretsmanager:us-east-1:111122223333:secret:coffee-AbCdEf",
		"DB_DSN":                    "postgresql://$(USER):$(PASSWORD)@db/coffee",
		"API_TOKEN":                 "${TOKEN}",
		"APITOKEN":                  "",
		"SHELL_TOKEN":               "$TOKEN",
		"SECRET_ARN":                "arn:aws:secretsmanager:us-east-1:111122223333:secret:coffee-AbCdEf",
		"TOKEN_LIMIT":               "4096",
		"DATABASE_URL":              "postgresql://$(USER):$(PASSWORD)@db/coffee",
		"DATABASE_HOST":             "postgres-6a68389.42ff0cc754ef.us-east-1.rds.amazonaws.com",
		"DATABASE_SSLMODE":          "verify-full",
		"API":                       "http://api.coffee.svc.cluster.local:8000",
		"COMMIT":                    "64cdef8e54c501432625d7e800090d42a23bd4f9",
		"REQUEST_ID":                "123e4567-e89b-12d3-a456-426614174000",
		"KEY_ARN":                   "arn:aws:kms:us-east-1:111122223333:key/bc8c3a7e-5bc5-60d7-38b9-5e6208aab92c",
		"settings.yaml":             "host: db\npasswordFile: /run/secrets/password\npassword: ${PASSWORD}\n",
		"start.sh":                  "export PASSWORD=\"$(cat /run/secrets/password)\"\nTOKEN=`cat /run/token`\n",
		"enable-network-controller": "true",
		"MOUNT":                     "/kJ8s0aPq2Lw9ZxVb4NmRt6YcUe1HgFd3",
		"SENTENCE":                  "kJ8s0aPq 2Lw9ZxVb 4NmRt6Yc Ue1HgFd3",
	} {
		assert.Empty(t, Secret(name, text), name)
	}
}

func TestSnake(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "a": "a", "dbPassword": "db_password", "DBPassword": "db_password", "PASSWORD": "password", "DBPa": "db_pa",
		"oauth2Token": "oauth2_token", "db-password": "db_password", "DB.PASSWORD": "db_password", "DB_Password": "db_password",
	} {
		assert.Equal(t, want, snake(name), name)
	}
}
