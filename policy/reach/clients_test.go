package reach

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/policy/rule"
)

type clientCases struct {
	Bases map[string]topology
	Cases []struct {
		Name    string
		Base    string
		With    topology
		Without []string
		Reaches map[string]string
		// Previewed is what a preview answers, where that is something else.
		Previewed map[string]string
		Paths     map[string]string
		Barriers  map[string]string
	}
}

// reachesOf are the answers for every client of a stack, by the name of the resource.
func reachesOf(t testing.TB, stack rule.Stack) map[string]Answer {
	n := New(stack)
	var result rule.Result
	clients, policies := n.Clients(&result), n.Policies(&result)
	answers := map[string]Answer{}
	for _, s := range n.Stores() {
		require.Equal(t, "db", s.Name)
		for _, c := range clients {
			name := c.At.URN()[len(urnOf("")):]
			answers[name] = n.Reaches(c, s, policies)
		}
	}
	return answers
}

func TestWorkloadsThatReachADataStore(t *testing.T) {
	var all clientCases
	readYAML(t, "testdata/clients.yaml", &all)
	names := map[string]bool{}
	for _, c := range all.Cases {
		require.False(t, names[c.Name], "%s is there twice", c.Name)
		names[c.Name] = true
		built := all.Bases[c.Base].with(c.With, c.Without)
		for _, known := range everyKnowledge {
			t.Run(fmt.Sprintf("%s/%s", c.Name, known), func(t *testing.T) {
				answers := reachesOf(t, built.stack(known))
				for client, want := range c.Reaches {
					if other := c.Previewed[client]; other != "" && (known == previewed || known == vague) {
						want = other
					}
					if want == "absent" {
						assert.NotContains(t, answers, client)
						continue
					}
					require.Contains(t, truths, want)
					require.Contains(t, answers, client)
					assert.Equal(t, truths[want], answers[client].Truth, "%s: %+v", client, answers[client])
				}
				for client, want := range c.Paths {
					assert.Equal(t, want, answers[client].Path)
				}
				for client, want := range c.Barriers {
					assert.Equal(t, want, answers[client].Barrier)
				}
				for client, answer := range answers {
					assert.NotEqual(t, answer.Path == "", answer.Barrier == "", "%s has a path or a barrier: %+v", client, answer)
				}
			})
		}
	}
}
