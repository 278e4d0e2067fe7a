package callgraph_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"coffee-platform/stacks/callgraph"
)

// Row 28 of the requirements, word by word.
func TestDataStoresHaveFewCallers(t *testing.T) {
	g := callgraph.Product()
	assert.ElementsMatch(t, []callgraph.Party{"api", "worker", "migration", "database-roles"}, g.Callers(callgraph.Postgres))
	assert.ElementsMatch(t, []callgraph.Party{"api", "worker", "autoscaler"}, g.Callers(callgraph.Redis))
	assert.ElementsMatch(t, []callgraph.Party{"api", "worker"}, g.Callers(callgraph.Render))
}

func TestNothingFromOutsideReachesMoreThanTheFrontAndTheAPI(t *testing.T) {
	assert.ElementsMatch(t, []callgraph.Party{"frontend", "api"}, callgraph.Product().Callees(callgraph.LoadBalancer))
}

func TestRendersReachObjectStorageOnly(t *testing.T) {
	assert.Equal(t, []callgraph.Party{callgraph.Media}, callgraph.Product().Callees(callgraph.Render))
}

func TestEveryCallHasAReasonAndStandsOnce(t *testing.T) {
	seen := map[[2]callgraph.Party]bool{}
	for _, c := range callgraph.Product() {
		assert.NotEmpty(t, c.Why, "%s calls %s", c.From, c.To)
		assert.False(t, seen[[2]callgraph.Party{c.From, c.To}], "%s calls %s twice", c.From, c.To)
		seen[[2]callgraph.Party{c.From, c.To}] = true
	}
}

func TestWithLeavesTheGraphAlone(t *testing.T) {
	g := callgraph.Product()
	more := g.With(callgraph.Call{From: "thumbnails", To: callgraph.Redis, Why: "a test"})
	assert.Contains(t, more.Callers(callgraph.Redis), callgraph.Party("thumbnails"))
	assert.NotContains(t, g.Callers(callgraph.Redis), callgraph.Party("thumbnails"))
}
