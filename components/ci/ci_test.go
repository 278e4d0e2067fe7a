package ci_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/ci"
	"coffee-platform/internal/testkit"
)

const (
	providerType   = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
	roleType       = "aws:iam/role:Role"
	rolePolicyType = "aws:iam/rolePolicy:RolePolicy"

	backendARN  = "arn:aws:ecr:us-east-1:111122223333:repository/backend"
	frontendARN = "arn:aws:ecr:us-east-1:111122223333:repository/frontend"
)

func validArgs() *ci.Args {
	return &ci.Args{
		Publishers: []ci.Publisher{
			{Repository: "acme/backend", Branch: "main"},
			{Repository: "acme@123456/frontend@456789", Branch: "release/2026"},
		},
		MaxSessionMinutes: 60,
		RepositoryARNs:    pulumi.StringMap{"frontend": pulumi.String(frontendARN), "backend": pulumi.String(backendARN)},
	}
}

func program(args *ci.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := ci.New(ctx, "ci", args)
		return err
	}
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			assert.Len(t, r.All(), 4, "%v", r.Names())
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:ci:CI"), "%s is an orphan", x.URN)
			}
		})
	}
}

func TestProviderIsGitHub(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			p := testkit.MustRun(t, mode, program(validArgs())).One(t, providerType, "ci")
			assert.Equal(t, "https://token.actions.githubusercontent.com", p.Get(t, "url"))
			assert.Equal(t, []any{"sts.amazonaws.com"}, p.Get(t, "clientIdLists"))
			assert.NotContains(t, p.Inputs, "thumbprintLists")
		})
	}
}

// The named branches of the named repositories, compared as a whole, and nobody else.
func TestOnlyPublishersAssumeTheRole(t *testing.T) {
	role := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, roleType, "ci-publisher")
	assert.JSONEq(t, `{"Version": "2012-10-17", "Statement": [{
		"Effect": "Allow",
		"Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
		"Action": ["sts:AssumeRoleWithWebIdentity"],
		"Condition": {"StringEquals": {
			"token.actions.githubusercontent.com:aud": ["sts.amazonaws.com"],
			"token.actions.githubusercontent.com:sub": [
				"repo:acme/backend:ref:refs/heads/main",
				"repo:acme@123456/frontend@456789:ref:refs/heads/release/2026"
			]
		}}
	}]}`, role.Get(t, "assumeRolePolicy").(string))
}

// To push to the named repositories, and to do nothing else.
func TestPublishersPush(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	var policy struct {
		Statement []struct {
			Effect           string
			Action, Resource []string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(r.One(t, rolePolicyType, "ci-publisher").Get(t, "policy").(string)), &policy))
	require.Len(t, policy.Statement, 2)
	assert.Equal(t, []string{"ecr:GetAuthorizationToken"}, policy.Statement[0].Action)
	assert.Equal(t, []string{"*"}, policy.Statement[0].Resource)
	assert.Equal(t, []string{
		"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload",
		"ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
	}, policy.Statement[1].Action)
	assert.Equal(t, []string{backendARN, frontendARN}, policy.Statement[1].Resource)
	assert.Regexp(t, `^ci-publisher-[0-9a-f]{7}$`, r.One(t, rolePolicyType, "ci-publisher").Get(t, "role"))
}

func TestSessions(t *testing.T) {
	for _, mode := range testkit.Modes {
		args := validArgs()
		args.MaxSessionMinutes = 90
		assert.Equal(t, 5400., testkit.MustRun(t, mode, program(args)).One(t, roleType, "ci-publisher").Get(t, "maxSessionDuration"))
	}
}

func TestNobodyPublishes(t *testing.T) {
	args := validArgs()
	args.Publishers = nil
	r := testkit.MustRun(t, testkit.Update, program(args))
	assert.Len(t, r.OfType(providerType), 1)
	assert.Empty(t, r.OfType(roleType))
	assert.Empty(t, r.OfType(rolePolicyType))
}

func TestOutputs(t *testing.T) {
	outputs := func(args *ci.Args) map[string]any {
		r := testkit.MustRun(t, testkit.Update, func(ctx *pulumi.Context) error {
			c, err := ci.New(ctx, "ci", args)
			if err != nil {
				return err
			}
			_, err = cloudwatch.NewLogGroup(ctx, "user", &cloudwatch.LogGroupArgs{Tags: pulumi.StringMap{
				"provider": c.ProviderARN, "role": c.PublisherRoleARN,
			}})
			return err
		})
		return r.One(t, "aws:cloudwatch/logGroup:LogGroup", "user").Get(t, "tags").(map[string]any)
	}
	with := outputs(validArgs())
	assert.Equal(t, "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", with["provider"])
	assert.Regexp(t, `^arn:aws:iam::111122223333:role/ci-publisher-[0-9a-f]{7}$`, with["role"])
	nobody := validArgs()
	nobody.Publishers = nil
	assert.Empty(t, outputs(nobody)["role"])
}

func TestRefusedArguments(t *testing.T) {
	type change = func(*ci.Args)
	repository := func(name string) change { return func(a *ci.Args) { a.Publishers[1].Repository = name } }
	branch := func(name string) change { return func(a *ci.Args) { a.Publishers[1].Branch = name } }
	const notRepository, notBranch = "publishers[1].repository: ", "publishers[1].branch: "
	for _, c := range []struct {
		name   string
		change change
		want   string
	}{
		{"any repository", repository("acme/*"), notRepository + `"acme/*" is not a GitHub repository: write it like acme/backend`},
		{"no owner", repository("backend"), notRepository},
		{"a URL", repository("https://github.com/acme/backend"), notRepository},
		{"half the numbers", repository("acme@1/backend"), notRepository},
		{"the other half", repository("acme/backend@1"), notRepository},
		{"a claim of its own", repository("acme/backend:ref"), notRepository},
		{"any branch", branch("*"), notBranch + `"*" is not a branch: write it like main`},
		{"a ref", branch("refs/heads/main"), notBranch},
		{"no branch", branch(""), notBranch},
		{"one character of a branch", branch("release-?"), notBranch},
		{"twice", func(a *ci.Args) { a.Publishers[1] = a.Publishers[0] }, "publishers[1]: main of acme/backend is named twice"},
		{"too many", func(a *ci.Args) {
			for i := range 50 {
				a.Publishers = append(a.Publishers, ci.Publisher{Repository: fmt.Sprintf("acme/service-%d", i), Branch: "main"})
			}
		}, "publishers: 52 are too many"},
		{"short sessions", func(a *ci.Args) { a.MaxSessionMinutes = 59 }, "maxSessionMinutes: 59 is outside 60 to 720 minutes"},
		{"long sessions", func(a *ci.Args) { a.MaxSessionMinutes = 721 }, "maxSessionMinutes: 721 is outside 60 to 720 minutes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			assert.ErrorContains(t, testkit.Refused(t, program(args)), c.want)
		})
	}
}

// As many publishers as are not refused, AWS takes.
func TestAsManyPublishersAsFit(t *testing.T) {
	args := validArgs()
	for i := 0; len(args.Validate()) == 0; i++ {
		args.Publishers = append(args.Publishers, ci.Publisher{Repository: fmt.Sprintf("acme/service-%d", i), Branch: "main"})
	}
	args.Publishers = args.Publishers[:len(args.Publishers)-1]
	require.Greater(t, len(args.Publishers), 20)
	testkit.MustRun(t, testkit.Update, program(args))
}
