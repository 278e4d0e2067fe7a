package stacks

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/registry"
)

// deployShared composes what all environments share. Settings have been validated.
func deployShared(ctx *pulumi.Context, s *Shared) error {
	provider, err := s.newProvider(ctx)
	if err != nil {
		return err
	}
	registries, err := registry.New(ctx, "registry", s.registryArgs(), pulumi.Providers(provider))
	if err != nil {
		return err
	}
	ctx.Export("repositoryUrls", registries.URLs)
	return nil
}

func (s *Shared) registryArgs() *registry.Args {
	return &registry.Args{
		Repositories: s.Registry.Repositories,
		KeepImages:   s.Registry.KeepImages,
	}
}
