package reach

import "coffee-platform/policy/rule"

// end is one end of a connection inside a VPC: what it is in, and where it may be.
type end struct {
	// groups are its security groups. Guarded is false when there may be others.
	groups  []link
	guarded bool
	// subnets are those its addresses are in. Placed is false when there may be others.
	subnets []link
	placed  bool
	// also are addresses that its packets may bear beside those of its subnets.
	also span
	// open is true of what has no security group to hold anything back.
	open bool
}

// connects tells whether one end can call another on a port: whether it lets the packets out, the network
// ACLs between them let them and the answers through, and the other one admits it.
func (n *Network) connects(from, to end, port *int64) verdict {
	let := n.letIn(from, to, port)
	if let.Truth == rule.No {
		return let
	}
	if out := n.letOut(from, to, port); out.Truth != rule.Yes {
		let.Truth = let.And(out.Truth)
		if let.Truth == rule.No {
			return out
		}
	}
	if crossed := n.crossing(from, to, port); crossed.Truth != rule.Yes {
		let.Truth = let.And(crossed.Truth)
		if let.Truth == rule.No {
			return crossed
		}
		let.words = spell(crossed.words, let.words)
	}
	return let
}

// letIn tells whether one end is among those that another admits.
func (n *Network) letIn(from, to end, port *int64) verdict {
	best := verdict{words: "its security groups admit it nowhere"}
	keep := func(holds rule.Truth, words string) {
		if holds > best.Truth {
			best = verdict{holds, words}
		}
	}
	admitted := n.admits(to, port)
	for _, g := range admitted.groups {
		keep(n.among(from, g), g.words)
	}
	own := from.also.or(n.addressesIn(from.subnets, from.placed))
	for _, p := range admitted.ranges {
		keep(p.has(own), p.words)
	}
	return best
}

// among tells whether an end is a member of the group that a grant names, as far as the grant holds.
func (n *Network) among(e end, g grant) rule.Truth {
	member := rule.No
	for _, own := range e.groups {
		if own.node == g.to {
			member = member.Or(own.holds)
		}
	}
	if member == rule.No && (g.to == nil || !e.guarded || n.unidentified(g.to, e.groups)) {
		member = rule.Maybe
	}
	return member.And(g.holds)
}

// addressesIn are those that something in some subnets may have; placed is false when it may be elsewhere.
func (n *Network) addressesIn(subnets []link, placed bool) span {
	var own span
	for _, in := range subnets {
		own = own.or(n.cidrs(in.node).asFarAs(in.holds))
	}
	if !placed {
		own = own.or(possibly(everywhere))
	}
	return own
}

// unidentified tells whether a group that is not in the stack may be one of some others, whose id is
// not known.
func (n *Network) unidentified(g *node, among []link) bool {
	if g.here() {
		return false
	}
	for _, other := range among {
		if other.unidentified {
			return true
		}
	}
	return false
}

// letOut tells whether the security groups of one end let it call another.
func (n *Network) letOut(from, to end, port *int64) verdict {
	sent := n.sends(from, port)
	best := sent.ranges.all().has(n.addressesIn(to.subnets, to.placed))
	for _, g := range sent.groups {
		best = best.Or(n.among(to, g))
	}
	return verdict{best, "its own security groups do not let it out"}
}

// crossing tells whether the network ACLs let packets and answers through between any two subnets of
// two ends.
func (n *Network) crossing(from, to end, port *int64) verdict {
	best := verdict{}
	if !from.placed || !to.placed || len(from.subnets) == 0 || len(to.subnets) == 0 {
		best = verdict{Truth: rule.Maybe, words: "network ACLs that are not known"}
	}
	for _, a := range from.subnets {
		for _, b := range to.subnets {
			crossed := n.between(a.node, b.node, port)
			crossed.Truth = crossed.And(a.holds).And(b.holds)
			if crossed.Truth > best.Truth || best.words == "" {
				best = crossed
			}
			if best.Truth == rule.Yes {
				return best
			}
		}
	}
	return best
}

func (n *Network) between(a, b *node, port *int64) verdict {
	if a == b {
		return verdict{Truth: rule.Yes}
	}
	return remember(n.memo.between, betweenQuestion{a, b, portText(port)}, func() verdict { return n.pass(a, b, port) })
}

func (n *Network) pass(a, b *node, port *int64) verdict {
	va, allA := n.referred(a.Resource, "vpcId", a.Inputs.Get("vpcId"), vpc)
	vb, allB := n.referred(b.Resource, "vpcId", b.Inputs.Get("vpcId"), vpc)
	if allA && allB && len(va) == 1 && len(vb) == 1 && va[0].here() && vb[0].here() && va[0].node != vb[0].node {
		return verdict{words: "they are in different VPCs"}
	}
	crossed := rule.Yes
	for _, way := range []struct {
		filter filter
		far    *node
	}{
		{n.passes(a, outbound, port), b}, {n.passes(b, inbound, port), a},
		{n.answers(b, outbound), a}, {n.answers(a, inbound), b},
	} {
		crossed = crossed.And(way.filter.all().has(n.cidrs(way.far)))
	}
	return verdict{crossed, "network ACLs of " + a.title() + " and " + b.title()}
}
