package problem_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/problem"
)

func TestErrIsNilWithoutProblems(t *testing.T) {
	assert.NoError(t, problem.List(nil).Err())
}

func TestErrShowsEveryProblemSortedByPath(t *testing.T) {
	var inner problem.List
	inner.Add("zones", "want %d", 2)
	inner.Add("[1]", "empty")
	inner.Add("", "is missing")

	var all problem.List
	all.AddUnder("network", inner)
	all.AddUnder("", problem.List{{Path: "api", Message: "unknown key"}})

	assert.EqualError(t, all.Err(), `4 problems:
  - api: unknown key
  - network.zones: want 2
  - network: is missing
  - network[1]: empty`)
}

func TestErrCountsASingleProblem(t *testing.T) {
	assert.EqualError(t, problem.List{{Path: "tier", Message: "bad"}}.Err(), "1 problem:\n  - tier: bad")
}

func TestAddUnderJoinsPaths(t *testing.T) {
	for _, c := range []struct{ prefix, path, want string }{
		{"network", "zones", "network.zones"},
		{"network", "[1].cidr", "network[1].cidr"},
		{"network", "", "network"},
		{"", "zones", "zones"},
		{"", "", ""},
	} {
		var all problem.List
		all.AddUnder(c.prefix, problem.List{{Path: c.path, Message: "is wrong"}})
		assert.Equal(t, problem.List{{Path: c.want, Message: "is wrong"}}, all)
	}
}

func TestAProblemOfTheWholeHasNoPath(t *testing.T) {
	assert.Equal(t, "is wrong", problem.Problem{Message: "is wrong"}.String())
	assert.Equal(t, "tier: is wrong", problem.Problem{Path: "tier", Message: "is wrong"}.String())
}

func TestCallersFindTheProblemsInTheError(t *testing.T) {
	list := problem.List{{Path: "tier", Message: "bad"}, {Path: "api", Message: "bad"}}
	var found problem.Error
	require.ErrorAs(t, list.Err(), &found)
	assert.Equal(t, list, found.Problems, "in the order they were found")
}
