package kubernetes_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/charts"
)

const (
	releaseType  = "kubernetes:helm.sh/v3:Release"
	secretsType  = "kubernetes:external-secrets.io/v1:ExternalSecret"
	chartOfTests = "external-secrets"
)

// release is one that Helm would install.
func release() values {
	return values{
		"name": "external-secrets", "namespace": "external-secrets", "chart": chartOfTests, "version": charts.ExternalSecrets.Version,
		"repositoryOpts": values{"repo": charts.ExternalSecrets.Repository},
		"values":         values{"replicaCount": 2, "scopedNamespace": "coffee"},
	}
}

// delivery is an object whose kind the chart brings.
func delivery() values {
	return values{
		"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": in("coffee", "api"),
		"spec": values{
			"secretStoreRef": values{"kind": "SecretStore", "name": "aws"},
			"data":           []any{values{"secretKey": "JWT", "remoteRef": values{"key": "arn"}}},
		},
	}
}

func TestReleases(t *testing.T) {
	for name, c := range map[string]struct {
		inputs values
		want   map[string]string
	}{
		"good":               {release(), nil},
		"no name":            {with(release(), "name", ""), map[string]string{"name": "is not set"}},
		"no version":         {with(release(), "version", nil), map[string]string{"version": "is not set"}},
		"range of versions":  {with(release(), "version", "^2.0.0"), map[string]string{"version": "of chart external-secrets only"}},
		"another version":    {with(release(), "version", "1.0.0"), map[string]string{"version": "of chart external-secrets only"}},
		"no repository":      {with(release(), "repositoryOpts", values{}), map[string]string{"repositoryOpts.repo": "is not set"}},
		"another repository": {with(release(), "repositoryOpts", values{"repo": "https://evil.example"}), map[string]string{"repositoryOpts.repo": "of chart external-secrets only"}},
		"unknown chart":      {with(release(), "chart", "nginx"), map[string]string{"chart": `nothing is known of a chart "nginx"`}},
		"unknown value":      {with(release(), "values", values{"replicas": 2}), map[string]string{"values.replicas": "is not known to take this value"}},
		"unknown input":      {with(release(), "replicas", 2), map[string]string{"replicas": "is no input that is known here"}},
		"another type":       {with(release(), "timeout", "10m"), map[string]string{"timeout": "is of another type"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, failures := newProvider(t).check(t, releaseType, "external-secrets", nil, c.inputs)
			assert.Len(t, failures, len(c.want), "%v", failures)
			for property, reason := range c.want {
				assert.Contains(t, failures[property], reason, property)
			}
		})
	}
}

// What a preview does not know yet is not refused.
func TestReleaseThatIsNotKnownYet(t *testing.T) {
	inputs := resource.NewPropertyMapFromMap(release())
	inputs["namespace"] = resource.MakeComputed(resource.NewProperty(""))
	inputs["values"] = resource.NewProperty(resource.PropertyMap{"replicaCount": resource.MakeComputed(resource.NewProperty(""))})
	p := newProvider(t)
	checked, err := p.Check(p.ctx, plugin.CheckRequest{URN: urn(releaseType, "x"), News: inputs})
	require.NoError(t, err)
	assert.Empty(t, checked.Failures)
	assert.EqualValues(t, 300, checked.Properties["timeout"].NumberValue(), "the provider's default")
}

func TestLifeOfARelease(t *testing.T) {
	p := newProvider(t)
	_, err := p.try(t, releaseType, "external-secrets", release())
	require.ErrorContains(t, err, `namespaces "external-secrets" not found`)
	p.make(t, namespaceType, "own", namespace("external-secrets"))
	_, err = p.try(t, releaseType, "external-secrets", release())
	require.ErrorContains(t, err, `namespaces "coffee" not found`, "where its Roles are")
	product := p.make(t, namespaceType, "product", namespace("coffee"))

	_, err = p.try(t, secretsType, "api", delivery())
	require.ErrorContains(t, err, "chart external-secrets, which brings it, is not installed")
	installed := p.make(t, releaseType, "external-secrets", release())
	assert.Equal(t, "external-secrets/external-secrets", string(installed.ID))
	assert.Equal(t, "deployed", installed.Properties["status"].ObjectValue()["status"].StringValue())
	delivered := p.make(t, secretsType, "api", delivery())

	changed := with(release(), "values", values{"replicaCount": 1, "scopedNamespace": "coffee"})
	assert.Empty(t, p.diff(t, releaseType, release(), changed).ReplaceKeys)
	updated, err := p.Update(p.ctx, plugin.UpdateRequest{URN: urn(releaseType, "external-secrets"), ID: installed.ID, NewInputs: resource.NewPropertyMapFromMap(changed)})
	require.NoError(t, err)
	assert.EqualValues(t, 2, updated.Properties["status"].ObjectValue()["revision"].NumberValue())

	remove := func(typ string, id resource.ID) error {
		_, err := p.Delete(p.ctx, plugin.DeleteRequest{URN: urn(typ, "x"), ID: id})
		return err
	}
	require.ErrorContains(t, remove(releaseType, installed.ID), "nobody would finalize ExternalSecret coffee/api")
	require.NoError(t, remove(secretsType, delivered.ID))
	require.NoError(t, remove(releaseType, installed.ID))
	assert.False(t, p.exists(t, releaseType, string(installed.ID)))
	require.NoError(t, remove(namespaceType, product.ID))
}

func TestReleaseIsReplacedForItsNameOnly(t *testing.T) {
	p := newProvider(t)
	for property, replaced := range map[string]bool{"name": true, "namespace": true, "version": false, "timeout": false} {
		diff := p.diff(t, releaseType, release(), with(release(), property, "other"))
		assert.Equal(t, replaced, len(diff.ReplaceKeys) > 0, property)
	}
}
