package aws

import (
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/kms"

	"coffee-platform/internal/sandbox/sdkschema"
)

const tokenKey = "aws:kms/key:Key"

// https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
const maxKeyPolicyBytes = 32768

var kmsTypes = map[string]entry{
	tokenKey: {
		schema:  sdkschema.Of(kms.KeyArgs{}, kms.Key{}),
		replace: []string{"customerMasterKeySpec", "customKeyStoreId", "keyUsage", "multiRegion", "xksKeyId"},
		check: func(c *checker) {
			// API_ScheduleKeyDeletion.html: 7 to 30 days.
			c.between("deletionWindowInDays", 7, 30)
			c.policy("policy", maxKeyPolicyBytes)
		},
		id: (*creation).uuid,
		compute: func(c *creation) {
			c.set("arn", c.arn("kms", "key/%s", c.id))
			c.set("keyId", c.id)
			c.setDefault("description", "")
			c.setDefault("keyUsage", "ENCRYPT_DECRYPT")
			c.setDefault("multiRegion", false)
			c.setDefault("rotationPeriodInDays", 365)
			c.setDefault("policy", jsonText(map[string]any{
				"Version": "2012-10-17",
				"Id":      "key-default-1",
				"Statement": []any{map[string]any{
					"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Action": "kms:*", "Resource": "*",
					"Principal": map[string]any{"AWS": c.iamARN("root")},
				}},
			}))
		},
	},
}
