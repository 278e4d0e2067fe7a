// Package encryption makes the customer keys that data is encrypted with. It is a foundation other
// components build on, not a component of its own: a key belongs to what it encrypts.
package encryption

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/iampolicy"
)

// deletionDays is how long a key waits between its deletion and its end: the longest AWS offers
// (https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html), because
// everything it encrypted is lost with it.
const deletionDays = 30

// Args describe a key.
type Args struct {
	// Description says what the key encrypts.
	Description string
	// Protect makes Pulumi refuse to delete or replace it.
	Protect bool
	// Retain leaves the key in AWS when it leaves the program: something that stays, a last snapshot, is of no use
	// without it. It costs a dollar a month (https://aws.amazon.com/kms/pricing/) until somebody deletes it.
	Retain bool
	// LogsOf lets CloudWatch Logs encrypt the log groups of an account and region with it; nil does not.
	LogsOf *LogsOf
}

// LogsOf is where log groups are.
type LogsOf struct {
	Region, AccountID string
}

// NewKey creates a KMS key that rotates every year.
func NewKey(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (*kms.Key, error) {
	keyArgs := &kms.KeyArgs{
		Description:          pulumi.String(args.Description),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(deletionDays),
		Tags:                 pulumi.StringMap{"Name": pulumi.String(name)},
	}
	if args.LogsOf != nil {
		keyArgs.Policy = pulumi.String(logsPolicy(args.LogsOf))
	}
	key, err := kms.NewKey(ctx, name, keyArgs, parent, pulumi.Protect(args.Protect), pulumi.RetainOnDelete(args.Retain))
	if err != nil {
		return nil, fmt.Errorf("creating key %q: %w", name, err)
	}
	return key, nil
}

// SnapshotName is the name of the last snapshot of what the key encrypts. Every new database or cache has a
// new key, so that its last snapshot never meets that of an earlier one of the same name.
func SnapshotName(of string, key *kms.Key) pulumi.StringOutput {
	return key.KeyId.ApplyT(func(id string) string {
		distinct, _, _ := strings.Cut(id, "-")
		return of + "-final-" + distinct
	}).(pulumi.StringOutput)
}

// logsPolicy leaves who may use the key to IAM, as the policy of a key without one does, and lets CloudWatch
// Logs use it for the account's own log groups only
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html).
func logsPolicy(of *LogsOf) string {
	return iampolicy.Document(
		iampolicy.Statement{
			Sid:       "LeaveToIAM",
			Effect:    iampolicy.Allow,
			Principal: map[string]any{"AWS": fmt.Sprintf("arn:aws:iam::%s:root", of.AccountID)},
			Action:    []string{"kms:*"},
			Resource:  []string{"*"},
		},
		iampolicy.Statement{
			Sid:       "EncryptLogs",
			Effect:    iampolicy.Allow,
			Principal: map[string]any{"Service": fmt.Sprintf("logs.%s.amazonaws.com", of.Region)},
			Action:    []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"},
			Resource:  []string{"*"},
			Condition: map[string]map[string][]string{"ArnLike": {
				"kms:EncryptionContext:aws:logs:arn": {fmt.Sprintf("arn:aws:logs:%s:%s:log-group:*", of.Region, of.AccountID)},
			}},
		},
	)
}
