package chain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/sandbox/chain"
)

// node is a node that takes a number of seconds and waits for others.
func node(name string, seconds int, waits ...chain.Wait) chain.Node {
	return chain.Node{Name: name, Takes: time.Duration(seconds) * time.Second, Waits: waits}
}

func on(name, why string) chain.Wait { return chain.Wait{For: name, Why: why} }

func TestLongest(t *testing.T) {
	hop := func(name string, seconds int, why string) chain.Hop {
		return chain.Hop{Name: name, Takes: time.Duration(seconds) * time.Second, Why: why}
	}
	for name, test := range map[string]struct {
		nodes []chain.Node
		want  []chain.Hop
	}{
		"nothing":               {nil, nil},
		"one":                   {[]chain.Node{node("a", 3)}, []chain.Hop{hop("a", 3, "")}},
		"the longest alone":     {[]chain.Node{node("a", 3), node("b", 5), node("c", 4)}, []chain.Hop{hop("b", 5, "")}},
		"the first of equals":   {[]chain.Node{node("a", 5), node("b", 5)}, []chain.Hop{hop("a", 5, "")}},
		"more hops, less time":  {[]chain.Node{node("a", 1), node("b", 1, on("a", "x")), node("c", 1, on("b", "y")), node("d", 9)}, []chain.Hop{hop("d", 9, "")}},
		"in any order":          {[]chain.Node{node("c", 1, on("b", "y")), node("b", 1, on("a", "x")), node("a", 1)}, []chain.Hop{hop("a", 1, ""), hop("b", 1, "x"), hop("c", 1, "y")}},
		"through what is empty": {[]chain.Node{node("a", 4), node("parent", 0, on("a", "input")), node("b", 2, on("parent", "parent"))}, []chain.Hop{hop("a", 4, ""), hop("parent", 0, "input"), hop("b", 2, "parent")}},
		"the slower of two ways": {
			[]chain.Node{node("a", 1), node("fast", 1, on("a", "1")), node("slow", 7, on("a", "2")), node("z", 1, on("fast", "3"), on("slow", "4"))},
			[]chain.Hop{hop("a", 1, ""), hop("slow", 7, "2"), hop("z", 1, "4")},
		},
		"what waits for nothing that takes time": {
			[]chain.Node{node("provider", 0), node("a", 2, on("provider", "provider"))},
			[]chain.Hop{hop("provider", 0, ""), hop("a", 2, "provider")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := chain.Longest(test.nodes)
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
			var sum time.Duration
			for _, h := range test.want {
				sum += h.Takes
			}
			assert.Equal(t, sum, chain.Sum(got))
		})
	}
}

func TestWhatIsNoGraphOfWaits(t *testing.T) {
	for want, nodes := range map[string][]chain.Node{
		"a circle of waits: a waits for b waits for a": {node("a", 1, on("b", "")), node("b", 1, on("a", ""))},
		"a circle of waits: a waits for a":             {node("a", 1, on("a", ""))},
		"a waits for b, which is not there":            {node("a", 1, on("b", ""))},
		"two nodes are named a":                        {node("a", 1), node("a", 2)},
	} {
		_, err := chain.Longest(nodes)
		assert.EqualError(t, err, want)
	}
}

// A graph of which every node waits for all before it has more ways through it than can be tried one by one.
func TestManyWays(t *testing.T) {
	var nodes []chain.Node
	for i := range 300 {
		n := node(time.Duration(i).String(), 1)
		for _, before := range nodes {
			n.Waits = append(n.Waits, on(before.Name, ""))
		}
		nodes = append(nodes, n)
	}
	got, err := chain.Longest(nodes)
	require.NoError(t, err)
	assert.Len(t, got, 300)
}
