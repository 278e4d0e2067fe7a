package object

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"coffee-platform/policy/rule"
)

// Whatever is known of the names, the groups hold what comparing every pair would find.
func TestWhatIsBesideAnObject(t *testing.T) {
	namespaces := namespacesOf(
		object("coffee", nil, resource.PropertyMap{"name": resource.NewProperty("coffee")}),
		object("nameless", nil, resource.PropertyMap{"name": unknown}),
	)
	var all []Object
	for _, place := range []struct {
		namespace resource.PropertyValue
		dependsOn string
	}{
		{resource.NewProperty("tea"), ""}, {unknown, ""}, {resource.NewProperty("coffee"), ""}, {unknown, "nameless"},
		{resource.NewNullProperty(), ""}, {unknown, "coffee"}, {unknown, "else"},
	} {
		for range 2 {
			urn := fmt.Sprint("o", len(all))
			all = append(all, object(urn, []string{place.dependsOn}, resource.PropertyMap{"namespace": place.namespace}))
		}
	}
	groups := GroupByNamespace(namespaces, all, Itself)

	for _, o := range all {
		var want []Neighbour[Object]
		for _, other := range all {
			if there := namespaces.Together(o, other); there != rule.No {
				want = append(want, Neighbour[Object]{other, there})
			}
		}
		assert.Equal(t, want, groups.Beside(o), o.From.URN)
	}

	urns := func(neighbours []Neighbour[Object]) string {
		text := ""
		for _, n := range neighbours {
			text += fmt.Sprintf("%s:%d ", n.Item.From.URN, n.There)
		}
		return text
	}
	const yes, maybe = rule.Yes, rule.Maybe
	nameless, coffee := namespaces.All[1], namespaces.All[0]
	assert.Equal(t, fmt.Sprintf("o2:%[2]d o3:%[2]d o4:%[1]d o5:%[1]d o6:%[2]d o7:%[2]d o10:%[1]d o11:%[1]d o12:%[2]d o13:%[2]d ", yes, maybe),
		urns(groups.Inside(coffee)))
	assert.Equal(t, urns(groups.Inside(coffee)), urns(groups.Named("coffee")))
	assert.Contains(t, urns(groups.Inside(nameless)), fmt.Sprintf("o0:%[2]d o1:%[2]d o2:%[2]d o3:%[2]d o4:%[2]d o5:%[2]d o6:%[1]d o7:%[1]d o8:%[2]d", yes, maybe))
	assert.Len(t, groups.Inside(nameless), len(all))
	assert.Equal(t, []Neighbour[Object]{{all[0], maybe}, {all[1], maybe}}, groups.Everywhere(maybe)[:2])
	assert.Len(t, groups.Everywhere(yes), len(all))
}

// Helm releases are found by their own namespace, which is not among their metadata.
func TestObjectsThatNobodySees(t *testing.T) {
	release := func(urn string, namespace resource.PropertyValue, dependsOn ...string) rule.Resource {
		return rule.Resource{
			URN: urn, Type: HelmRelease, Inputs: rule.NewValue(urn, resource.PropertyMap{"namespace": namespace}),
			PropertyDependencies: map[string][]string{"namespace": dependsOn},
		}
	}
	in := func(namespace string) Object {
		return object("o", nil, resource.PropertyMap{"namespace": resource.NewProperty(namespace)})
	}
	coffee := object("coffee", nil, resource.PropertyMap{"name": resource.NewProperty("coffee")})
	coffee.From.Type = "kubernetes:core/v1:Namespace"
	for name, c := range map[string]struct {
		releases []rule.Resource
		hidden   rule.Truth
	}{
		"none":                     {nil, rule.No},
		"in another namespace":     {[]rule.Resource{release("r", resource.NewProperty("tea"))}, rule.No},
		"in the namespace":         {[]rule.Resource{release("r", resource.NewProperty("tea")), release("s", resource.NewProperty("coffee"))}, rule.Maybe},
		"in what creates it":       {[]rule.Resource{release("r", unknown, "coffee")}, rule.Maybe},
		"in one that is not known": {[]rule.Resource{release("r", unknown)}, rule.Maybe},
	} {
		var result rule.Result
		namespaces := NamespacesOf(rule.NewStack(append(c.releases, coffee.From)), &result)
		assert.Equal(t, c.hidden, namespaces.Hidden(in("coffee")), name)
	}
}
