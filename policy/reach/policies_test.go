package reach

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/policy/rule"
)

// Of a stack's many policies only those are read for a pod that may select it.
func TestOnlyPoliciesThatMaySelectAPodAreAsked(t *testing.T) {
	var all clientCases
	readYAML(t, "testdata/clients.yaml", &all)
	policy := func(namespace string, labels any) map[string]any {
		return map[string]any{
			"is": "kubernetes:networking.k8s.io/v1:NetworkPolicy", "metadata": map[string]any{"namespace": namespace},
			"spec": map[string]any{"podSelector": map[string]any{"matchLabels": labels}, "policyTypes": []any{"Egress"}},
		}
	}
	pods := func(metadata map[string]any) map[string]any {
		return map[string]any{"template": map[string]any{"metadata": metadata, "spec": map[string]any{"containers": []any{map[string]any{"name": "c"}}}}}
	}
	built := all.Bases["cluster"].with(topology{
		"bare":        {"is": "kubernetes:apps/v1:Deployment", "metadata": map[string]any{"name": "bare", "namespace": "coffee"}, "spec": pods(map[string]any{})},
		"broken":      {"is": "kubernetes:apps/v1:Deployment", "metadata": map[string]any{"name": "broken", "namespace": "coffee"}, "spec": pods(map[string]any{"labels": "none"})},
		"elsewhere":   policy("tea", map[string]any{ComponentLabel: "api"}),
		"closed":      policy("tea", map[string]any{}),
		"nowhere":     policy("?", map[string]any{ComponentLabel: "render"}),
		"undescribed": policy("coffee", "?"),
		"half":        policy("coffee", map[string]any{ComponentLabel: "?", "tier": "front"}),
	}, nil)
	for workload, want := range map[string][]string{
		"api":    {"deny", "nowhere", "undescribed", "allow"},
		"render": {"deny", "nowhere", "undescribed"},
		"bare":   {"deny", "nowhere", "undescribed"},
		"broken": {"deny", "nowhere", "undescribed", "allow", "elsewhere", "closed", "half"},
	} {
		n := New(built.stack(deployed))
		var result rule.Result
		policies := n.Policies(&result)
		require.Len(t, policies.all, 7)
		for _, c := range n.Clients(&result) {
			if c.Name != "apps/Deployment "+workload {
				continue
			}
			var asked []string
			for _, one := range policies.about(c.pod) {
				asked = append(asked, one.From.Name)
			}
			assert.ElementsMatch(t, want, asked, workload)
		}
	}
}

// Which patterns of names are for a data store: by its names once they are known, and until then by the
// domain that they will end with.
func TestNamesOfADataStore(t *testing.T) {
	const made = "db.c1.us-east-1.rds.amazonaws.com"
	for _, c := range []struct {
		is, output, name, pattern string
		want                      rule.Truth
	}{
		{RDSInstance, "address", made, made, rule.Yes},
		{RDSInstance, "endpoint", made + ":5432", made, rule.Yes},
		{RDSCluster, "readerEndpoint", made, "*.rds.amazonaws.com", rule.Yes},
		{ReplicationGroup, "primaryEndpointAddress", "cache.example.com", "cache.example.com", rule.Yes},
		{ReplicationGroup, "readerEndpointAddress", "cache.example.com", "*.example.com", rule.Yes},
		{CacheCluster, "clusterAddress", "cache.example.com", "cache.example.com", rule.Yes},
		{CacheCluster, "configurationEndpoint", "cache.example.com:11211", "cache.example.com", rule.Yes},
		{RDSInstance, "address", made, "other.c1.us-east-1.rds.amazonaws.com", rule.No},
		{RDSInstance, "address", made, "*.cache.amazonaws.com", rule.No},
		{RDSInstance, "address", made, "?", rule.Maybe},
		{RDSInstance, "", "", made, rule.Maybe},
		{RDSInstance, "", "", "*.rds.amazonaws.com", rule.Maybe},
		{RDSInstance, "", "", "*.amazonaws.com", rule.Maybe},
		{RDSInstance, "", "", "*.cache.amazonaws.com", rule.No},
		{RDSInstance, "", "", "www.example.com", rule.No},
		{ServerlessCache, "", "", "*.cache.amazonaws.com", rule.Maybe},
		{ServerlessCache, "", "", "*.rds.amazonaws.com", rule.No},
	} {
		pattern := resource.NewProperty(c.pattern)
		if c.pattern == "?" {
			pattern = unknown
		}
		patterns, _ := rule.NewValue("policy", resource.PropertyMap{"names": resource.NewProperty([]resource.PropertyValue{resource.NewProperty("www.example.org"), pattern})}).Get("names").List()
		r := rule.Resource{Type: c.is, Outputs: rule.NewValue("db", resource.PropertyMap{resource.PropertyKey(c.output): resource.NewProperty(c.name)})}
		assert.Equal(t, c.want, meant(patterns, Store{Resource: r}), "%+v", c)
	}
}
