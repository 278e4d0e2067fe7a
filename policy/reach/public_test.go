package reach

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/policy/rule"
)

type publicCases struct {
	Base  topology
	Cases []struct {
		Name    string
		With    topology
		Without []string
		Public  string
		Unclear string
	}
}

func TestPublicSubnets(t *testing.T) {
	var all publicCases
	readYAML(t, "testdata/public.yaml", &all)
	answers := map[string]rule.Truth{"no": rule.No, "maybe": rule.Maybe, "yes": rule.Yes}
	for _, c := range all.Cases {
		require.Contains(t, answers, c.Public, c.Name)
		built := all.Base.with(c.With, c.Without)
		for _, known := range everyKnowledge {
			t.Run(fmt.Sprintf("%s/%s", c.Name, known), func(t *testing.T) {
				n := New(built.stack(known))
				public, unclear := n.Public(n.nodes[named{subnet, urnOf("data")}].Resource)
				assert.Equal(t, answers[c.Public], public, unclear)
				assert.Equal(t, public == rule.Maybe, unclear != "", unclear)
				if c.Unclear != "" {
					assert.Equal(t, c.Unclear, unclear)
				}
			})
		}
	}
}
