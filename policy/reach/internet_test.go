package reach

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/policy/rule"
)

type internetCases struct {
	Bases map[string]topology
	Cases []struct {
		Name    string
		Base    string
		With    topology
		Without []string
		Verdict string
		// Previewed is the verdict of a preview, where that is another one.
		Previewed string
		Path      string
	}
}

var truths = map[string]rule.Truth{"closed": rule.No, "maybe": rule.Maybe, "open": rule.Yes}

func fromInternet(t testing.TB, stack rule.Stack) Answer {
	n := New(stack)
	for _, s := range n.Stores() {
		if s.Name == "db" {
			return n.FromInternet(s)
		}
	}
	require.Fail(t, "there is no db")
	return Answer{}
}

func TestPathsFromTheInternet(t *testing.T) {
	var all internetCases
	readYAML(t, "testdata/internet.yaml", &all)
	names := map[string]bool{}
	for _, c := range all.Cases {
		require.Contains(t, truths, c.Verdict, c.Name)
		require.False(t, names[c.Name], "%s is there twice", c.Name)
		names[c.Name] = true
		built := all.Bases[c.Base].with(c.With, c.Without)
		for _, known := range everyKnowledge {
			t.Run(fmt.Sprintf("%s/%s", c.Name, known), func(t *testing.T) {
				verdict := c.Verdict
				if c.Previewed != "" && (known == previewed || known == vague) {
					verdict = c.Previewed
				}
				answer := fromInternet(t, built.stack(known))
				assert.Equal(t, truths[verdict], answer.Truth, "%s", answer.Path)
				if c.Path != "" {
					assert.Equal(t, c.Path, answer.Path)
				}
				assert.Equal(t, answer.Truth == rule.No, answer.Path == "", "a path is told unless there is none")
			})
		}
	}
}
