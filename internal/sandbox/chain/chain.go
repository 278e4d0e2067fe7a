// Package chain finds what a deployment cannot be shorter than: the longest chain of things that had to wait
// for each other.
package chain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Node is something that took a while, after all it waited for was done.
type Node struct {
	Name  string
	Takes time.Duration
	Waits []Wait
}

// Wait is a reason to start no sooner than another node is done.
type Wait struct {
	// For is the other node's name.
	For string
	// Why is the reason, for people.
	Why string
}

// Hop is a node of a chain.
type Hop struct {
	Name  string
	Takes time.Duration
	// Why is why it waited for the hop before, empty for the first.
	Why string
}

// Longest is the chain that takes longest, from its first node to its last. Of two that take equally long it
// is the one whose nodes come first in the list. Nodes that wait for each other in a circle, or for a node
// that is not there, are an error.
func Longest(nodes []Node) ([]Hop, error) {
	s := &search{nodes: map[string]Node{}, found: map[string]*best{}}
	for _, n := range nodes {
		if _, twice := s.nodes[n.Name]; twice {
			return nil, fmt.Errorf("two nodes are named %s", n.Name)
		}
		s.nodes[n.Name] = n
	}
	var longest *best
	for _, n := range nodes {
		b, err := s.until(n.Name)
		if err != nil {
			return nil, err
		}
		if longest == nil || b.takes > longest.takes {
			longest = b
		}
	}
	var hops []Hop
	for b := longest; b != nil; b = b.before {
		hops = append(hops, b.hop)
	}
	slices.Reverse(hops)
	return hops, nil
}

// Sum is how long a chain takes.
func Sum(hops []Hop) time.Duration {
	var sum time.Duration
	for _, h := range hops {
		sum += h.Takes
	}
	return sum
}

// best is the longest chain that ends with a hop; all of it takes takes.
type best struct {
	hop    Hop
	takes  time.Duration
	before *best
}

// search remembers the longest chain to each node it has looked at.
type search struct {
	nodes map[string]Node
	found map[string]*best
	path  []string
}

// until is the longest chain that ends with the node.
func (s *search) until(name string) (*best, error) {
	if b, ok := s.found[name]; ok {
		return b, nil
	}
	if i := slices.Index(s.path, name); i >= 0 {
		return nil, fmt.Errorf("a circle of waits: %s", strings.Join(append(s.path[i:], name), " waits for "))
	}
	s.path = append(s.path, name)
	n := s.nodes[name]
	b := &best{hop: Hop{Name: name, Takes: n.Takes}, takes: n.Takes}
	for _, w := range n.Waits {
		if _, there := s.nodes[w.For]; !there {
			return nil, fmt.Errorf("%s waits for %s, which is not there", name, w.For)
		}
		before, err := s.until(w.For)
		if err != nil {
			return nil, err
		}
		if total := before.takes + n.Takes; b.before == nil || total > b.takes {
			b.hop.Why, b.takes, b.before = w.Why, total, before
		}
	}
	s.path = s.path[:len(s.path)-1]
	s.found[name] = b
	return b, nil
}
