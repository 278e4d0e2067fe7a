package aws

import (
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"coffee-platform/internal/sandbox/sdkschema"
)

const tokenSecret = "aws:secretsmanager/secret:Secret"

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
var secretName = regexp.MustCompile(`^[A-Za-z0-9/_+=.@-]{1,512}$`)

// Sizes of a secret's value and of its resource policy
// (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html).
const (
	maxSecretBytes       = 65536
	maxSecretPolicyBytes = 20480
)

var secretsmanagerTypes = map[string]entry{
	tokenSecret: {
		schema:     sdkschema.Of(secretsmanager.SecretArgs{}, secretsmanager.Secret{}),
		autoName:   "name",
		replace:    []string{"name", "namePrefix", "type"},
		unique:     []string{"name"},
		references: []reference{{input: "kmsKeyId", typ: tokenKey, property: "arn"}},
		check: func(c *checker) {
			c.matches("name", secretName, "a secret name: at most 512 letters, digits and /_+=.@-")
			c.policy("policy", maxSecretPolicyBytes)
			// API_DeleteSecret.html: 7 to 30 days; 0 is the provider's for deletion without recovery.
			if days, ok := c.number("recoveryWindowInDays"); ok && days != 0 && (days < 7 || days > 30) {
				c.fail("recoveryWindowInDays", "InvalidParameterException: %d is neither 0 nor between 7 and 30 days", days)
			}
		},
		// The six random characters keep a new secret of an old name from being taken for the old one
		// (https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html).
		id: func(c *creation) string {
			return c.arn("secretsmanager", "secret:%s-%s", c.text("name"), c.token("id", 6))
		},
		compute: func(c *creation) {
			c.set("arn", c.id)
			c.setDefault("namePrefix", "")
			c.setDefault("policy", "")
			c.setDefault("recoveryWindowInDays", 30)
		},
	},
	"aws:secretsmanager/secretVersion:SecretVersion": {
		schema:     sdkschema.Of(secretsmanager.SecretVersionArgs{}, secretsmanager.SecretVersion{}),
		replace:    []string{"secretId", "secretString", "secretBinary", "secretStringWoVersion"},
		references: []reference{{input: "secretId", typ: tokenSecret, property: "arn", part: true}},
		check: func(c *checker) {
			values := 0
			for _, input := range []string{"secretString", "secretBinary", "secretStringWo"} {
				if _, given := c.inputs[resource.PropertyKey(input)]; given {
					values++
				}
				if text, ok := c.text(input); ok && len(text) > maxSecretBytes {
					c.fail(input, "InvalidParameterException: %d bytes: AWS takes at most %d", len(text), maxSecretBytes)
				}
			}
			if values != 1 {
				c.fail("secretString", "exactly one of secretString, secretBinary and secretStringWo is wanted, not %d", values)
			}
		},
		id: func(c *creation) string { return c.text("secretId") + "|terraform-" + c.token("version", 26) },
		compute: func(c *creation) {
			c.set("arn", c.text("secretId"))
			c.set("secretArn", c.text("secretId"))
			c.set("versionId", c.id[len(c.text("secretId"))+1:])
			_, writeOnly := c.inputs["secretStringWo"]
			c.set("hasSecretStringWo", writeOnly)
			// API_PutSecretValue.html: without stages given, the new version becomes the current one.
			c.setDefault("versionStages", []any{"AWSCURRENT"})
		},
	},
}
