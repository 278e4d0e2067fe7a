package aws_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"coffee-platform/internal/iampolicy"
)

const (
	oidcProviderType     = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
	repositoryPolicyType = "aws:ecr/repositoryPolicy:RepositoryPolicy"
)

var oidcInputs = values{"url": "https://token.actions.githubusercontent.com", "clientIdLists": []any{"sts.amazonaws.com"}}

var pullPolicy = iampolicy.Document(iampolicy.Statement{
	Effect: iampolicy.Allow, Principal: values{"AWS": "arn:aws:iam::444455556666:root"}, Action: []string{"ecr:BatchGetImage"},
})

func TestOIDCProvidersRefused(t *testing.T) {
	many := make([]any, 101)
	for i := range many {
		many[i] = "sts.amazonaws.com"
	}
	checkRefuses(t, oidcProviderType, []refusal{
		{"no https", oidcInputs, values{"url": "http://token.actions.githubusercontent.com"}, "url"},
		{"no scheme", oidcInputs, values{"url": "token.actions.githubusercontent.com"}, "url"},
		{"a query", oidcInputs, values{"url": "https://token.actions.githubusercontent.com?a=b"}, "url"},
		{"too long a URL", oidcInputs, values{"url": "https://example.com/" + strings.Repeat("x", 255)}, "url"},
		{"no audience", oidcInputs, values{"clientIdLists": []any{""}}, "clientIdLists"},
		{"too many audiences", oidcInputs, values{"clientIdLists": many}, "clientIdLists"},
		{"half a thumbprint", oidcInputs, values{"thumbprintLists": []any{"6938fd4d98bab03faadb97b34396831e3780ae"}}, "thumbprintLists"},
	})
}

// An account has one provider of an issuer; it is known by the issuer without the scheme.
func TestOIDCProvider(t *testing.T) {
	p := newProvider(t)
	github := p.make(t, oidcProviderType, "github", oidcInputs)
	assert.Equal(t, "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github.id)
	assert.Equal(t, "token.actions.githubusercontent.com", github.outputs["url"])
	assert.Len(t, github.outputs["thumbprintLists"], 1)
	_, err := p.try(t, oidcProviderType, "again", oidcInputs)
	assert.ErrorContains(t, err, "AlreadyExists")
	assert.NotEmpty(t, p.diff(t, oidcProviderType, "github", oidcInputs, with(oidcInputs, values{"url": "https://gitlab.com"})).ReplaceKeys)
	assert.Empty(t, p.diff(t, oidcProviderType, "github", oidcInputs, with(oidcInputs, values{"clientIdLists": []any{"another"}})).ReplaceKeys)
}

func TestRepositoryPoliciesRefused(t *testing.T) {
	valid := values{"repository": "api", "policy": pullPolicy}
	checkRefuses(t, repositoryPolicyType, []refusal{
		{"for nobody", valid, values{"policy": strings.Replace(pullPolicy, "Principal", "Principle", 1)}, "policy"},
		{"no policy", valid, values{"policy": "{}"}, "policy"},
		{"too long", valid, values{"policy": strings.Replace(pullPolicy, ":root", ":role/"+strings.Repeat("x", 10240), 1)}, "policy"},
	})
}

// A repository takes its policy along.
func TestRepositoryPolicy(t *testing.T) {
	p := newProvider(t)
	_, err := p.try(t, repositoryPolicyType, "policy", values{"repository": "nowhere", "policy": pullPolicy})
	assert.ErrorContains(t, err, "NotFound: repository")
	api := p.make(t, repositoryType, "api", values{})
	inputs := values{"repository": api.id, "policy": pullPolicy}
	policy := p.make(t, repositoryPolicyType, "policy", inputs)
	assert.Equal(t, account, policy.outputs["registryId"])
	assert.NotEmpty(t, p.diff(t, repositoryPolicyType, "policy", inputs, with(inputs, values{"repository": "web"})).ReplaceKeys)
	assert.Empty(t, p.diff(t, repositoryPolicyType, "policy", inputs, with(inputs, values{"policy": "{}"})).ReplaceKeys)
	assert.NoError(t, p.remove(api))
}
