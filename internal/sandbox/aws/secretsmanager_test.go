package aws_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSecretsRefused(t *testing.T) {
	checkRefuses(t, "aws:secretsmanager/secret:Secret", []refusal{
		{"a name", values{"name": "coffee/redis"}, values{"name": "coffee redis"}, "name"},
		{"a recovery too short", values{"recoveryWindowInDays": 7}, values{"recoveryWindowInDays": 6}, "recoveryWindowInDays"},
		{"a recovery too long", values{"recoveryWindowInDays": 30}, values{"recoveryWindowInDays": 31}, "recoveryWindowInDays"},
		{"a policy", values{}, values{"policy": "everybody"}, "policy"},
	})
	value := values{"secretId": "arn", "secretString": "not a real one"}
	checkRefuses(t, "aws:secretsmanager/secretVersion:SecretVersion", []refusal{
		{"no value", value, values{"secretString": nil}, "secretString"},
		{"two values", value, values{"secretBinary": "AA=="}, "secretString"},
		{"too long a value", value, values{"secretString": strings.Repeat("x", 65537)}, "secretString"},
	})
}

// Deleted at once, or kept as long as AWS does: both are allowed.
func TestRecoveryOfASecret(t *testing.T) {
	p := newProvider(t)
	assert.EqualValues(t, 30, secret(t, p).outputs["recoveryWindowInDays"])
	gone := p.make(t, "aws:secretsmanager/secret:Secret", "gone", values{"recoveryWindowInDays": 0})
	assert.EqualValues(t, 0, gone.outputs["recoveryWindowInDays"])
}

// A new value is a new version, and the one that is current.
func TestSecretVersions(t *testing.T) {
	p := newProvider(t)
	typ, inputs := "aws:secretsmanager/secretVersion:SecretVersion", values{"secretId": secret(t, p).id, "secretString": "not a real one"}
	first, second := p.make(t, typ, "version", inputs), p.make(t, typ, "version", inputs)
	assert.NotEqual(t, first.outputs["versionId"], second.outputs["versionId"])
	assert.Equal(t, first.outputs["secretArn"], second.outputs["secretArn"])
	assert.Equal(t, []any{"AWSCURRENT"}, second.outputs["versionStages"])
	assert.Equal(t, inputs["secretId"].(string)+"|"+second.text(t, "versionId"), second.id)
	assert.NotEmpty(t, p.diff(t, typ, "version", inputs, with(inputs, values{"secretString": "another"})).ReplaceKeys)
}
