package stacks

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newProvider is the way into a region of the stack's AWS account: into that account only, and everything it
// makes carries the stack's tags.
func (a *Account) newProvider(ctx *pulumi.Context, name, region string) (*aws.Provider, error) {
	provider, err := aws.NewProvider(ctx, name, &aws.ProviderArgs{
		Region:            pulumi.String(region),
		AllowedAccountIds: pulumi.ToStringArray([]string{a.AccountID}),
		DefaultTags:       &aws.ProviderDefaultTagsArgs{Tags: pulumi.ToStringMap(a.allTags())},
	})
	if err != nil {
		return nil, fmt.Errorf("configuring the AWS provider %q: %w", name, err)
	}
	return provider, nil
}

// allTags are the tags of everything in the stack: the project's own and the stack's.
func (a *Account) allTags() map[string]string {
	tags := map[string]string{
		"coffee:project": Project,
		"coffee:stack":   a.stack,
	}
	maps.Copy(tags, a.Tags)
	return tags
}
