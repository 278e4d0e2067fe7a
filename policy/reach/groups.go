package reach

import (
	"fmt"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/securitygroup"
)

// grants are what a security group lets through in one direction on one port.
type grants struct {
	// ranges are the addresses it names, by themselves or in prefix lists.
	ranges filter
	// groups are those whose members it names.
	groups []grant
}

// grant names the members of a group.
type grant struct {
	// to is nil while nobody knows which group it is.
	to    *node
	holds rule.Truth
	words string
}

// attached are the security groups of something: those that a property names, or its VPC's default
// one when it names none. Complete is false when there may be others.
func (n *Network) attached(r rule.Resource, property string, at rule.Value, in []link) (groups []link, complete bool) {
	groups, complete = n.referredAll(r, property, at, group)
	if len(groups) > 0 || !complete {
		return groups, complete
	}
	for _, s := range in {
		vpcs, all := n.referred(s.Resource, "vpcId", s.Inputs.Get("vpcId"), vpc)
		complete = complete && all
		for _, v := range vpcs {
			for _, name := range v.names {
				if own := n.nodes[named{group, name}]; own != nil {
					return []link{{own, rule.Yes}}, complete
				}
			}
		}
	}
	return nil, n.partial
}

// admits are what any of the groups of an end lets in on a port; sends what it lets out to one.
func (n *Network) admits(e end, port *int64) *grants { return n.granted(e, inbound, port) }

func (n *Network) sends(e end, port *int64) *grants { return n.granted(e, outbound, port) }

func (n *Network) granted(e end, towards direction, port *int64) *grants {
	if e.open {
		return &grants{ranges: filter{{exactly(everywhere), ""}}}
	}
	all := &grants{}
	for _, g := range e.groups {
		own := n.grantsOf(g.node, towards, port)
		for _, p := range own.ranges {
			p.span = p.asFarAs(g.holds)
			all.ranges = append(all.ranges, p)
		}
		for _, one := range own.groups {
			one.holds = one.holds.And(g.holds)
			all.groups = append(all.groups, one)
		}
	}
	if !e.guarded {
		all.hide("a security group that is not known")
	}
	return all
}

// hide adds what nobody can see: anything may be let through.
func (g *grants) hide(words string) {
	g.ranges = append(g.ranges, piece{possibly(everywhere), words})
}

// some tells whether anyone at all is let through. What comes in by an entrance of AWS's own has an
// address that nobody writes down beforehand.
func (g *grants) some() rule.Truth {
	some := g.ranges.all().some()
	for _, one := range g.groups {
		some = some.Or(one.holds)
	}
	return some
}

func (n *Network) grantsOf(g *node, towards direction, port *int64) *grants {
	return remember(n.memo.grants, grantQuestion{g, towards, portText(port)}, func() *grants { return n.readGrants(g, towards, port) })
}

func (n *Network) readGrants(g *node, towards direction, port *int64) *grants {
	own := &grants{}
	if g.implied && g.URN == "" {
		// AWS's own rules of a default group: in from its members, out to anyone
		// (https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html).
		if towards == inbound {
			own.groups = append(own.groups, grant{g, rule.Yes, g.title() + " admits its own members"})
		} else {
			own.ranges = append(own.ranges, piece{exactly(everywhere), ""})
		}
	}
	if g.here() {
		n.readRules(g, g.Resource, rule.Yes, towards, port, own)
	}
	rules, loose := n.referring(g, groupRule, "securityGroupId")
	for _, r := range rules {
		n.readRules(g, r, rule.Yes, towards, port, own)
	}
	if n.partial {
		return own
	}
	for _, r := range loose {
		n.readRules(g, r, rule.Maybe, towards, port, own)
	}
	switch {
	case g.here():
	case towards == outbound:
		// Groups get a rule that lets everything out unless a program takes it away.
		own.ranges = append(own.ranges, piece{exactly(everywhere), ""})
	default:
		own.hide(g.title() + ", whose rules are not in this stack")
	}
	return own
}

