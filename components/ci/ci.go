package ci

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// CI is GitHub Actions in an AWS account.
type CI struct {
	pulumi.ResourceState

	// ProviderARN is GitHub's OIDC provider, of which an account has one.
	ProviderARN pulumi.StringOutput `pulumi:"providerArn"`
	// PublisherRoleARN is the role that publishers assume; "" if there are none.
	PublisherRoleARN pulumi.StringOutput `pulumi:"publisherRoleArn"`
}

// New creates the provider, and the role if there are publishers. It fails before the first resource if args do
// not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*CI, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("ci %q: %w", name, err)
	}
	c := &CI{}
	if err := ctx.RegisterComponentResource("coffee:ci:CI", name, c, opts...); err != nil {
		return nil, fmt.Errorf("registering ci %q: %w", name, err)
	}
	parent := pulumi.Parent(c)

	provider, err := iam.NewOpenIdConnectProvider(ctx, name, &iam.OpenIdConnectProviderArgs{
		Url:           pulumi.String("https://" + issuer),
		ClientIdLists: pulumi.ToStringArray([]string{audience}),
		// No thumbprints: AWS trusts GitHub's certificates by their authorities
		// (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html).
		Tags: pulumi.StringMap{"Name": pulumi.String(name)},
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("creating OIDC provider %q: %w", name, err)
	}
	c.ProviderARN = provider.Arn
	c.PublisherRoleARN = pulumi.String("").ToStringOutput()
	if len(args.Publishers) > 0 {
		role, err := createPublisher(ctx, name+"-publisher", args, provider, parent)
		if err != nil {
			return nil, err
		}
		c.PublisherRoleARN = role.Arn
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{
		"providerArn":      c.ProviderARN,
		"publisherRoleArn": c.PublisherRoleARN,
	})
}

func createPublisher(ctx *pulumi.Context, name string, args *Args, provider *iam.OpenIdConnectProvider, parent pulumi.ResourceOption) (*iam.Role, error) {
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description: pulumi.String("Lets GitHub Actions push container images"),
		AssumeRolePolicy: provider.Arn.ApplyT(func(arn string) string {
			return trustPolicy(arn, args.Publishers)
		}).(pulumi.StringOutput),
		MaxSessionDuration: pulumi.Int(args.MaxSessionMinutes * 60),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("creating role %q: %w", name, err)
	}
	_, err = iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{
		Role: role.Name,
		Policy: args.RepositoryARNs.ToStringMapOutput().ApplyT(func(arns map[string]string) string {
			return pushPolicy(slices.Sorted(maps.Values(arns)))
		}).(pulumi.StringOutput),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("letting role %q push: %w", name, err)
	}
	return role, nil
}
