package problem

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestErrIsNilWithoutProblems(t *testing.T) {
	assert.NoError(t, List(nil).Err())
}

func TestErrShowsEveryProblemSortedByPath(t *testing.T) {
	var inner List
	inner.Add("zones", "want %d", 2)
	inner.Add("[1]", "empty")
	inner.Add("", "is missing")

	var all List
	all.AddUnder("network", inner)
	all.AddUnder("", List{{Path: "api", Message: "unknown key"}})

	assert.EqualError(t, all.Err(), `4 problems:
  - api: unknown key
  - network.zones: want 2
  - network: is missing
  - network[1]: empty`)
}

func TestErrCountsASingleProblem(t *testing.T) {
	assert.EqualError(t, List{{Path: "tier", Message: "bad"}}.Err(), "1 problem:\n  - tier: bad")
}
