package encryption_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"coffee-platform/components/encryption"
	"coffee-platform/internal/testkit"
)

func newKey(t *testing.T, mode testkit.Mode, args *encryption.Args) testkit.Resource {
	t.Helper()
	r := testkit.MustRun(t, mode, func(ctx *pulumi.Context) error {
		_, err := encryption.NewKey(ctx, "data", args, pulumi.Parent(nil))
		return err
	})
	return r.One(t, "aws:kms/key:Key", "data")
}

func TestKeysRotateAndCanBeSaved(t *testing.T) {
	for _, mode := range testkit.Modes {
		key := newKey(t, mode, &encryption.Args{Description: "Data", Protect: true})
		assert.Equal(t, true, key.Get(t, "enableKeyRotation"))
		assert.EqualValues(t, 30, key.Get(t, "deletionWindowInDays"))
		assert.True(t, key.Protect)
		assert.NotContains(t, key.Inputs, "policy", "without one, who may use a key is left to IAM")
	}
	assert.False(t, newKey(t, testkit.Update, &encryption.Args{Description: "Data"}).Protect)
}

// The account keeps the key, and CloudWatch Logs may use it for the account's log groups in the region.
func TestLogsMayUseTheKey(t *testing.T) {
	key := newKey(t, testkit.Update, &encryption.Args{Description: "Logs", LogsOf: &encryption.LogsOf{Region: "eu-west-1", AccountID: "111122223333"}})
	assert.JSONEq(t, `{"Version": "2012-10-17", "Statement": [
		{"Sid": "LeaveToIAM", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": ["kms:*"], "Resource": ["*"]},
		{"Sid": "EncryptLogs", "Effect": "Allow", "Principal": {"Service": "logs.eu-west-1.amazonaws.com"},
		 "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"], "Resource": ["*"],
		 "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": ["arn:aws:logs:eu-west-1:111122223333:log-group:*"]}}}
	]}`, key.Get(t, "policy").(string))
}
