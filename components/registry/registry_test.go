package registry_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/registry"
	"coffee-platform/internal/testkit"
)

const (
	repositoryType       = "aws:ecr/repository:Repository"
	repositoryPolicyType = "aws:ecr/repositoryPolicy:RepositoryPolicy"
)

func validArgs() *registry.Args {
	return &registry.Args{Repositories: []string{"backend", "frontend"}, KeepImages: 50, Protect: true}
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
			}
		})
	}
}

func TestProtect(t *testing.T) {
	for _, protected := range []bool{true, false} {
		args := validArgs()
		args.Protect = protected
		r := testkit.MustRun(t, testkit.Update, program(args))
		for _, repository := range r.OfType(repositoryType) {
			assert.Equal(t, protected, repository.Protect)
		}
		assert.Equal(t, protected, r.One(t, "aws:kms/key:Key", "registry").Protect, "without its key no image can be pulled")
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

// Other accounts pull, and do nothing else; accounts that are not named do not.
func TestOnlyNamedAccountsPull(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			args := validArgs()
			args.PullAccounts = []string{"444455556666", "777788889999"}
			r := testkit.MustRun(t, mode, program(args))
			policies := r.OfType(repositoryPolicyType)
			require.Len(t, policies, 2)
			for _, policy := range policies {
				assert.True(t, r.Descends(policy, "coffee:registry:Registry"), "%s is an orphan", policy.URN)
				assert.JSONEq(t, `{"Version": "2012-10-17", "Statement": [{
					"Sid": "Pull", "Effect": "Allow",
					"Principal": {"AWS": ["arn:aws:iam::444455556666:root", "arn:aws:iam::777788889999:root"]},
					"Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
				}]}`, policy.Get(t, "policy").(string))
			}
		})
	}
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	assert.Empty(t, r.OfType(repositoryPolicyType))
	args := validArgs()
	args.PullAccounts = []string{"444455556666"}
	r = testkit.MustRun(t, testkit.Update, program(args))
	assert.Equal(t, "backend", r.One(t, repositoryPolicyType, "registry-backend").Get(t, "repository"))
	assert.Equal(t, "frontend", r.One(t, repositoryPolicyType, "registry-frontend").Get(t, "repository"))
}

func TestOutputs(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, func(ctx *pulumi.Context) error {
		registries, err := registry.New(ctx, "registry", validArgs())
		if err != nil {
			return err
		}
		_, err = cloudwatch.NewLogGroup(ctx, "user", &cloudwatch.LogGroupArgs{Tags: pulumi.StringMap{
			"url": registries.URLs.MapIndex(pulumi.String("backend")), "arn": registries.ARNs.MapIndex(pulumi.String("frontend")),
		}})
		return err
	})
	tags := r.One(t, "aws:cloudwatch/logGroup:LogGroup", "user").Get(t, "tags")
	assert.Equal(t, map[string]any{
		"url": "111122223333.dkr.ecr.us-east-1.amazonaws.com/backend",
		"arn": "arn:aws:ecr:us-east-1:111122223333:repository/frontend",
	}, tags)
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
		{"not an account", func(a *registry.Args) { a.PullAccounts = []string{"44445555666"} }, `pullAccounts[0]: "44445555666" is not an AWS account: it has 12 digits`},
		{"anybody", func(a *registry.Args) { a.PullAccounts = []string{"*"} }, `pullAccounts[0]: "*" is not an AWS account`},
		{"an account twice", func(a *registry.Args) { a.PullAccounts = []string{"444455556666", "444455556666"} }, "pullAccounts[1]: 444455556666 is named twice"},
		{"too few images", func(a *registry.Args) { a.KeepImages = 9 }, "keepImages: 9 leaves too little"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			assert.ErrorContains(t, testkit.Refused(t, program(args)), c.want)
		})
	}
}
