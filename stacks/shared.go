package stacks

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/ci"
	"coffee-platform/components/registry"
)

// deployShared composes what all environments share. Settings have been validated.
func deployShared(ctx *pulumi.Context, s *Shared) error {
	provider, err := s.newProvider(ctx, "aws", s.Region)
	if err != nil {
		return err
	}
	inAccount := pulumi.Providers(provider)

	registries, err := registry.New(ctx, "registry", s.registryArgs(), inAccount)
	if err != nil {
		return err
	}
	ciArgs := s.ciArgs()
	ciArgs.RepositoryARNs = registries.ARNs
	identity, err := ci.New(ctx, "ci", ciArgs, inAccount)
	if err != nil {
		return err
	}
	ctx.Export("repositoryUrls", registries.URLs)
	ctx.Export("publisherRoleArn", identity.PublisherRoleARN)
	return nil
}

func (s *Shared) registryArgs() *registry.Args {
	return &registry.Args{
		Repositories: s.Registry.Repositories,
		KeepImages:   s.Registry.KeepImages,
		PullAccounts: s.Registry.PullAccounts,
		Protect:      !slices.Contains(s.Unprotected, "registry"),
	}
}

func (s *Shared) ciArgs() *ci.Args {
	publishers := make([]ci.Publisher, len(s.CI.Publishers))
	for i, p := range s.CI.Publishers {
		publishers[i] = ci.Publisher{Repository: p.Repository, Branch: p.Branch}
	}
	return &ci.Args{Publishers: publishers, MaxSessionMinutes: s.CI.MaxSessionMinutes}
}
