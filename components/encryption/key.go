// Package encryption makes the customer keys that data is encrypted with. It is a foundation other
// components build on, not a component of its own: a key belongs to what it encrypts.
package encryption

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// deletionDays is how long a key waits between its deletion and its end: the longest AWS offers
// (https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html), because
// everything it encrypted is lost with it.
const deletionDays = 30

// NewKey creates a KMS key that rotates every year. The description says what it encrypts; protect makes
// Pulumi refuse to delete it.
func NewKey(ctx *pulumi.Context, name, description string, protect bool, parent pulumi.ResourceOption) (*kms.Key, error) {
	key, err := kms.NewKey(ctx, name, &kms.KeyArgs{
		Description:          pulumi.String(description),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(deletionDays),
		Tags:                 pulumi.StringMap{"Name": pulumi.String(name)},
	}, parent, pulumi.Protect(protect))
	if err != nil {
		return nil, fmt.Errorf("creating key %q: %w", name, err)
	}
	return key, nil
}
