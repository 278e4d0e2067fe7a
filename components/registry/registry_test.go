package registry_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/registry"
	"coffee-platform/internal/testkit"
)

const repositoryType = "aws:ecr/repository:Repository"

func validArgs() *registry.Args {
	return &registry.Args{Repositories: []string{"backend", "frontend"}, KeepImages: 50}
}

func program(args *registry.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := registry.New(ctx, "registry", args)
		return err
	}
}

func TestRepositories(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			require.Len(t, r.OfType(repositoryType), 2)
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:registry:Registry"), "%s is an orphan", x.URN)
			}
			for _, repository := range r.OfType(repositoryType) {
				assert.Equal(t, "IMMUTABLE", repository.Get(t, "imageTagMutability"), "a tag must never come to mean another image")
				assert.Equal(t, true, repository.Get(t, "imageScanningConfiguration", "scanOnPush"))
				assert.Equal(t, "KMS", repository.Get(t, "encryptionConfigurations", 0, "encryptionType"))
				assert.True(t, repository.Protect)
			}
		})
	}
}

func TestOldImagesAreRemoved(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	assert.JSONEq(t, `{"rules": [{
		"rulePriority": 1, "description": "keep the newest 50 images",
		"selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 50},
		"action": {"type": "expire"}
	}]}`, r.One(t, "aws:ecr/lifecyclePolicy:LifecyclePolicy", "registry-backend").Get(t, "policy").(string))
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*registry.Args)
		want   string
	}{
		{"none", func(a *registry.Args) { a.Repositories = nil }, "repositories: is empty"},
		{"name", func(a *registry.Args) { a.Repositories[0] = "Backend" }, `repositories[0]: "Backend" is not a repository name`},
		{"twice", func(a *registry.Args) { a.Repositories[1] = "backend" }, "repositories[1]: backend is named twice"},
		{"too few images", func(a *registry.Args) { a.KeepImages = 9 }, "keepImages: 9 leaves too little"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			assert.ErrorContains(t, testkit.Refused(t, program(args)), c.want)
		})
	}
}
