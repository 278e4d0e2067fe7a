package reach

import (
	"strings"

	"coffee-platform/policy/rule"
)

// Answer says whether one thing can reach another, and how.
type Answer struct {
	rule.Truth
	// Path is spelled out hop by hop when the truth is not no.
	Path string
	// Barrier says what is in the way when it is.
	Barrier string
}

// verdict is a truth with the words for it.
type verdict struct {
	rule.Truth
	words string
}

// spell writes a path, without the hops that there is nothing to say about.
func spell(hops ...string) string {
	told := hops[:0:0]
	for _, hop := range hops {
		if hop != "" {
			told = append(told, hop)
		}
	}
	return strings.Join(told, " → ")
}

// FromInternet tells whether anything on the internet can reach a data store: at an address of its
// own, or through load balancers that forward to it. A path that is certain is told before one that
// depends on what is not known.
func (n *Network) FromInternet(s Store) Answer {
	best := Answer{}
	for _, found := range append([]Answer{n.directly(s)}, n.balanced(s)...) {
		if found.Truth > best.Truth {
			best = found
		}
	}
	return best
}

// directly looks for a way to an address of the data store's own.
func (n *Network) directly(s Store) Answer {
	own := s.reachable()
	if own.all().some() == rule.No {
		return Answer{}
	}
	admitted := n.admits(s.end, s.port).ranges
	best := Answer{}
	for _, in := range s.subnets {
		passes, words := comesThrough(
			n.fromInternet(in.node), n.passes(in.node, inbound, s.port), n.answers(in.node, outbound), admitted, own)
		if passes = passes.And(in.holds); passes > best.Truth {
			best = Answer{Truth: passes, Path: spell("internet", n.gatewaysOf(in.node), words[0], words[1], words[3], words[4])}
		}
	}
	if best.Truth == rule.No && !s.placed {
		if passes, words := comesThrough(admitted, own); passes != rule.No {
			return Answer{Truth: rule.Maybe, Path: spell("internet", "a subnet that is not known", words[0], words[1])}
		}
	}
	return best
}
