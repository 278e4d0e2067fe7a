package redis

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/elasticache"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/storedsecret"
)

// tokenName is the name of the AUTH token and of the secret that holds it.
func (b *builder) tokenName() string { return b.name + "-auth-token" }

// generateToken makes the AUTH token, another one for each epoch.
func (b *builder) generateToken() (pulumi.StringOutput, error) {
	return storedsecret.Generate(b.ctx, b.tokenName(), pulumi.StringMap{"epoch": pulumi.String(b.args.AuthTokenEpoch)}, b.parent)
}

func (b *builder) tokenStrategy() string {
	if b.args.KeepPreviousAuthToken {
		return keepPreviousToken
	}
	return endPreviousToken
}

// storeToken keeps the token where clients read it, once the group accepts it and not before.
func (b *builder) storeToken(key *kms.Key, token pulumi.StringOutput, group *elasticache.ReplicationGroup) (*secretsmanager.SecretVersion, error) {
	return storedsecret.New(b.ctx, b.tokenName(), &storedsecret.Args{
		Description: fmt.Sprintf("AUTH token of Redis %s", b.name),
		Epoch:       b.args.AuthTokenEpoch,
		Protect:     b.args.Protect,
		KeyARN:      key.Arn,
		Values:      pulumi.StringMap{"password": token},
		After:       []pulumi.Resource{group},
	}, b.parent)
}
