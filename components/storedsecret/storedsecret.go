// Package storedsecret generates values that nobody ever writes down, and keeps them in Secrets Manager. It is
// a foundation other components build on, not a component of its own: a secret belongs to what it opens.
package storedsecret

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/secretsmanager"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// valueLength of letters and digits is 381 bits: more than the 256 that HS256 asks of a key (RFC 7518,
	// 3.2), within the 16 to 128 characters of an AUTH token
	// (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html), and nothing in it needs escaping
	// in a URL.
	valueLength = 64

	// recoveryDays is how long a deleted secret can be brought back, in days: the most AWS offers
	// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html).
	recoveryDays = 30

	// EpochTag is the tag on a secret that says of which day its value is.
	EpochTag = "coffee:epoch"
)

// Generate makes a value. It lives in the state, as a secret, and so stays the same from one deployment to the
// next, until its name or a keeper changes; what Secrets Manager generates would be another at every deployment.
func Generate(ctx *pulumi.Context, name string, keepers pulumi.StringMapInput, parent pulumi.ResourceOption) (pulumi.StringOutput, error) {
	value, err := random.NewRandomPassword(ctx, name, &random.RandomPasswordArgs{
		Length:     pulumi.Int(valueLength),
		Special:    pulumi.Bool(false),
		MinLower:   pulumi.Int(1),
		MinUpper:   pulumi.Int(1),
		MinNumeric: pulumi.Int(1),
		Keepers:    keepers,
	}, parent)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("generating %q: %w", name, err)
	}
	return value.Result, nil
}

// Args describe a secret.
type Args struct {
	// Description says what it opens, Epoch of which day its value is: "2026-11-01".
	Description string
	Epoch       string
	// Protect makes Pulumi refuse to delete or replace it.
	Protect bool

	// KeyARN is the key it is encrypted with.
	KeyARN pulumi.StringInput
	// Values are what it holds, in JSON, in the form of the secrets that RDS manages.
	Values pulumi.StringMapInput
	// After are the resources after which the values are good, and may be read.
	After []pulumi.Resource
}

// New keeps values in a secret. What takes the secret from the version that it returns waits until it can be read.
func New(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (*secretsmanager.SecretVersion, error) {
	secret, err := secretsmanager.NewSecret(ctx, name, &secretsmanager.SecretArgs{
		Description:          pulumi.String(args.Description),
		KmsKeyId:             args.KeyARN,
		RecoveryWindowInDays: pulumi.Int(recoveryDays),
		Tags:                 pulumi.StringMap{"Name": pulumi.String(name), EpochTag: pulumi.String(args.Epoch)},
	}, parent, pulumi.Protect(args.Protect))
	if err != nil {
		return nil, fmt.Errorf("creating secret %q: %w", name, err)
	}
	version, err := secretsmanager.NewSecretVersion(ctx, name, &secretsmanager.SecretVersionArgs{
		SecretId:     secret.Arn,
		SecretString: args.Values.ToStringMapOutput().ApplyT(secretString).(pulumi.StringOutput),
	}, parent, pulumi.DependsOn(args.After))
	if err != nil {
		return nil, fmt.Errorf("storing %q: %w", name, err)
	}
	return version, nil
}

func secretString(values map[string]string) string {
	text, err := json.Marshal(values)
	if err != nil {
		panic("storedsecret: " + err.Error()) // strings always marshal
	}
	return string(text)
}
