package object

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"coffee-platform/policy/rule"
)

func TestMatch(t *testing.T) {
	known := oneOf([]string{"apps/Deployment", "keda.sh/ScaledObject"})
	for token, form := range map[string]Form{
		"kubernetes:apps/v1:Deployment":                 Whole,
		"kubernetes:apps/v1beta1:Deployment":            Whole,
		"kubernetes:apps/v1:DeploymentPatch":            Patch,
		"kubernetes:apps/v1:DeploymentList":             List,
		"kubernetes:keda.sh/v1alpha1:ScaledObject":      Whole,
		"kubernetes:keda.sh/v1alpha1:ScaledObjectPatch": Patch,
	} {
		kind, got, ok := Match(token, known)
		assert.True(t, ok, token)
		assert.Equal(t, form, got, token)
		assert.True(t, known(kind), token)
	}
	for _, token := range []string{
		"", "kubernetes", "pulumi:providers:kubernetes", "aws:apps/v1:Deployment", "kubernetes:extensions/v1beta1:Deployment",
		"kubernetes:apps/v1:DeploymentPatchList", "kubernetes:apps/v1:Deploy",
	} {
		kind, form, ok := Match(token, known)
		assert.False(t, ok, token)
		assert.Empty(t, kind, token)
		assert.Equal(t, Whole, form, token)
	}
}

func object(urn string, dependsOn []string, metadata resource.PropertyMap) Object {
	root := rule.NewValue(urn, resource.PropertyMap{"metadata": resource.NewProperty(metadata)})
	return Object{Root: root, From: rule.Resource{
		URN: urn, Inputs: root, PropertyDependencies: map[string][]string{"metadata": dependsOn},
	}}
}

var unknown = resource.MakeComputed(resource.NewProperty(""))

func namespacesOf(objects ...Object) *Namespaces {
	resources := make([]rule.Resource, len(objects))
	for i, o := range objects {
		o.From.Type = "kubernetes:core/v1:Namespace"
		resources[i] = o.From
	}
	var result rule.Result
	return NamespacesOf(rule.NewStack(resources), &result)
}

// In a preview the name of a namespace may be unknown, but not the resource it comes from.
func TestWhereObjectsAre(t *testing.T) {
	in := func(namespace resource.PropertyValue, dependsOn ...string) Object {
		return object("o", dependsOn, resource.PropertyMap{"namespace": namespace})
	}
	coffee := object("coffee", nil, resource.PropertyMap{"name": resource.NewProperty("coffee")})
	nameless := object("nameless", nil, resource.PropertyMap{"name": unknown})
	namespaces := namespacesOf(coffee, nameless)

	for name, c := range map[string]struct {
		a, b Object
		want rule.Truth
	}{
		"same name":               {in(resource.NewProperty("a")), in(resource.NewProperty("a")), rule.Yes},
		"different names":         {in(resource.NewProperty("a")), in(resource.NewProperty("b")), rule.No},
		"no name is default":      {in(resource.NewNullProperty()), in(resource.NewProperty("default")), rule.Yes},
		"unknown name":            {in(unknown), in(resource.NewProperty("a")), rule.Maybe},
		"both unknown":            {in(unknown), in(unknown), rule.Maybe},
		"same source":             {in(unknown, "nameless"), in(unknown, "nameless"), rule.Yes},
		"source with a name":      {in(unknown, "coffee"), in(resource.NewProperty("coffee")), rule.Yes},
		"source with another":     {in(unknown, "coffee"), in(resource.NewProperty("tea")), rule.No},
		"different sources":       {in(unknown, "coffee"), in(unknown, "nameless"), rule.Maybe},
		"two sources decide none": {in(unknown, "coffee", "nameless"), in(unknown, "coffee"), rule.Maybe},
		"source of another kind":  {in(unknown, "else"), in(unknown, "else"), rule.Maybe},
	} {
		assert.Equal(t, c.want, namespaces.Together(c.a, c.b), name)
		assert.Equal(t, c.want, namespaces.Together(c.b, c.a), name)
	}
	release := Object{Root: rule.NewValue("", resource.PropertyMap{"namespace": unknown}), From: rule.Resource{
		Type: HelmRelease, PropertyDependencies: map[string][]string{"namespace": {"coffee"}},
	}}
	assert.Equal(t, rule.Yes, namespaces.Together(release, in(resource.NewProperty("coffee"))))
}
