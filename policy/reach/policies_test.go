package reach

import (
	"testing"

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
	built := all.Bases["cluster"].with(topology{
		"elsewhere":   policy("tea", map[string]any{ComponentLabel: "api"}),
		"nowhere":     policy("?", map[string]any{ComponentLabel: "render"}),
		"undescribed": policy("coffee", "?"),
		"half":        policy("coffee", map[string]any{ComponentLabel: "?", "tier": "front"}),
	}, nil)
	for workload, want := range map[string][]string{"api": {"deny", "nowhere", "undescribed", "allow"}, "render": {"deny", "nowhere", "undescribed"}} {
		n := New(built.stack(deployed))
		var result rule.Result
		policies := n.Policies(&result)
		require.Len(t, policies.all, 6)
		for _, c := range n.Clients(&result) {
			if c.Name != "apps/Deployment "+workload {
				continue
			}
			var asked []string
			for _, one := range policies.about(*c.pod) {
				asked = append(asked, one.From.Name)
			}
			assert.ElementsMatch(t, want, asked, workload)
		}
	}
}
