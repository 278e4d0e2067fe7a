package redis

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/elasticache"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/secretsmanager"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// tokenLength of letters and digits, which need no escaping in a rediss:// URL, is within the 16 to
	// 128 characters AWS takes (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html).
	tokenLength = 64

	// EpochTag is the tag on the secret that says of which day its token is.
	EpochTag = "coffee:epoch"

	// recoveryDays is how long a deleted secret can be brought back, in days: the most AWS offers
	// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html).
	recoveryDays = 30
)

// generateToken makes the AUTH token. It lives in the state, as a secret, and so stays the same from one
// deployment to the next until the epoch changes; what Secrets Manager generates would be another at
// every deployment.
func (b *builder) generateToken() (pulumi.StringOutput, error) {
	name := b.name + "-auth-token"
	token, err := random.NewRandomPassword(b.ctx, name, &random.RandomPasswordArgs{
		Length:     pulumi.Int(tokenLength),
		Special:    pulumi.Bool(false),
		MinLower:   pulumi.Int(1),
		MinUpper:   pulumi.Int(1),
		MinNumeric: pulumi.Int(1),
		Keepers:    pulumi.StringMap{"epoch": pulumi.String(b.args.AuthTokenEpoch)},
	}, b.parent)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("generating %q: %w", name, err)
	}
	return token.Result, nil
}

func (b *builder) tokenStrategy() string {
	if b.args.KeepPreviousAuthToken {
		return keepPreviousToken
	}
	return endPreviousToken
}

// storeToken keeps the token where clients read it, once the group accepts it and not before.
func (b *builder) storeToken(key *kms.Key, token pulumi.StringOutput, group *elasticache.ReplicationGroup) (*secretsmanager.SecretVersion, error) {
	name := b.name + "-auth-token"
	secret, err := secretsmanager.NewSecret(b.ctx, name, &secretsmanager.SecretArgs{
		Description:          pulumi.Sprintf("AUTH token of Redis %s", b.name),
		KmsKeyId:             key.Arn,
		RecoveryWindowInDays: pulumi.Int(recoveryDays),
		Tags:                 pulumi.StringMap{"Name": pulumi.String(name), EpochTag: pulumi.String(b.args.AuthTokenEpoch)},
	}, b.parent, pulumi.Protect(b.args.Protect))
	if err != nil {
		return nil, fmt.Errorf("creating secret %q: %w", name, err)
	}
	version, err := secretsmanager.NewSecretVersion(b.ctx, name, &secretsmanager.SecretVersionArgs{
		SecretId:     secret.Arn,
		SecretString: token.ApplyT(secretString).(pulumi.StringOutput),
	}, b.parent, pulumi.DependsOn([]pulumi.Resource{group}))
	if err != nil {
		return nil, fmt.Errorf("storing %q: %w", name, err)
	}
	return version, nil
}

// secretString is the secret's value, in the form of the secrets that RDS manages.
func secretString(token string) string {
	text, err := json.Marshal(map[string]string{"password": token})
	if err != nil {
		panic("redis: " + err.Error()) // strings always marshal
	}
	return string(text)
}