// readRules reads the rules written in a resource, which belong to the group as far as that holds.
func (n *Network) readRules(g *node, r rule.Resource, belongs rule.Truth, towards direction, port *int64, to *grants) {
	var unread rule.Result
	permissions := securitygroup.Permissions(r, &unread)
	if towards == outbound {
		permissions = securitygroup.Egress(r, &unread)
	}
	inline := ""
	if kinds[r.Type] == group {
		inline = string(towards)
		state := r.Inputs.Get(inline).State()
		if state == rule.Unknown || unread.Outcome() != rule.Passed {
			to.hide(g.title() + ", not all rules of which are known")
		}
	}
	for _, p := range permissions {
		if towards == outbound {
			p.Inbound = p.Inbound.Not()
		}
		if holds := covers(p, port).And(belongs); holds != rule.No {
			n.readPermission(g, r, inline, p, holds, to)
		}
	}
	if inline == "" && unread.Outcome() != rule.Passed {
		to.hide("a rule of " + g.title() + " that is not known")
	}
}

// readPermission reads one rule. Inline is the property of the group that holds it; a rule on its own
// has a property for each way of naming the other end.
func (n *Network) readPermission(g *node, r rule.Resource, inline string, p securitygroup.Permission, holds rule.Truth, to *grants) {
	property := func(own string) string {
		if inline != "" {
			return inline
		}
		return own
	}
	verb := fmt.Sprintf("%s admits %%s to %s", g.title(), portsOf(p))
	for _, at := range p.Ranges {
		prefix, state := securitygroup.Range(at)
		if state == rule.Known {
			to.ranges = append(to.ranges, piece{exactly(set{prefix}).asFarAs(holds), fmt.Sprintf(verb, prefix)})
		} else {
			to.ranges = append(to.ranges, piece{possibly(everywhere), fmt.Sprintf(verb, "a range that is not known")})
		}
	}
	for _, at := range p.PrefixLists {
		name := "prefixListIds"
		if p.At.Get(name).State() == rule.Missing {
			name = "prefixListId"
		}
		for _, entry := range n.listed(r, property(name), at) {
			to.ranges = append(to.ranges, piece{entry.asFarAs(holds), fmt.Sprintf(verb, entry.words)})
		}
	}
	for _, name := range []string{"securityGroups", "sourceSecurityGroupId", "referencedSecurityGroupId"} {
		at := p.At.Get(name)
		if at.State() == rule.Missing {
			continue
		}
		members, complete := n.referred(r, property(name), at, group)
		for _, m := range members {
			to.groups = append(to.groups, grant{m.node, m.holds.And(holds), fmt.Sprintf(verb, "members of "+m.title())})
		}
		if !complete {
			to.groups = append(to.groups, grant{nil, holds, fmt.Sprintf(verb, "members of a group that is not known")})
		}
	}
	if self := isOn(p.At.Get("self")).And(holds); self != rule.No {
		to.groups = append(to.groups, grant{g, self, fmt.Sprintf(verb, "its own members")})
	}
}

// portsOf says which ports a rule is for.
func portsOf(p securitygroup.Permission) string {
	protocol, _ := p.Protocol.Text()
	from, fromState := p.From.Int()
	to, toState := p.To.Int()
	switch {
	case p.Reaches([]int64{1}).And(p.Reaches([]int64{lastPort})) == rule.Yes:
		return "every port"
	case fromState != rule.Known || toState != rule.Known:
		return "ports that are not known"
	case from == to:
		return fmt.Sprintf("%s %d", protocolName(protocol), from)
	}
	return fmt.Sprintf("%s %d-%d", protocolName(protocol), from, to)
}

// protocolName is the protocol that a number stands for; rules for others do not get here.
func protocolName(protocol string) string {
	if protocol == "6" || protocol == "" {
		return "tcp"
	}
	return protocol
}
