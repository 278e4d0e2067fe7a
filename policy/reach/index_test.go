package reach

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"coffee-platform/policy/rule"
)

// Of two groups one is known by its id, and the other is not recorded anywhere.
func TestAListOfWhichOneIsNotKnown(t *testing.T) {
	var all internetCases
	readYAML(t, "testdata/internet.yaml", &all)
	built := all.Bases["open"].with(topology{"db": {"vpcSecurityGroupIds": []any{"$db-group", "?"}}}, []string{"db-in"})
	for _, known := range []knowledge{previewed, deployed, byID} {
		answer := fromInternet(t, built.stack(known))
		assert.Equal(t, rule.Maybe, answer.Truth, known)
		assert.Contains(t, answer.Path, "a security group that is not known", known)
	}
}
