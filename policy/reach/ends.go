package reach

import "coffee-platform/policy/rule"

// end is what opens a connection inside a VPC, and where it may be.
type end struct {
	groups  []link
	guarded bool
	subnets []link
	placed  bool
	// also are addresses that its packets may bear beside those of its subnets.
	also span
	// open is true of what has no security group to hold it back.
	open bool
}

// connects tells whether an end gets in where a security group admits some on a port: whether it lets
// the packets out, the network ACLs between them let them and the answers through, and it is among
// those admitted.
func (n *Network) connects(from end, admitted *grants, groups, subnets []link, placed bool, port *int64) verdict {
	let := n.letIn(from, admitted)
	if let.Truth == rule.No {
		return let
	}
	if out := n.letOut(from, groups, subnets, placed, port); out.Truth != rule.Yes {
		let.Truth = let.And(out.Truth)
		if let.Truth == rule.No {
			return out
		}
	}
	if crossed := n.crossing(from.subnets, from.placed, subnets, placed, port); crossed.Truth != rule.Yes {
		let.Truth = let.And(crossed.Truth)
		if let.Truth == rule.No {
			return crossed
		}
		let.words = spell(crossed.words, let.words)
	}
	return let
}

// letIn tells whether an end is among those that are admitted.
func (n *Network) letIn(from end, admitted *grants) verdict {
	best := verdict{words: "its security groups admit it nowhere"}
	keep := func(holds rule.Truth, words string) {
		if holds > best.Truth {
			best = verdict{holds, words}
		}
	}
	for _, g := range admitted.groups {
		member := rule.No
		for _, own := range from.groups {
			if own.node == g.to {
				member = member.Or(own.holds)
			}
		}
		if member == rule.No && (g.to == nil || !from.guarded || n.unidentified(g.to, from.groups)) {
			member = rule.Maybe
		}
		keep(member.And(g.holds), g.words)
	}
	own := from.also
	for _, in := range from.subnets {
		cidrs := n.cidrs(in.node)
		if in.holds != rule.Yes {
			cidrs.sure = nil
		}
		own = own.or(cidrs)
	}
	if !from.placed {
		own = own.or(possibly(everywhere))
	}
	for _, p := range admitted.ranges {
		holds := p.and(own).some()
		if holds == rule.Maybe && len(own.possible.minus(p.sure)) == 0 {
			holds = rule.Yes // wherever it is, it is admitted
		}
		keep(holds, p.words)
	}
	return best
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

// letOut tells whether the security groups of an end let it call what is in some groups and subnets.
func (n *Network) letOut(from end, groups, subnets []link, placed bool, port *int64) verdict {
	if from.open {
		return verdict{Truth: rule.Yes}
	}
	sent := n.sends(from.groups, from.guarded, port)
	var own span
	for _, in := range subnets {
		own = own.or(n.cidrs(in.node))
	}
	if !placed {
		own = own.or(possibly(everywhere))
	}
	best := rule.No
	for _, p := range sent.ranges {
		holds := p.and(own).some()
		if holds == rule.Maybe && len(own.possible.minus(p.sure)) == 0 {
			holds = rule.Yes
		}
		best = best.Or(holds)
	}
	for _, g := range sent.groups {
		for _, to := range groups {
			if g.to == nil || to.node == g.to {
				best = best.Or(g.holds.And(to.holds))
			}
		}
	}
	return verdict{best, "its own security groups do not let it out"}
}

type betweenQuestion struct {
	from, to *node
	port     int64
}

// crossing tells whether the network ACLs let packets and answers through between any two subnets of
// two ends.
func (n *Network) crossing(from []link, fromKnown bool, to []link, toKnown bool, port *int64) verdict {
	best := verdict{}
	if !fromKnown || !toKnown || len(from) == 0 || len(to) == 0 {
		best = verdict{Truth: rule.Maybe, words: "network ACLs that are not known"}
	}
	for _, a := range from {
		for _, b := range to {
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
	key := betweenQuestion{from: a, to: b, port: unknownPort}
	if port != nil {
		key.port = *port
	}
	if known, ok := n.memo.between[key]; ok {
		return known
	}
	crossed := n.pass(a, b, port)
	n.memo.between[key] = crossed
	return crossed
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
		own, open := n.cidrs(way.far), way.filter.all()
		holds := open.and(own).some()
		if holds == rule.Maybe && len(own.possible.minus(open.sure)) == 0 {
			holds = rule.Yes
		}
		crossed = crossed.And(holds)
	}
	return verdict{crossed, "network ACLs of " + a.title() + " and " + b.title()}
}
